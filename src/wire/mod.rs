//! Who has the wire: the algorithm, alone. It knows no WebSocket library, no HTTP and no files.
//!
//! Every object that writes to a socket is a [`Handle`] on that socket's [`Wire`]. A writer takes a claim with one
//! compare-exchange on the [`OwnerWord`](word::OwnerWord) and gives it back with another. Nothing else happens while
//! writers keep apart. When one finds the wire held, both describe themselves in the wire's
//! [`Contest`](contest::Contest), each captures its own stack in its own call, and whoever comes last hands the
//! finding to the [`Recorder`].
//!
//! Read in this order: `word` (the state), `slot` (how a writer describes itself), `entry` and `contest` (how the two halves meet),
//! `handle` (what the wrappers call), `registry` and `identity` (which wire a socket is).

mod account;
mod contest;
mod entry;
mod finding;
mod handle;
mod identity;
mod registry;
mod slot;
mod sync;
mod word;

#[cfg(all(test, redhanded_loom))]
mod model;

pub(crate) use account::Account;
pub(crate) use finding::{Finding, Half, OpenFinding, Outcome, PairKey, Recorder};
pub(crate) use handle::{Handle, InProgress, Refusal};
pub use identity::Socket;
pub(crate) use registry::Registry;

use crate::settings::Capture;
use contest::Contest;
use std::sync::Arc;
use sync::{AtomicU64, Mutex, lock};
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
    recorder: Arc<dyn Recorder>,
    /// Whether every claim captures its stack at once. Asked at every claim, and fixed for the life of the process.
    captures_eagerly: bool,
}

impl Wire {
    pub(crate) fn new(id: u64, socket: Socket, recorder: Arc<dyn Recorder>) -> Self {
        let captures_eagerly = recorder.capture() == Capture::Always;
        let (word, contest) = (OwnerWord::new(), Mutex::new(Contest::new()));
        Wire { id, socket, word, contest, tickets: AtomicU64::new(0), recorder, captures_eagerly }
    }

    /// A pair that is still open, as it is now, if both of its writers have written.
    fn open_finding(&self, pair: u64) -> Option<Finding> {
        lock(&self.contest).open_finding(pair, (self.id, &self.socket))
    }

    /// The socket that makes this wire.
    pub(crate) fn socket(&self) -> &Socket {
        &self.socket
    }
}
