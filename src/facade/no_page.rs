//! The page's functions where there is no page: they exist, and are empty.

use crate::error::ServeError;
#[cfg(feature = "dashboard")]
#[doc(inline)]
pub use redhanded_dashboard::to_html;
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
