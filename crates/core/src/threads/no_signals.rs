//! Where threads have no masks of signals, nothing is blocked.

pub(super) struct Blocked;

impl Blocked {
    pub(super) fn all_but_faults() -> Blocked {
        Blocked
    }
}
