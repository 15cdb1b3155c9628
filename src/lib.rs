//! Catches two writers on one WebSocket connection red-handed, with the backtraces of both.
//!
//! Change one line:
//!
//! ```
//! // use tungstenite::{accept, connect, Message};
//! use redhanded::tungstenite::{accept, connect, Message};
//! ```
//!
//! Then switch on the feature `dashboard` (or `detect`). In debug builds, every WebSocket that is made from these paths is
//! watched. When two writers get in each other's way on one socket, that is a report: with both call sites and both
//! backtraces, on a local page, in files and in code. It does not matter through how many objects they write. Without the
//! feature, and in release builds, the modules are plain re-exports of tungstenite.
//!
//! | path | what it is |
//! |---|---|
//! | [`redhanded::tungstenite`](tungstenite) | what programs use: watched when on, tungstenite itself when off |
//! | `redhanded::tokio_tungstenite` | the same for tokio-tungstenite (feature `tokio`) |
//! | `redhanded::watched` | both libraries, always watched (feature `detect`) |
//! | [`redhanded::raw`](raw) | both libraries, never watched |
//! | [`redhanded::Tap`](Tap) | watches a stream below any other library |
//! | [`redhanded::sync`](sync) | locks that report waits that are too long, and `Exclusive`, for values with one user at a time |
//! | [`redhanded::watch`](watch()) | for tests: the reports of one test |
//! | [`redhanded::testing`](testing) | for tests: threads that race |
//! | [`redhanded::reports`](reports) | the reports in code, with [`statistics`] |
//! | [`redhanded::report`](report) | reports as plain data |
//! | [`redhanded::dashboard`](dashboard) | the page |
//!
//! Two more crates belong to this one. `redhanded-client` is a client that has one writer by construction. `redhanded-cli`
//! is the command `redhanded`, which reads report files.
//!
//! On means: the feature `detect` in a build with debug assertions, or the feature `detect-in-release`. The feature
//! `dashboard` implies `detect`. [`Settings`] says what can be set. The [`guide`] explains every kind of report.
//!
//! # Limitations
//!
//! Only writes through a watched object are seen. Other writes are not: to the raw descriptor, by another process, by another
//! library on a duplicate of the socket. A stream of an unknown type is a wire of its own: redhanded does not see that two
//! objects share its socket. [`know`] makes a type known.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "detect")]
pub mod watched;

// The only place that decides between on and off.
#[cfg(any(
    all(feature = "detect", debug_assertions),
    feature = "detect-in-release"
))]
#[path = "facade/on.rs"]
mod facade;
#[cfg(not(any(
    all(feature = "detect", debug_assertions),
    feature = "detect-in-release"
)))]
#[path = "facade/off/mod.rs"]
mod facade;

// What programs use of the page. The page itself is the same in both states.
#[cfg(all(
    feature = "dashboard",
    any(debug_assertions, feature = "detect-in-release")
))]
#[path = "facade/page.rs"]
pub mod dashboard;
#[cfg(not(all(
    feature = "dashboard",
    any(debug_assertions, feature = "detect-in-release")
)))]
#[path = "facade/no_page.rs"]
pub mod dashboard;

pub use facade::*;
pub use redhanded_core::{Capture, Payload, Policy, Provoke, Settings, Statistics, Stderr};
#[doc(inline)]
pub use redhanded_core::{error, report, testing};
#[doc(hidden)]
pub use redhanded_core::{forks, threads};

/// The libraries themselves, never watched.
pub mod raw {
    #[cfg(feature = "tokio")]
    pub use ::tokio_tungstenite;
    pub use ::tungstenite;
}

#[doc = include_str!("../CONCURRENCY.md")]
pub mod guide {}

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
pub struct ReadmeDoctests;

#[doc = include_str!("../docs/settings.md")]
#[cfg(doctest)]
pub struct SettingsDoctests;
