//! The detector of redhanded. Programs use the crate `redhanded`; this one is for what wraps a library.
//!
//! It knows no WebSocket library. A drop-in is made of what stands in [`wrap`]: it makes a handle for a stream, begins an
//! operation with its name and call site, passes the stream's writes through, and ends the operation.
//!
//! Everything here is on when the feature `detect` is. Whether a program has it on is decided in `redhanded`.
// Models replace what they cannot run under loom, which then lies idle.
#![cfg_attr(redhanded_loom, allow(dead_code, unused_imports))]

#[doc(hidden)]
pub mod async_lock;
#[cfg(feature = "detect")]
mod collector;
pub mod error;
#[cfg(feature = "detect")]
mod far_end;
#[cfg(all(fuzzing, feature = "detect"))]
pub mod fuzzing;
#[cfg(feature = "detect")]
mod process;
mod settings;
#[cfg(feature = "detect")]
mod stalls;
mod statistics;
#[cfg(feature = "detect")]
pub mod sync;
#[cfg(feature = "detect")]
mod tap;
pub mod testing;
pub mod unwatched;
#[cfg(feature = "detect")]
mod wire;
#[cfg(feature = "detect")]
mod witness;
#[cfg(feature = "detect")]
pub mod wrap;

#[cfg(feature = "dashboard")]
#[doc(hidden)]
pub use process::page::serve;
#[cfg(feature = "dashboard")]
use redhanded_dashboard as dashboard;
#[doc(inline)]
pub use redhanded_report as report;
pub use settings::{Capture, Payload, Policy, Settings, Stderr};
pub use statistics::Statistics;

#[cfg(feature = "detect")]
pub use crate::{
    process::{Entered, Scope, Watch, configure, reports, statistics, url, watch},
    tap::Tap,
    wire::Socket,
    wrap::know,
};
