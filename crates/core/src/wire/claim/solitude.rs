//! Whether one handle has a wire for itself. Then its claims need no locked instruction.
//!
//! While a wire has had one handle only, no two of its claims can overlap. So that handle claims the wire by saying so in its activity, and
//! the owner word stays free. A second handle ends this for ever: from then on all claims go through the word.
//!
//! | state     | meaning                                                                                         |
//! |-----------|-------------------------------------------------------------------------------------------------|
//! | `NOT_YET` | one handle or none, which claims by the word: the system has no fence that is needed below, or not yet |
//! | `SOLE`    | one handle or none, which claims by its phase                                                     |
//! | `SHARED`  | there was a second handle once, or another reason for the word: for ever                            |
//!
//! | transition           | by                                        | how                                              |
//! |----------------------|-------------------------------------------|--------------------------------------------------|
//! | `NOT_YET` -> `SOLE`  | the handle, which has its claim by the word | it frees the word, under the lock of the contest |
//! | `NOT_YET` -> `SHARED` | a second handle, before it is on the wire | a store, under the lock of the contest           |
//! | `SOLE` -> `SHARED`   | the same                                  | the hand-over below, under the lock of the contest |
//! | any -> `SHARED`      | a hook that has failed                    | a store, under the lock of the contest           |
//!
//! # The hand-over
//!
//! | the handle that is alone, at the beginning of a claim and at its end | the second handle, under the lock of the contest |
//! |-----------------------------------------------|------------------------------------------------------------------|
//! | 1. stores its phase: `Sole`, or `Idle`        | 1. stores `SHARED`                                               |
//! | 2. fences lightly                             | 2. fences heavily                                                |
//! | 3. loads the state                            | 3. loads the phase; if it is `Sole`, claims the word in the first handle's name |
//!
//! The two fences order as sequentially consistent ones do ([`fence`](crate::wire::fence)), so that of each pair of steps 1 one is seen by the other
//! side's step 3:
//!
//! - A claim that still sees `SOLE` is seen by the second handle, or its end is. In the first case the word is held in its name before the
//!   second handle can write. In the second case it is over.
//! - A claim that sees `SHARED` waits for the lock, behind which the second handle has decided. If the word is held in its name, it has
//!   the wire. If not, it claims the wire by the word, as any other.
//! - An end that sees `SHARED` waits for the lock likewise, and gives the word back if it is held in its name.
//! - An end that still sees `SOLE` is seen by the second handle: the word is not held in the name of a claim that is over.
//!
//! Release of the phase pairs with the acquire of the second handle's load. So the second handle sees the description of the claim, and what
//! the claims before it have left on the wire. What comes later goes through the word.
//!
//! If the heavy fence fails, nothing is known of a claim of the first handle: the word may not be claimed in its name, and the second handle
//! may not write as if it were free. So the wire is given up before the second handle is on it, and that is said.

use crate::wire::sync::{AtomicU8, Ordering::Relaxed};

const NOT_YET: u8 = 0;
const SOLE: u8 = 1;
const SHARED: u8 = 2;

#[derive(Debug)]
pub(super) struct Solitude(AtomicU8);

impl Solitude {
    /// Of a wire without handles. `can_be_sole` says that nothing has to be done at each claim.
    pub(super) fn new(can_be_sole: bool) -> Solitude {
        Solitude(AtomicU8::new(if can_be_sole { NOT_YET } else { SHARED }))
    }

    #[inline(always)]
    pub(super) fn is_sole(&self) -> bool {
        self.0.load(Relaxed) == SOLE
    }

    #[inline(always)]
    pub(super) fn is_not_yet_sole(&self) -> bool {
        self.0.load(Relaxed) == NOT_YET
    }

    pub(super) fn is_shared(&self) -> bool {
        self.0.load(Relaxed) == SHARED
    }

    /// Only under the lock of the contest.
    pub(super) fn note_sole(&self) {
        self.0.store(SOLE, Relaxed);
    }

    /// Only under the lock of the contest.
    pub(super) fn note_shared(&self) {
        self.0.store(SHARED, Relaxed);
    }
}
