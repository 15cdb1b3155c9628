//! What becomes of a hook that fails: the writer's call goes on as without it, and its wire is watched no more.
//!
//! Hooks are not meant to panic. One that does, by a mistake in the detector, has left what it knows of the wire in any state.
//! So nothing is said of that wire from then on, but that it is not watched. The owner word stays held and contested for ever, and no
//! handle is alone any more: so every claim and every call leaves its quiet path, where it is asked whether the wire is watched. The
//! quiet path does not ask.

use super::claims::Claims;
use crate::wire::sync::caught;
use std::sync::atomic::Ordering::Relaxed;

impl Claims {
    /// Runs a hook that is off the quiet path. `None` if the wire is not watched any more, also because this hook has failed.
    pub(in crate::wire) fn contain<R>(&self, hook: impl FnOnce() -> R) -> Option<R> {
        if self.is_given_up() {
            return None;
        }
        match caught(hook) {
            Ok(result) => Some(result),
            Err(why) => {
                self.give_up(&why);
                None
            }
        }
    }

    /// Whether the wire is not watched any more. Certain under the lock of the contest.
    pub(in crate::wire) fn is_given_up(&self) -> bool {
        self.given_up.load(Relaxed)
    }

    /// A hook has failed. No lock of the wire is held.
    #[cold]
    pub(in crate::wire) fn give_up(&self, why: &str) {
        if self.given_up.swap(true, Relaxed) {
            return;
        }
        let socket = {
            // Under the lock, so that no writer that leaves frees the word after this.
            let contest = self.contest();
            self.word.hold_for_ever();
            self.solitude.note_shared();
            contest.on().1.clone()
        };
        // A recorder that fails here has failed before, and was told of.
        let _ = caught(|| self.recorder.given_up(&socket, why));
    }
}
