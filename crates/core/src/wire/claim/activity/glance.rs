//! A handle as it is seen from aside, by one who takes no part in the claims of its wire.

use super::{Activity, Phase, SECOND, description::Description};
use crate::wire::sync::Ordering::Relaxed;
use crate::witness::{Operation, Site, Stamp, Task, ThreadId};

/// A handle as it is seen from aside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glance {
    /// Its user has the wire.
    pub(crate) is_writing: bool,
    /// The operation that it describes has written.
    pub(crate) has_written: bool,
    pub(crate) operation: Operation,
    pub(crate) site: Site,
    /// Who took the last claim, and when; `None` if no claim was ever taken.
    pub(crate) writer: Option<(ThreadId, Option<Task>, Stamp)>,
}

impl Activity {
    /// What the handle's user does now, or did last, as a person sees it who looks from aside. Nothing is published to
    /// the reader: fields of two operations may be mixed, if the handle changes hands faster than it is read.
    pub(crate) fn glance(&self) -> Glance {
        for _ in 0..Self::GLANCES {
            let index = || self.latest.load(Relaxed) & SECOND;
            let (phase, latest) = (self.phase(), index());
            // An operation that has not come to its claim has not described its writer yet.
            let writer = self.latest_writer();
            let glance = Glance {
                is_writing: matches!(phase, Phase::Sole | Phase::Holding | Phase::Contesting),
                has_written: self.has_written(),
                operation: self.operation(),
                site: self.site(),
                writer,
            };
            let is_same = (phase, latest) == (self.phase(), index());
            if is_same && writer == self.latest_writer() {
                return glance;
            }
        }
        Glance {
            is_writing: false,
            has_written: false,
            operation: self.operation(),
            site: self.site(),
            writer: None,
        }
    }

    fn latest_writer(&self) -> Option<(ThreadId, Option<Task>, Stamp)> {
        let writers = self.descriptions.iter().filter_map(Description::writer);
        // One of the two stamps may come from another clock.
        writers.reduce(|one, other| {
            let is_later = one.2.micros_since(other.2) >= 0.0;
            if is_later { one } else { other }
        })
    }

    /// How often a glance is tried while the handle changes hands.
    const GLANCES: usize = 4;
}
