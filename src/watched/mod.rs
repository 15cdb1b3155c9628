//! The watched libraries, whatever the build: benches and tests compare with them.
//!
//! Programs use [`redhanded::tungstenite`](crate::tungstenite), which is this or the library itself.
//!
//! The wrappers are thin: they name the operation, take a claim, and delegate. What a claim is, and when two of them
//! are a finding, is decided in `wire`.

mod known;
#[cfg(feature = "tokio")]
pub mod tokio_tungstenite;
pub mod tungstenite;

pub use redhanded_core::{
    Entered, Scope, Socket, Statistics, Tap, Watch, configure, know, reports, statistics, sync,
    url, watch,
};
