//! Which wire a socket is: one live wire a socket, gone with its last handle.
//!
//! Ports, descriptors and inodes are used again, so that nothing may outlive its handles. A handle is dropped before the
//! stream it watches, so that an entry is gone before its socket can be. The exception are wires on which a handle that
//! is gone has left a part of a frame, where the system names sockets for ever: a few of them are kept.

use super::identity::Socket;
use super::{Handle, Recorder, Wire};
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

type Wires = HashMap<Socket, Weak<Wire>>;

/// The live wires of a process.
pub(crate) struct Registry {
    recorder: Arc<dyn Recorder>,
    wires: Mutex<Wires>,
    keeper: Arc<Keeper>,
    next_wire: AtomicU64,
    sweep_at: AtomicU64,
}

impl Registry {
    /// Entries of wires that are gone are swept out when the map has grown to this, and to twice its live size again.
    const FIRST_SWEEP: u64 = 64;

    pub(crate) fn new(recorder: Arc<dyn Recorder>) -> Self {
        Registry {
            recorder,
            wires: Mutex::default(),
            keeper: Arc::default(),
            next_wire: AtomicU64::new(1),
            sweep_at: AtomicU64::new(Self::FIRST_SWEEP),
        }
    }

    /// A new handle on the wire that `socket` is.
    pub(crate) fn handle(&self, socket: Socket) -> Option<Handle> {
        Handle::new(self.wire(socket.clone()), socket)
    }

    fn wire(&self, socket: Socket) -> Arc<Wire> {
        let new = |socket: Socket| {
            let id = self.next_wire.fetch_add(1, Ordering::Relaxed);
            Arc::new(Wire::new(id, socket, self.recorder.clone(), self.keeper.clone()))
        };
        if socket.key().is_none() {
            return new(socket);
        }
        let mut wires = self.wires();
        if let Some(wire) = wires.get(&socket).and_then(Weak::upgrade) {
            return wire;
        }
        if wires.len() as u64 >= self.sweep_at.load(Ordering::Relaxed) {
            wires.retain(|_, wire| wire.strong_count() > 0);
            let next = (wires.len() as u64 * 2).max(Self::FIRST_SWEEP);
            self.sweep_at.store(next, Ordering::Relaxed);
        }
        let wire = new(socket.clone());
        wires.insert(socket, Arc::downgrade(&wire));
        wire
    }

    fn wires(&self) -> MutexGuard<'_, Wires> {
        self.wires.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

/// Keeps wires on which part of a frame was left behind, the latest of them.
#[derive(Debug, Default)]
pub(crate) struct Keeper(Mutex<VecDeque<Arc<Wire>>>);

impl Keeper {
    /// Connections die in the middle of frames all the time, and hardly any of those wires is ever written to again.
    const MOST: usize = 64;

    pub(crate) fn keep(&self, wire: &Arc<Wire>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back(wire.clone());
        let oldest = if kept.len() > Self::MOST { kept.pop_front() } else { None };
        drop(kept);
        // Outside the lock, because the last handle of a wire may be on its way here.
        drop(oldest);
    }
}
