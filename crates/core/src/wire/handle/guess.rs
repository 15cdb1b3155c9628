//! Handles of which only signs say that they write frames, where no handshake was seen.

use super::Handle;

impl Handle {
    /// These are frames for certain, and so is what other handles of the connection write.
    pub(crate) fn confirm(&self) {
        self.wire().claims.confirm();
    }

    /// Whether it is certain that the connection carries frames, and not only by signs.
    pub(crate) fn is_confirmed(&self) -> bool {
        self.wire().claims.is_confirmed()
    }

    /// Only signs say that these are frames. Nothing that this handle writes is refused until another one confirms it.
    pub(crate) fn note_guess(&self) {
        self.activity().note_guess();
    }

    /// What seemed to be frames was none. So nothing is open on the connection.
    #[cold]
    pub(crate) fn note_no_frames(&self) {
        self.wire().traffic.forget_unfinished();
    }
}
