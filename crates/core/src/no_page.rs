//! The page's functions where there is no page: they exist, and are empty.

use crate::error::ServeError;
use std::net::{SocketAddr, ToSocketAddrs};

/// A page being served. There is none without the feature `dashboard`, or when the crate is off.
#[derive(Debug)]
pub struct Dashboard(());

impl Dashboard {
    /// Where it is served; `None` where there is no page.
    pub fn address(&self) -> Option<SocketAddr> {
        None
    }

    /// Its URL; `None` where there is no page.
    pub fn url(&self) -> Option<String> {
        None
    }
}

/// Serves the page, where there is one.
///
/// # Errors
/// None, where there is no page.
pub fn serve(_address: impl ToSocketAddrs) -> Result<Dashboard, ServeError> {
    Ok(Dashboard(()))
}

/// What the collector calls; there is no page to serve.
#[cfg(all(feature = "detect", not(feature = "dashboard")))]
pub(crate) fn serve_or_next_free(
    _address: SocketAddr,
    _reach: Reach,
) -> Result<Dashboard, ServeError> {
    Ok(Dashboard(()))
}

/// Who can reach the page that is not there.
#[cfg(all(feature = "detect", not(feature = "dashboard")))]
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reach {
    Loopback,
    Anybody,
}

/// What the end of the process calls; there is nobody to tell.
#[cfg(all(feature = "detect", not(feature = "dashboard")))]
pub(crate) fn end_all() {}
