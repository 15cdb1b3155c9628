//! Which versions of which libraries are known.
//!
//! A line of versions (0.29, with every 0.29.x) has one API: cargo takes a later patch release without being asked, so its
//! API cannot break. A new line may have another one, and is not known until it was looked at.

use semver::Version;
use std::ops::RangeInclusive;

/// How a library is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shim {
    Tungstenite,
    Tokio,
    Async,
}

/// Which of the files `line.rs` and `line_0_26.rs` of the drop-ins belongs to a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// 0.26 and 0.27.
    From0_26,
    /// 0.28 and later.
    From0_28,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) shim: Shim,
    pub(super) line: Line,
}

/// The libraries, with the minor versions that are known. All of them are 0.x.
const KNOWN: [(&str, Shim, RangeInclusive<u64>); 3] = [
    ("tungstenite", Shim::Tungstenite, 26..=30),
    ("tokio-tungstenite", Shim::Tokio, 26..=30),
    // Those over tungstenite 0.26 to 0.30.
    ("async-tungstenite", Shim::Async, 29..=35),
];

/// Whether a library of this version can be watched.
pub fn is_known(name: &str, version: &Version) -> bool {
    of(name, version).is_some()
}

pub(super) fn of(name: &str, version: &Version) -> Option<Known> {
    let (_, shim, lines) = KNOWN.iter().find(|(library, ..)| *library == name)?;
    let is_in_line = version.major == 0 && lines.contains(&version.minor) && version.pre.is_empty();
    is_in_line.then_some(Known {
        shim: *shim,
        line: if version.minor < 28 {
            Line::From0_26
        } else {
            Line::From0_28
        },
    })
}
