//! Where there is no `fork`, there are no children.

pub(super) fn call_in_child(_function: unsafe extern "C" fn()) {}

/// There are none.
pub(super) fn close_descriptors() {}
