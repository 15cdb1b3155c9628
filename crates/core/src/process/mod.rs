//! What a process has one of. Here the parts that do not know each other are put together.

mod api;
mod attached;
mod connections;
#[cfg(unix)]
mod descriptor;
#[cfg(not(unix))]
#[path = "no_descriptor.rs"]
mod descriptor;
mod event;
mod exit;
mod files;
#[cfg(unix)]
mod forks;
#[cfg(not(unix))]
#[path = "no_forks.rs"]
mod forks;
mod hints;
#[cfg(unix)]
mod host;
#[cfg(not(unix))]
#[path = "no_host.rs"]
mod host;
mod library;
mod near_misses;
mod outbox;
#[cfg(feature = "dashboard")]
pub(crate) mod page;
#[cfg(not(feature = "dashboard"))]
#[path = "no_page.rs"]
mod page;
mod printer;
mod record;
mod run;
mod running;
#[cfg(feature = "dashboard")]
mod source;
mod state;
mod voice;
mod watch;
mod worker;

pub use api::{reports, statistics, url};
pub(crate) use attached::Attached;
pub use library::Library;
pub use running::configure;
pub(crate) use running::{handle, is_watched, locks};
pub use watch::{Entered, Scope, Watch, watch};
