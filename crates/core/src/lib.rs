//! The detector of redhanded. Programs use the crate `redhanded`. This crate is for those who wrap a library.
//!
//! It knows no WebSocket library. A wrapper uses the module `wrap`: it makes a handle for a stream, begins an operation with
//! its name and call site, passes the stream's writes through, and ends the operation. `Tap` watches a stream below any
//! library.
//!
//! With the feature `detect` everything here is there, and on. Without it there are settings, errors and reports, and tests
//! can race. The crate `redhanded` decides whether a program is watched.
// Under loom, models replace the parts that it cannot run. Those are then unused.
#![cfg_attr(redhanded_loom, allow(dead_code, unused_imports))]
// The docs of settings, errors and races link to items of the detector.
#![cfg_attr(not(feature = "detect"), allow(rustdoc::broken_intra_doc_links))]

#[doc(hidden)]
pub mod async_lock;
#[cfg(feature = "detect")]
mod collector;
pub mod error;
#[cfg(feature = "detect")]
mod far_end;
#[cfg(feature = "detect")]
#[doc(hidden)]
pub mod fault;
#[doc(hidden)]
pub mod forks;
#[cfg(all(fuzzing, feature = "detect"))]
pub mod fuzzing;
#[cfg(feature = "detect")]
mod process;
#[cfg(feature = "detect")]
mod provoke;
mod settings;
#[cfg(feature = "detect")]
mod stalls;
mod statistics;
#[cfg(feature = "detect")]
pub mod sync;
#[cfg(feature = "detect")]
mod tap;
pub mod testing;
#[doc(hidden)]
pub mod threads;
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
#[doc(inline)]
pub use redhanded_report as report;
pub use settings::{Capture, Payload, Policy, Provoke, Settings, Stderr};
pub use statistics::Statistics;

#[cfg(feature = "detect")]
pub use crate::{
    process::{Entered, Scope, Watch, configure, reports, statistics, url, watch},
    tap::{KnownStreams, NoMore, Tap, TapWith},
    wire::Socket,
    wrap::{know, know_at},
};
