//! The page of this process. It is served when the first connection is watched, if the settings ask for it.

use super::source::Live;
use super::voice::line;
use crate::forks::PerProcess;
use crate::settings::Settings;
use crate::threads;
use redhanded_dashboard::{
    Dashboard, Ending, Reach, ServeError, serve_source, serve_source_or_next_free,
};
use std::net::ToSocketAddrs;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

static PAGE: PerProcess<OnceLock<Dashboard>> = PerProcess::new(|_| OnceLock::new());

/// The end of each page of this process. A child has copies of the connections of its parent's pages, and leaves them alone.
static ENDINGS: PerProcess<Mutex<Vec<Ending>>> = PerProcess::new(|_| Mutex::default());

/// Serves the page at `address` until the returned [`Dashboard`] is dropped.
///
/// Port 0 means any free port. [`Dashboard::url`] says which one it is. Only loopback addresses are accepted (`127.0.0.1`,
/// `::1`, `localhost`).
///
/// ```
/// # mod redhanded { pub use redhanded_core::*; pub mod dashboard { pub use redhanded_core::serve; } }
/// let dashboard = redhanded::dashboard::serve("127.0.0.1:0")?;
/// if let Some(url) = dashboard.url() {
///     println!("the reports are on {url}");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the address cannot be parsed or resolved, is not a loopback address, or cannot be bound (most often because
/// another program has the port).
pub fn serve(address: impl ToSocketAddrs) -> Result<Dashboard, ServeError> {
    // Every thread of the page begins in the one that this starts.
    let page = threads::without_signals(|| serve_source(address, Arc::new(Live::default())))?;
    note(&page);
    Ok(page)
}

/// The page is told when the process ends.
fn note(page: &Dashboard) {
    let mut endings = ENDINGS.get().lock().unwrap_or_else(PoisonError::into_inner);
    endings.retain(|ending| !ending.is_over());
    endings.push(page.ending());
}

/// Serves the page that the settings ask for, and prints its URL.
pub(crate) fn open(settings: &Settings) {
    let Some(address) = settings.bind else { return };
    let reach = if settings.is_exposed {
        Reach::Network
    } else {
        Reach::Loopback
    };
    match serve_source_or_next_free(address, reach, Arc::new(Live::of_settings())) {
        Ok(page) => {
            note(&page);
            let page = PAGE.get().get_or_init(|| page);
            if let Some(url) = page.url() {
                line(format_args!("watching; the reports are on {url}"));
            }
            if let Some(address) = page.address().filter(|address| !address.ip().is_loopback()) {
                line(format_args!(
                    "WARNING: the page is EXPOSED on {address}: there is no password. Every machine that reaches that \
                     address can read thread names, source lines and backtraces of this program"
                ));
            }
        }
        Err(error) => line(format_args!(
            "REDHANDED_BIND: {error}; going on without the page"
        )),
    }
}

/// Has every open page say that the process has ended.
pub(crate) fn end() {
    let endings = ENDINGS.get().lock().unwrap_or_else(PoisonError::into_inner);
    let endings = endings.clone();
    endings.iter().for_each(Ending::end);
}

/// The URL of the page.
pub(crate) fn url() -> Option<String> {
    PAGE.get().get().and_then(Dashboard::url)
}
