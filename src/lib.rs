//! Catches two writers on one WebSocket connection red-handed, with the backtraces of both.
//!
//! Change one line:
//!
//! ```
//! // use tungstenite::{accept, connect, Message};
//! use redhanded::tungstenite::{accept, connect, Message};
//! ```
//!
//! and switch the feature `dashboard` (or `detect`) on. In debug builds every WebSocket made from there is watched:
//! two writers that overlap on one socket, however many objects they write through, become a report with both call
//! sites and both backtraces, on a local page, in files and in code. Without the feature, and in release builds, the
//! modules are plain re-exports of tungstenite.
//!
//! | path | what it is |
//! |---|---|
//! | [`redhanded::tungstenite`](tungstenite) | what programs use: watched when on, tungstenite itself when off |
//! | `redhanded::watched::tungstenite` | always watched (feature `detect`) |
//! | [`redhanded::raw::tungstenite`](raw) | always tungstenite itself |
//! | `redhanded::tokio_tungstenite` | the same for tokio-tungstenite, with `watched` and `raw` (feature `tokio`) |
//! | [`redhanded::Tap`](Tap) | watches a stream below any other library |
//! | `redhanded::client` | a client with a single writer by construction, and the split of a connection (feature `client`) |
//! | [`redhanded::testing`](testing) | for tests, with [`watch`]: threads that meet |
//!
//! On means: the feature `detect` in a build with debug assertions, or the feature `detect-in-release`. `dashboard`
//! implies `detect`. The settings are [`Settings`]; the guide, with every kind of report, is [`guide`].
//!
//! # Limitations
//!
//! Only what goes through a watched object is seen. Writes past every watched object (to the raw descriptor, by another
//! process, by another library on a duplicate of the socket) are not. A stream of a type that is not known is a wire of
//! its own: two objects on it are not told to share a socket, unless the type is made known with [`know`].
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "detect")]
pub mod watched;

// The one place that decides between on and off.
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

// What programs have of the page; the page itself is the same in both states.
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
pub use redhanded_core::{Capture, Payload, Policy, Settings, Statistics, Stderr};
#[doc(inline)]
pub use redhanded_core::{error, report, testing};

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
