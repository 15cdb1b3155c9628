//! The handle of a forked child, for an object that has had one in the parent.
//!
//! Nothing here waits for a lock of the parent's wire: it may be held for ever.

use super::Handle;
use crate::wire::identity::Socket;

impl Handle {
    /// The socket, of a handle that the parent has made.
    pub(crate) fn socket_in_child(&self) -> Socket {
        self.0.socket.clone()
    }

    /// This handle goes on, in the child, from the one of the parent.
    pub(crate) fn go_on_from(&self, parents: &Handle) {
        let (ours, theirs) = (self.outgoing(), parents.outgoing());
        ours.made().store(theirs.made().load_in_child());
        if theirs.may_share_frames() {
            ours.set_may_share_frames();
        }
        if theirs.is_polled() {
            ours.set_polled();
        }
        if parents.is_confirmed() {
            self.confirm();
        }
        if parents.activity().is_guess() {
            self.note_guess();
        }
        // What is queued in the object is queued in its copy, too. How long it waits is not measured anew.
        if theirs.queue().may_have_any() {
            ours.queue().note_attempt(false);
        }
        if !theirs.queue().ahead().is_nothing() {
            ours.queue().ahead().add_unknown();
        }
        if theirs.is_lost() {
            ours.lose();
        }
    }
}
