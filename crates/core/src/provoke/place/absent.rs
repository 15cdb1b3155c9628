//! Without the feature `tokio` no runtime is known.

use super::Runtime;

pub(super) fn current() -> Runtime {
    Runtime::None
}

pub(super) fn off_the_worker<R>(wait: impl FnOnce() -> R) -> Option<R> {
    Some(wait())
}
