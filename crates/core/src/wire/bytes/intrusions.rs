//! Intrusions: calls that began and ended inside a call of another handle.
//!
//! Only the handle whose call it was can tell where in its frames the other's bytes are, and only when its call has
//! come back. Until then, the intrusions wait here.

use super::evidence::Inserted;
use super::offered::Cut;
use super::reading::Caller;

/// How many calls of others are remembered that fell into one call.
const MAX_INTRUSIONS: usize = 64;

/// A call that began and ended inside a call of another handle.
#[derive(Debug, Clone)]
pub(crate) struct Intrusion {
    /// The intruder's name, as the one who tells of the intrusion knows it.
    pub(crate) by: u64,
    /// How much of the other's call was in before and after it.
    pub(crate) cut: Cut,
    /// Where the intruder's bytes begin on the wire.
    pub(crate) place: Cut,
    pub(crate) before_watching: Option<u64>,
    pub(crate) inserted: Inserted,
}

#[derive(Debug, Default)]
pub(super) struct Intrusions(Vec<(Caller, Intrusion)>);

impl Intrusions {
    /// Keeps an intrusion into this call, which is still under way. Gives whether there was room.
    pub(super) fn add(&mut self, call: Caller, intrusion: Intrusion) -> bool {
        let known = self
            .0
            .iter()
            .filter(|(known, _)| known.handle == call.handle && known.state == call.state);
        let has_room = known.count() < MAX_INTRUSIONS;
        if has_room {
            self.0.push((call, intrusion));
        }
        has_room
    }

    /// What fell into this call of that handle. What is left of its earlier calls is forgotten.
    pub(super) fn take(&mut self, handle: u64, state: u64) -> Vec<Intrusion> {
        if self.0.is_empty() {
            return Vec::new();
        }
        self.0
            .extract_if(.., |(call, _)| call.handle == handle)
            .filter(|(call, _)| call.state == state)
            .map(|(_, intrusion)| intrusion)
            .collect()
    }
}
