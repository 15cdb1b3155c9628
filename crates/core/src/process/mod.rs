//! What a process has one of. Here the parts that do not know each other are put together.

mod api;
mod connections;
mod event;
mod exit;
mod files;
#[cfg(unix)]
mod forks;
#[cfg(not(unix))]
#[path = "no_forks.rs"]
mod forks;
mod hints;
mod library;
#[cfg(feature = "dashboard")]
pub(crate) mod page;
#[cfg(not(feature = "dashboard"))]
#[path = "no_page.rs"]
mod page;
mod printer;
mod record;
mod running;
#[cfg(feature = "dashboard")]
mod source;
mod state;
mod stderr;
mod watch;
mod worker;

pub use api::{reports, statistics, url};
pub use library::Library;
pub use running::configure;
pub(crate) use running::{handle, is_watched, locks};
pub use watch::{Entered, Scope, Watch, watch};
