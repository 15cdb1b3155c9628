//! The page's functions where there is no page. They do nothing.

use crate::error::ServeError;
#[cfg(feature = "dashboard")]
#[doc(inline)]
pub use redhanded_dashboard::to_html;
use std::net::{SocketAddr, ToSocketAddrs};

/// A page being served. There is none without the feature `dashboard`, or when the crate is off.
#[derive(Debug)]
pub struct Dashboard(());

impl Dashboard {
    /// The address of the page. `None` where there is no page.
    pub fn address(&self) -> Option<SocketAddr> {
        None
    }

    /// The URL of the page. `None` where there is no page.
    pub fn url(&self) -> Option<String> {
        None
    }
}

/// Serves the page. Where there is no page, it does nothing.
///
/// # Errors
/// None, where there is no page.
pub fn serve(_address: impl ToSocketAddrs) -> Result<Dashboard, ServeError> {
    Ok(Dashboard(()))
}
