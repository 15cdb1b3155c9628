//! Who has the wire: the algorithm, alone. It knows no WebSocket library, no HTTP and no files.
//!
//! Every object that writes to a socket is a [`Handle`] on that socket's [`Wire`]. A writer takes a claim with one
//! compare-exchange on the [`OwnerWord`](word::OwnerWord) and gives it back with another. Nothing else happens while
//! writers keep apart. When one finds the wire held, both describe themselves in the wire's
//! [`Contest`](contest::Contest), each captures its own stack in its own call, and whoever comes last hands the
//! finding to the [`Recorder`].
//!
//! Who overlapped, in this order: `word` (the state), `slot` (how a writer describes itself), `contest` (how the two
//! halves meet), `handle` (what the wrappers call), `registry` and `identity` (which wire a socket is), `tie` (for whom
//! its findings are).
//!
//! What happened to the bytes: `cursor` (where in its frames a handle is), `ledger` and `counters` (what was accepted, by
//! the handles' count and by the kernel's), `reading` (both at one instant), `call` and `examine` (what is looked at
//! before and after a call), `unfinished` (what was left open), `evidence` (what is kept of a tear). What did not come to
//! the wire: `backlog`.

mod account;
mod backlog;
mod call;
mod contest;
mod counters;
mod cursor;
mod evidence;
mod examine;
mod finding;
mod handle;
mod identity;
mod ledger;
#[allow(dead_code)] // Only a page looks.
mod live;
#[cfg(test)]
mod notebook;
mod offered;
mod reading;
mod registry;
mod slot;
mod sync;
#[cfg(all(test, not(redhanded_loom)))]
mod tests;
mod tie;
mod unfinished;
mod word;

#[cfg(all(test, redhanded_loom))]
mod model;

pub(crate) use account::Account;
pub(crate) use backlog::Stalled;
#[cfg(fuzzing)]
pub(crate) use cursor::model as cursor_model;
pub(crate) use cursor::{Content, Cursor, Header, Requests};
pub(crate) use evidence::{Clip, Cut, Doubt, Inserted, Proof, Tear, Torn};
pub use finding::Outcome;
pub(crate) use finding::{
    Backlog, Deadlock, Finding, Half, LockFacts, OpenFinding, PairKey, Recorder, Unsettled,
    next_finding,
};
pub(crate) use handle::{Handle, InProgress};
pub use identity::Socket;
#[allow(unused_imports)] // Only a page looks.
pub(crate) use live::{Live, LiveHandle, LiveWire, LiveWriter, Watching, watching};
#[cfg(all(test, not(redhanded_loom)))]
pub(crate) use notebook::Notebook;
pub(crate) use offered::Offered;
pub(crate) use registry::Registry;

use crate::settings::{Capture, Policy};
use contest::Contest;
use reading::Scale;
use registry::Keeper;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Release};
use sync::{AtomicU64, Mutex, MutexGuard, lock};
use word::OwnerWord;

/// One live socket, however many objects write to it.
#[derive(Debug)]
pub(crate) struct Wire {
    id: u64,
    socket: Socket,
    word: OwnerWord,
    contest: Mutex<Contest>,
    /// How many writers have found the wire held.
    tickets: AtomicU64,
    /// Where the wire's bytes begin on the scale of the kernel's counters.
    scale: Scale,
    // std's under loom, too: they are set before a claim is given back and read after the next one is taken, so that the
    // owner word publishes them.
    /// Whether a handle has left a frame open.
    has_open_frame: AtomicBool,
    /// Whether a message is open.
    has_open_message: AtomicBool,
    /// A data frame has gone by, so that it is known whether a message is open.
    has_seen_data: AtomicBool,
    recorder: Arc<dyn Recorder>,
    /// Holds on to the wire when its last handle goes inside a frame.
    keeper: Arc<Keeper>,
    /// Whether every claim captures its stack at once. Asked at every claim, and fixed for the life of the process.
    captures_eagerly: bool,
    /// Whether writes that would tear something are not carried out. Likewise.
    refuses_tears: bool,
}

impl Wire {
    pub(crate) fn new(
        id: u64,
        socket: Socket,
        recorder: Arc<dyn Recorder>,
        keeper: Arc<Keeper>,
    ) -> Self {
        let captures_eagerly = recorder.capture() == Capture::Always;
        let refuses_tears = recorder.policy() != Policy::Observe;
        Wire {
            id,
            word: OwnerWord::new(),
            contest: Mutex::new(Contest::new()),
            tickets: AtomicU64::new(0),
            scale: Scale::of(&socket),
            has_open_frame: AtomicBool::new(false),
            has_open_message: AtomicBool::new(false),
            has_seen_data: AtomicBool::new(false),
            socket,
            recorder,
            keeper,
            captures_eagerly,
            refuses_tears,
        }
    }

    /// Has the next calls look, or not, for what was left open. Release pairs with the acquire of the next claim.
    fn note_unfinished(&self, contest: &MutexGuard<'_, Contest>) {
        self.has_open_frame
            .store(!contest.unfinished.frames().is_empty(), Release);
        self.has_open_message
            .store(contest.unfinished.has_open_message(), Release);
    }
}

impl Unsettled for Wire {
    /// A pair that is still open, if both of its writers have written.
    fn as_it_is_now(&self, pair: u64) -> Option<Finding> {
        lock(&self.contest).open_finding(pair, (self.id, &self.socket))
    }

    fn is_open(&self, pair: u64) -> bool {
        lock(&self.contest).is_open(pair)
    }
}
