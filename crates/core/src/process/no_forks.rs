//! Where there is no `fork`, no child is forked.

pub(super) fn count() {}

pub(super) fn so_far() -> u64 {
    0
}
