//! Where there is no `fork`, or nothing is watched, there is no descriptor that a child would close.

/// A descriptor.
#[cfg(feature = "dashboard")]
#[derive(Debug)]
pub(crate) struct ClosedInChild;

/// The socket of the page.
#[cfg(feature = "dashboard")]
pub(crate) static PAGE: ClosedInChild = ClosedInChild;

#[cfg(feature = "dashboard")]
impl ClosedInChild {
    /// There is no child.
    pub(crate) fn set(&self, _number: i32) {}
}

/// There are none.
#[cfg(unix)]
pub(super) fn close_all() {}
