//! The page: the collected reports over HTTP, for a browser on the same machine.
//!
//! With the feature `dashboard` the page starts by itself with the first handle; [`serve`] is for those who want one of
//! their own. Reports hold paths, thread names and stacks of the program, so the page is bound to loopback addresses
//! only, answers only to requests that name it by such an address, and loads nothing from anywhere else.

mod answer;
mod assets;
mod bind;
mod feed;
mod guard;
mod guide;
mod html;
mod http;
mod list;
#[cfg(test)]
mod load_tests;
#[cfg(test)]
mod made_up;
mod query;
mod routes;
mod server;
mod source;
mod sources;
mod wires;

use std::fmt;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::Arc;

use crate::error::ServeError;
pub(crate) use bind::Reach;
pub(crate) use feed::end_all;
pub use html::to_html;
use server::Server;
use source::Live;
#[cfg(feature = "cli")]
pub(crate) use source::Source;
#[cfg(not(feature = "cli"))]
use source::Source;

/// Serves the page at `address` until the returned [`Dashboard`] is dropped.
///
/// Port 0 means any free port; [`Dashboard::url`] says which it became. Only loopback addresses are taken
/// (`127.0.0.1`, `::1`, `localhost`).
///
/// ```
/// let dashboard = redhanded::dashboard::serve("127.0.0.1:0")?;
/// if let Some(url) = dashboard.url() {
///     println!("the reports are on {url}");
/// }
/// # Ok::<(), redhanded::error::ServeError>(())
/// ```
///
/// # Errors
///
/// When the address cannot be made out, is not a loopback address, or cannot be bound (most often because another
/// program has the port).
pub fn serve(address: impl ToSocketAddrs) -> Result<Dashboard, ServeError> {
    Dashboard::on(bind::first_of(address)?, Arc::new(Live))
}

/// Serves the page at `address`, or at the next port that is free when another program has this one.
pub(crate) fn serve_or_next_free(
    address: SocketAddr,
    reach: Reach,
) -> Result<Dashboard, ServeError> {
    Dashboard::on(bind::next_free(address, reach)?, Arc::new(Live))
}

/// As [`serve`], with reports of other processes.
#[cfg(feature = "cli")]
pub(crate) fn serve_source(
    address: impl ToSocketAddrs,
    source: Arc<dyn Source>,
) -> Result<Dashboard, ServeError> {
    Dashboard::on(bind::first_of(address)?, source)
}

/// As [`serve_or_next_free`], with reports of other processes.
#[cfg(feature = "cli")]
pub(crate) fn serve_source_or_next_free(
    address: SocketAddr,
    source: Arc<dyn Source>,
) -> Result<Dashboard, ServeError> {
    Dashboard::on(bind::next_free(address, Reach::Loopback)?, source)
}

/// The running page. Dropping it stops the page and frees the port.
#[must_use = "the page stops when this is dropped"]
pub struct Dashboard {
    address: SocketAddr,
    // Held for its drop, which stops the page.
    _server: Server,
}

impl Dashboard {
    fn on(
        (listener, address): (TcpListener, SocketAddr),
        source: Arc<dyn Source>,
    ) -> Result<Self, ServeError> {
        let server = Server::start(listener, address, source)
            .map_err(|source| ServeError::Bind { address, source })?;
        Ok(Self {
            address,
            _server: server,
        })
    }

    /// The address the page is bound to, with the port it really has. `None` where the crate is off and has no page.
    pub fn address(&self) -> Option<SocketAddr> {
        Some(self.address)
    }

    /// Where a browser finds the page, such as `http://127.0.0.1:7667/`. `None` where the crate is off and has no page.
    pub fn url(&self) -> Option<String> {
        Some(format!("http://{}/", server::reachable(self.address)))
    }
}

impl fmt::Debug for Dashboard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dashboard")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
