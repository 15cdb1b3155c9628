//! The page: the collected reports over HTTP, for a browser on the same machine.
//!
//! It asks a [`Source`] for all that it shows. It knows reports and plain data, and nothing of what finds them. Reports hold
//! paths, thread names and stacks of the program. So the page is bound to loopback addresses only, answers only requests
//! that name it by such an address, and loads nothing from elsewhere.

mod answer;
mod assets;
mod bind;
#[cfg(unix)]
mod descriptor;
#[cfg(not(unix))]
#[path = "no_descriptor.rs"]
mod descriptor;
mod excerpts;
mod feed;
#[cfg(test)]
mod fixtures;
mod guard;
mod guide;
mod html;
mod http;
mod kept;
mod list;
mod live;
#[cfg(test)]
mod load_tests;
mod query;
mod routes;
mod server;
mod source;
mod wires;

use crate::error::ServeError;
use std::fmt;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::Arc;

pub use bind::Reach;
pub use feed::Ending;
pub use html::to_html;
pub use list::{Item, ListedReport};
pub use live::{Call, Handle, NearMiss, Thread, Watching, Wire, Wires, Writer};
use server::Server;
pub use source::{Pulse, Source};

/// Serves the reports of `source` at `address` until the returned [`Dashboard`] is dropped.
///
/// # Errors
///
/// When the address cannot be understood, is not a loopback address, or cannot be bound.
pub fn serve_source(
    address: impl ToSocketAddrs,
    source: Arc<dyn Source>,
) -> Result<Dashboard, ServeError> {
    Dashboard::on(bind::first_of(address)?, source)
}

/// As [`serve_source`], at the next free port if another program has this one.
///
/// # Errors
///
/// When `reach` does not allow the address, or it cannot be bound at any port.
pub fn serve_source_or_next_free(
    address: SocketAddr,
    reach: Reach,
    source: Arc<dyn Source>,
) -> Result<Dashboard, ServeError> {
    Dashboard::on(bind::next_free(address, reach)?, source)
}

/// The running page. Dropping it stops the page and frees the port. In a forked child of the process that serves it, dropping it does
/// nothing.
#[must_use = "the page stops when this is dropped"]
pub struct Dashboard {
    address: SocketAddr,
    // Its drop stops the page.
    server: Server,
}

impl Dashboard {
    fn on(
        (listener, address): (TcpListener, SocketAddr),
        source: Arc<dyn Source>,
    ) -> Result<Self, ServeError> {
        let server = Server::start(listener, address, source)
            .map_err(|source| ServeError::Bind { address, source })?;
        Ok(Self { address, server })
    }

    /// What tells the subscribers of this page that the process ends.
    #[doc(hidden)]
    pub fn ending(&self) -> Ending {
        self.server.ending()
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
