//! The kinds of finding, from certain harm to none seen yet.

use std::fmt;

/// What part of the writer contract was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "formats", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Kind {
    /// Bytes of another writer inside a frame. The peer cannot recover.
    TornFrame,
    /// Another data frame inside a fragmented message, or a continuation frame without a message.
    TornMessage,
    /// A writer left part of a frame on the wire, and another writer wrote next.
    AbandonedWrite,
    /// Two claims on one wire at the same time. The contract is broken; the bytes may still be whole.
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

    /// The kind's name as a heading: `Torn frame`.
    pub fn title(self) -> &'static str {
        match self {
            Kind::TornFrame => "Torn frame",
            Kind::TornMessage => "Torn message",
            Kind::AbandonedWrite => "Abandoned write",
            Kind::Overlap => "Overlap",
            Kind::Stall => "Stall",
        }
    }

    /// What a report of this kind says, in one or two plain sentences.
    pub fn meaning(self) -> &'static str {
        match self {
            Kind::TornFrame => {
                "Bytes of another writer are inside a frame. The peer cannot recover."
            }
            Kind::TornMessage => {
                "Another data frame is inside a fragmented message, or a continuation frame has no message to continue."
            }
            Kind::AbandonedWrite => {
                "A writer left part of a frame on the wire, and another writer wrote next."
            }
            Kind::Overlap => {
                "Two writers had the wire, or an Exclusive, at the same time. The bytes may still be whole."
            }
            Kind::Stall => "Nothing is torn, but a writer cannot get through.",
        }
    }

    /// What to do about it, in one sentence.
    pub fn advice(self) -> &'static str {
        match self {
            Kind::TornFrame | Kind::Overlap => {
                "Have one object write to the socket, behind one lock or in one task."
            }
            Kind::TornMessage => {
                "Hold the lock for the whole message, not for each of its fragments."
            }
            Kind::AbandonedWrite => {
                "Go on with the same object until its flush succeeds, or close the socket; put no timeout round a write."
            }
            Kind::Stall => "Do not wait for the peer while the lock round the connection is held.",
        }
    }

    /// How bad it is.
    pub fn harm(self) -> Harm {
        match self {
            Kind::TornFrame | Kind::TornMessage | Kind::AbandonedWrite => Harm::Certain,
            Kind::Overlap => Harm::Possible,
            Kind::Stall => Harm::Delay,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How bad a kind of finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Harm {
    /// Nothing is torn.
    Delay,
    /// The contract is broken, and the bytes may still be whole.
    Possible,
    /// The stream is damaged.
    Certain,
}

impl Harm {
    /// 1 to 3, the worst highest.
    pub fn severity(self) -> u8 {
        match self {
            Harm::Delay => 1,
            Harm::Possible => 2,
            Harm::Certain => 3,
        }
    }

    /// The harm in two words.
    pub fn name(self) -> &'static str {
        match self {
            Harm::Delay => "nothing torn",
            Harm::Possible => "contract broken",
            Harm::Certain => "certain harm",
        }
    }
}

/// Every kind with all that is said of it, for pages that are not written in Rust: a list of objects with the fields
/// `kind`, `title`, `meaning`, `advice`, `harm`, `severity` and `guide`, all of them text but `severity`.
#[cfg(feature = "formats")]
pub fn kinds_json() -> String {
    let kinds = Kind::ALL.map(|kind| {
        serde_json::json!({
            "kind": kind.name(),
            "title": kind.title(),
            "meaning": kind.meaning(),
            "advice": kind.advice(),
            "harm": kind.harm().name(),
            "severity": kind.harm().severity(),
            "guide": kind.guide_url(),
        })
    });
    serde_json::Value::from_iter(kinds).to_string()
}

#[cfg(all(test, feature = "formats"))]
mod tests {
    use super::*;

    #[test]
    fn the_json_has_every_kind_from_the_worst_on() {
        let kinds: Vec<serde_json::Value> = serde_json::from_str(&kinds_json()).expect("a list");
        let names: Vec<&str> = kinds
            .iter()
            .filter_map(|kind| kind["kind"].as_str())
            .collect();
        assert_eq!(names, Kind::ALL.map(Kind::name));
        assert!(
            kinds
                .iter()
                .all(|kind| kind.as_object().is_some_and(|fields| fields.len() == 7))
        );
        assert!(kinds.is_sorted_by_key(|kind| std::cmp::Reverse(kind["severity"].as_u64())));
    }

    #[test]
    fn a_title_is_the_name_as_words() {
        for kind in Kind::ALL {
            assert_eq!(kind.title().to_lowercase().replace(' ', "-"), kind.name());
        }
    }
}
