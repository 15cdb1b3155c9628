//! How long writers may be held in each mode.

use super::clock::MILLISECOND;

/// How long writers may be held. Times are in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// The longest hold.
    pub(super) longest: u64,
    /// How long a pair may be held in vain, all holds of both sides together.
    pub(super) most_in_vain: u64,
    /// How long there may be holds of the process in three times that time: so who waits behind many held writers waits for no more
    /// than a few holds.
    pub(super) most_together: u64,
    /// Each call site is held once on a wire of which a handle has not written yet.
    pub(super) is_eager: bool,
}

impl Limits {
    pub(super) const LIGHT: Limits = Limits {
        longest: 10 * MILLISECOND,
        most_in_vain: 30 * MILLISECOND,
        most_together: 20 * MILLISECOND,
        is_eager: false,
    };

    pub(super) const FULL: Limits = Limits {
        longest: 100 * MILLISECOND,
        most_in_vain: u64::MAX,
        most_together: u64::MAX,
        is_eager: true,
    };

    /// The same, with no hold that is longer than this.
    pub(super) fn within(self, longest: u64) -> Limits {
        Limits {
            longest: self.longest.min(longest),
            ..self
        }
    }
}
