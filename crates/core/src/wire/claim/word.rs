//! The owner word: who has the wire, in one atomic.
//!
//! | bits    | name        | meaning                                                                             |
//! |---------|-------------|-------------------------------------------------------------------------------------|
//! | 0       | `HELD`      | a writer has the wire                                                               |
//! | 1       | `CONTESTED` | another writer came while it was held; the wire's [`Contest`] has the say until quiet |
//! | 2..22   | index       | the index of the handle through which the holder writes, meaningful while `HELD` |
//! | 22..64  | sequence    | grows with every claim, so that a stale compare-exchange never hits a later claim   |
//!
//! | transition                    | by                                       | how              |
//! |-------------------------------|------------------------------------------|------------------|
//! | free -> held                  | a writer that finds the wire free        | one compare-exchange |
//! | held -> free                  | the holder                               | one compare-exchange |
//! | held -> held + contested      | the second writer: the instant of the overlap | one compare-exchange |
//! | held + contested -> free      | the last writer of the contested period  | under the lock of `Contest` |
//! | any -> held + contested       | a hook that has failed: it stays so      | one `fetch_or`, under the lock of `Contest` |
//!
//! The only handle of a wire leaves the word alone ([`solitude`](super::solitude)). The handle that comes beside it claims the word in its
//! name, if it has the wire at that moment.
//!
//! The release is a compare-exchange and not a swap: a swap would open the fast path for a third writer while the
//! second is still writing, and that overlap would be missed.
//!
//! [`Contest`]: super::contest::Contest

use crate::wire::sync::{AtomicU64, Ordering};

const HELD: u64 = 1;
const CONTESTED: u64 = 1 << 1;
const INDEX_SHIFT: u32 = 2;
const INDEX_BITS: u32 = 20;
const SEQUENCE_SHIFT: u32 = INDEX_SHIFT + INDEX_BITS;

/// How many handles a wire can tell apart.
pub(crate) const MAX_HANDLES: usize = 1 << INDEX_BITS;

/// One reading of the owner word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct State(u64);

impl State {
    #[inline(always)]
    pub(crate) fn is_held(self) -> bool {
        self.0 & HELD != 0
    }

    #[inline(always)]
    pub(crate) fn is_contested(self) -> bool {
        self.0 & CONTESTED != 0
    }

    /// The index of the holder's handle. Only meaningful while held.
    pub(crate) fn index(self) -> usize {
        ((self.0 >> INDEX_SHIFT) as usize) & (MAX_HANDLES - 1)
    }

    /// Whether the handle with that index holds it.
    pub(crate) fn is_of(self, index: usize) -> bool {
        self.is_held() && self.index() == index
    }

    #[inline(always)]
    fn claimed_by(self, index: usize) -> State {
        let sequence = (self.0 >> SEQUENCE_SHIFT).wrapping_add(1);
        State((sequence << SEQUENCE_SHIFT) | ((index as u64) << INDEX_SHIFT) | HELD)
    }

    #[inline(always)]
    fn freed(self) -> State {
        State(self.0 & !(HELD | CONTESTED))
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("sequence", &(self.0 >> SEQUENCE_SHIFT))
            .field("index", &self.index())
            .field("held", &self.is_held())
            .field("contested", &self.is_contested())
            .finish()
    }
}

/// The owner word of one wire.
#[derive(Debug)]
pub(crate) struct OwnerWord(AtomicU64);

impl OwnerWord {
    pub(crate) fn new() -> Self {
        OwnerWord(AtomicU64::new(0))
    }

    /// A reading that synchronises with the writer that made it: with the release in [`try_claim`](Self::try_claim),
    /// so that the holder's activity can be read after it.
    pub(crate) fn load(&self) -> State {
        State(self.0.load(Ordering::Acquire))
    }

    /// Takes a free wire for a writer through the handle with that index.
    ///
    /// Acquire pairs with the release in [`try_release`](Self::try_release) and [`free`](Self::free): what the last
    /// owner did is seen. Release publishes the handle's activity, and pairs with the acquire of a writer that contests this claim.
    #[inline(always)]
    pub(crate) fn try_claim(&self, seen: State, index: usize) -> Result<(), State> {
        debug_assert!(!seen.is_held());
        self.exchange(seen, seen.claimed_by(index), Ordering::AcqRel)
    }

    /// Takes a wire that was free when last looked at, without looking first.
    #[inline(always)]
    pub(crate) fn try_claim_now(&self, index: usize) -> Result<(), State> {
        let seen = State(self.0.load(Ordering::Relaxed));
        if seen.is_held() {
            Err(seen)
        } else {
            self.try_claim(seen, index)
        }
    }

    /// Gives an uncontested wire back. Fails when another writer has contested the claim.
    ///
    /// Release pairs with the acquire in [`try_claim`](Self::try_claim). A failure acquires what the one that contested has
    /// done before: its ticket is seen.
    #[inline(always)]
    pub(crate) fn try_release(&self) -> Result<(), State> {
        // The caller holds the wire, so that nothing but the contested bit can change under it.
        let seen = State(self.0.load(Ordering::Relaxed));
        if seen.is_contested() {
            Err(self.load())
        } else {
            self.exchange(seen, seen.freed(), Ordering::Release)
        }
    }

    /// Marks the claim that was `seen` as contested. Success is the instant of the overlap: that very claim was still
    /// held.
    ///
    /// Acquire pairs with the release in [`try_claim`](Self::try_claim), so that the holder's activity can be read.
    pub(crate) fn try_contest(&self, seen: State) -> Result<(), State> {
        debug_assert!(seen.is_held() && !seen.is_contested());
        self.exchange(seen, State(seen.0 | CONTESTED), Ordering::AcqRel)
    }

    /// Whether the claim is contested. A hint: a caller that needs to be sure asks under the lock of the wire's contest.
    #[inline(always)]
    pub(crate) fn is_contested(&self) -> bool {
        State(self.0.load(Ordering::Relaxed)).is_contested()
    }

    /// Ends a contested period. Only under the lock of the wire's contest, by its last writer.
    ///
    /// Release pairs with the acquire in [`try_claim`](Self::try_claim). A plain store suffices: while the word is
    /// contested, it is never changed without that lock.
    pub(crate) fn free(&self) {
        let seen = State(self.0.load(Ordering::Relaxed));
        debug_assert!(seen.is_held() && seen.is_contested());
        self.0.store(seen.freed().0, Ordering::Release);
    }

    /// Ends the watching of the wire: no claim finds it free any more. Only under the lock of the wire's contest, so that it is
    /// not freed after this.
    ///
    /// It orders nothing: what the wire's writers do from then on is not looked at.
    pub(crate) fn hold_for_ever(&self) {
        self.0.fetch_or(HELD | CONTESTED, Ordering::Relaxed);
    }

    #[inline(always)]
    fn exchange(&self, from: State, to: State, success: Ordering) -> Result<(), State> {
        self.0
            .compare_exchange(from.0, to.0, success, Ordering::Acquire)
            .map(drop)
            .map_err(State)
    }
}
