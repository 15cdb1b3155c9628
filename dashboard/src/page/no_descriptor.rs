//! Where sockets have no descriptors, what they lead to is always theirs.

/// A socket.
pub(super) trait Socket {}

impl<S> Socket for S {}

/// All are taken for the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity;

impl Identity {
    pub(super) fn of(_socket: &impl Socket) -> Option<Identity> {
        Some(Identity)
    }
}

pub(super) fn number(_socket: &impl Socket) -> Option<i32> {
    None
}

/// It is never asked for here: no socket is another one than it was.
pub(super) fn leave_open(socket: impl Socket) {
    std::mem::forget(socket);
}
