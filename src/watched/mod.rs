//! The libraries, always watched, also in release builds. Benches and tests compare them with [`raw`](crate::raw).
//!
//! Programs use [`redhanded::tungstenite`](crate::tungstenite), which is this module or the library itself.
//!
//! The wrappers are thin: each method names its operation, begins it, and calls the library. The crate `redhanded-core`
//! decides what is a finding.

mod known;
#[cfg(feature = "tokio")]
pub mod tokio_tungstenite;
pub mod tungstenite;

pub use redhanded_core::{
    Entered, Scope, Socket, Statistics, Watch, configure, know, know_field, reports, statistics,
    sync, url, watch,
};

/// Watches a stream below any library. See [`TapWith`](redhanded_core::TapWith), with an example and all methods.
pub type Tap<S> = redhanded_core::TapWith<S, known::Libraries>;
