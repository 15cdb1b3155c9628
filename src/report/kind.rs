//! The kinds of finding, from certain harm to none seen yet.

use std::fmt;

/// What part of the writer contract was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "detect", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "detect", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Kind {
    /// Bytes of another writer inside a frame. The peer cannot recover.
    TornFrame,
    /// Another data frame inside a fragmented message, or a continuation of nothing.
    TornMessage,
    /// A writer left with part of a frame on the wire, and somebody wrote next.
    AbandonedWrite,
    /// Two claims on one wire at the same time. The contract is broken, the bytes may have survived.
    Overlap,
    /// Nothing is torn, but a writer cannot get through.
    Stall,
}

impl Kind {
    /// Every kind, from certain harm to none seen yet.
    pub const ALL: [Kind; 5] = [
        Kind::TornFrame,
        Kind::TornMessage,
        Kind::AbandonedWrite,
        Kind::Overlap,
        Kind::Stall,
    ];

    /// The kind's name in reports, settings and the guide's anchors: `torn-frame`, `overlap`, …
    pub fn name(self) -> &'static str {
        match self {
            Kind::TornFrame => "torn-frame",
            Kind::TornMessage => "torn-message",
            Kind::AbandonedWrite => "abandoned-write",
            Kind::Overlap => "overlap",
            Kind::Stall => "stall",
        }
    }

    /// Where the guide explains this kind, and how to put it right.
    pub fn guide_url(self) -> String {
        format!(
            "https://docs.rs/redhanded/{}/redhanded/guide/index.html#{self}",
            env!("CARGO_PKG_VERSION")
        )
    }

    /// What a report of this kind says, in a sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Kind::TornFrame => {
                "Bytes of another writer are inside a frame. The peer cannot recover."
            }
            Kind::TornMessage => {
                "Another data frame is inside a fragmented message, or a continuation continues nothing."
            }
            Kind::AbandonedWrite => {
                "A writer left part of a frame on the wire, and somebody wrote next."
            }
            Kind::Overlap => {
                "Two had the wire, or an Exclusive, at the same time. The bytes may have survived."
            }
            Kind::Stall => "Nothing is torn, but a writer cannot get through.",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
