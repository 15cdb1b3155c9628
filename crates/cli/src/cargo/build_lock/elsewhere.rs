//! Where the system gives no list of locks, each file is looked at.

use std::path::Path;

pub(super) struct Locked;

impl Locked {
    pub(super) fn read() -> Locked {
        Locked
    }

    pub(super) fn may_have(&self, _file: &Path) -> bool {
        true
    }
}
