//! Guaranteed messages on disk, for those that must survive the process.

mod absent;

pub(super) use self::absent::{Place, Spill};
