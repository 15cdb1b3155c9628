//! The watched libraries, whatever the build: benches and tests compare with them.
//!
//! Programs use [`redhanded::tungstenite`](crate::tungstenite), which is this or the library itself.
//!
//! The wrappers are thin: they name the operation, take a claim, and delegate. What a claim is, and when two of them
//! are a finding, is decided in `wire`.

mod identify;
mod stream;
pub mod sync;
mod tap;
#[cfg(feature = "tokio")]
pub mod tokio_tungstenite;
pub mod tungstenite;
mod watcher;

pub use crate::collector::{
    Entered, Scope, Statistics, Watch, configure, reports, statistics, url, watch,
};
pub use crate::wire::Socket;
pub use identify::know;
pub use tap::Tap;
