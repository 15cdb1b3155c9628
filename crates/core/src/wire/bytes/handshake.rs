//! Handshakes that are under way on a wire. Until its text is out, no frame may be.

use super::evidence::Inserted;
use super::offered::Cut;
use super::outgoing::Outgoing;
use crate::wire::half::Half;
use std::sync::Arc;

#[derive(Debug, Default)]
pub(crate) struct Handshakes(Vec<Pending>);

/// A handle that makes a handshake.
#[derive(Debug)]
struct Pending {
    outgoing: Arc<Outgoing>,
    early: Option<Early>,
}

/// Bytes of another handle that went out before the last of the text.
#[derive(Debug)]
pub(crate) struct Early {
    pub(crate) half: Half,
    pub(crate) inserted: Inserted,
    /// Where they begin on the wire.
    pub(crate) place: Option<Cut>,
}

impl Handshakes {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn begin(&mut self, outgoing: Arc<Outgoing>) {
        self.0.push(Pending {
            outgoing,
            early: None,
        });
    }

    /// The text of a handle is out, or the handle is gone.
    pub(crate) fn end(&mut self, handle: u64) {
        self.0.retain(|pending| pending.outgoing.handle() != handle);
    }

    pub(crate) fn has(&self, handle: u64) -> bool {
        self.0
            .iter()
            .any(|pending| pending.outgoing.handle() == handle)
    }

    /// Whether bytes that a handle has sent are before a text of another one: it is not inside the call that may send the
    /// rest, and nothing was noted before.
    pub(crate) fn awaits_early(&self, handle: u64) -> bool {
        self.0.iter().any(|pending| pending.is_before(handle))
    }

    /// Notes such bytes.
    pub(crate) fn note_early(&mut self, handle: u64, early: Early) {
        let pending = self.0.iter_mut().find(|pending| pending.is_before(handle));
        if let Some(pending) = pending {
            pending.early = Some(early);
        }
    }

    /// What went out before the text of this handle.
    pub(crate) fn take_early(&mut self, handle: u64) -> Option<Early> {
        let mut of_handle = self
            .0
            .iter_mut()
            .filter(|pending| pending.outgoing.handle() == handle);
        of_handle.next()?.early.take()
    }
}

impl Pending {
    fn is_before(&self, handle: u64) -> bool {
        self.outgoing.handle() != handle
            && self.early.is_none()
            && !self.outgoing.progress().read().is_inside()
    }
}
