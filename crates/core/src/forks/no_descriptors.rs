//! Where there is no `fork`, there is no child that would close a descriptor.

/// A descriptor.
#[derive(Debug)]
pub(crate) struct ClosedInChild;

/// The socket of the page.
pub(crate) static PAGE: ClosedInChild = ClosedInChild;

impl ClosedInChild {
    /// There is no child.
    pub(crate) fn set(&self, _number: i32) {}
}
