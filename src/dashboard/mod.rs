//! The page: the collected reports over HTTP, for a browser on the same machine.
//!
//! With the feature `dashboard` the page starts by itself with the first handle; [`serve`] is for those who want one of
//! their own. Reports hold paths, thread names and stacks of the program, so the page is bound to loopback addresses
//! only, answers only to requests that name it by such an address, and loads nothing from anywhere else.

mod assets;
mod bind;
mod guard;
mod http;
mod routes;
mod server;

use std::fmt;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use crate::error::ServeError;
use server::Server;

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
    Dashboard::on(bind::first_of(address)?)
}

/// Serves the page at `address`, or at the next port that is free when another program has this one.
pub(crate) fn serve_or_next_free(address: SocketAddr) -> Result<Dashboard, ServeError> {
    Dashboard::on(bind::next_free(address)?)
}

/// The running page. Dropping it stops the page and frees the port.
#[must_use = "the page stops when this is dropped"]
pub struct Dashboard {
    address: SocketAddr,
    // Held for its drop, which stops the page.
    _server: Server,
}

impl Dashboard {
    fn on((listener, address): (TcpListener, SocketAddr)) -> Result<Self, ServeError> {
        let server = Server::start(listener, address).map_err(|source| ServeError::Bind { address, source })?;
        Ok(Self { address, _server: server })
    }

    /// The address the page is bound to, with the port it really has. `None` where the crate is off and has no page.
    pub fn address(&self) -> Option<SocketAddr> {
        Some(self.address)
    }

    /// Where a browser finds the page, such as `http://127.0.0.1:7667/`. `None` where the crate is off and has no page.
    pub fn url(&self) -> Option<String> {
        Some(format!("http://{}/", self.address))
    }
}

impl fmt::Debug for Dashboard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dashboard").field("address", &self.address).finish_non_exhaustive()
    }
}
