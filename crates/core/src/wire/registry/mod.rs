//! Which wire a socket is: one live wire a socket, gone with its last handle.
//!
//! Ports, descriptors and inodes are used again, so that nothing may outlive its handles. A handle is dropped before the
//! stream it watches, so that an entry is gone before its socket can be. The exception are wires on which a handle that
//! is gone has left a part of a frame, where the system names sockets for ever: a few of them are kept.

mod backlog;
// Only a page looks.
#[cfg_attr(not(feature = "dashboard"), allow(dead_code))]
mod live;
mod under_way;

pub(crate) use backlog::Stalled;
#[cfg(feature = "dashboard")]
pub(crate) use live::{Live, LiveHandle, LiveWire, LiveWriter};
pub(crate) use under_way::UnderWay;

use crate::wire::claim::Provoker;
use crate::wire::finding::Recorder;
use crate::wire::handle::Handle;
use crate::wire::handle::{Shared, Wire, WireRef};
use crate::wire::identity::Socket;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// A wire that may be gone, with its number.
#[derive(Debug, Clone)]
pub(in crate::wire) struct Known {
    pub(in crate::wire) id: u64,
    pub(in crate::wire) wire: Weak<Wire>,
}

#[derive(Debug, Default)]
pub(in crate::wire) struct Wires {
    by_socket: HashMap<Socket, Known>,
    /// Wires of streams without a socket. None of them is looked for; a page shows them all.
    without_socket: Vec<Known>,
    /// Those that are gone are swept out when there are so many, or [`Registry::FIRST_SWEEP`].
    sweep_at: usize,
}

impl Wires {
    fn add(&mut self, socket: Socket, wire: &Arc<Wire>) {
        let count = self
            .by_socket
            .len()
            .saturating_add(self.without_socket.len());
        if count >= self.sweep_at.max(Registry::FIRST_SWEEP) {
            self.by_socket.retain(|_, known| known.is_live());
            self.without_socket.retain(Known::is_live);
            self.sweep_at = 2_usize.saturating_mul(
                self.by_socket
                    .len()
                    .saturating_add(self.without_socket.len()),
            );
        }
        let known = Known {
            id: wire.id,
            wire: Arc::downgrade(wire),
        };
        match socket.key() {
            Some(_) => drop(self.by_socket.insert(socket, known)),
            None => self.without_socket.push(known),
        }
    }

    pub(in crate::wire) fn all(&self) -> impl Iterator<Item = &Known> {
        self.by_socket.values().chain(&self.without_socket)
    }
}

impl Known {
    pub(in crate::wire) fn is_live(&self) -> bool {
        self.wire.strong_count() > 0
    }
}

/// The live wires of a process.
pub(crate) struct Registry {
    recorder: Arc<dyn Recorder>,
    wires: Mutex<Wires>,
    pub(in crate::wire) shared: Arc<Shared>,
    next_wire: AtomicU64,
}

impl Registry {
    /// Entries of wires that are gone are swept out when the map has grown to this, and to twice its live size again.
    const FIRST_SWEEP: usize = 64;

    #[cfg(test)]
    pub(crate) fn new(recorder: Arc<dyn Recorder>) -> Self {
        Registry::provoked_by(None, recorder)
    }

    /// A registry on whose wires writers are held as the provoker says, if there is one.
    pub(crate) fn provoked_by(
        provoker: Option<Arc<dyn Provoker>>,
        recorder: Arc<dyn Recorder>,
    ) -> Self {
        Registry {
            recorder,
            wires: Mutex::default(),
            shared: Arc::new(Shared::provoked_by(provoker)),
            next_wire: AtomicU64::new(1),
        }
    }

    /// A new handle on the wire that `socket` is, and whether that wire was not there before.
    pub(crate) fn handle(&self, socket: Socket) -> Option<(Handle, bool)> {
        let (wire, is_new) = self.wire(socket.clone());
        Some((Handle::new(wire, socket)?, is_new))
    }

    /// Whether there is a handle on the wire that `socket` is, or a part of a frame that one has left there.
    pub(crate) fn has(&self, socket: &Socket) -> bool {
        self.wires()
            .by_socket
            .get(socket)
            .is_some_and(Known::is_live)
    }

    /// The wires that there are.
    pub(crate) fn wire_refs(&self) -> Vec<WireRef> {
        let wires = self.wires();
        wires
            .all()
            .filter_map(|known| Some(known.wire.upgrade()?.to_ref()))
            .collect()
    }

    /// The wire that `socket` is, and whether it is one that was not there before.
    fn wire(&self, socket: Socket) -> (Arc<Wire>, bool) {
        let mut wires = self.wires();
        if let Some(wire) = wires
            .by_socket
            .get(&socket)
            .and_then(|known| known.wire.upgrade())
        {
            return (wire, false);
        }
        // Its objects were all gone for a while.
        let was_there = socket.is_named_for_ever() && wires.by_socket.contains_key(&socket);
        let id = self.next_wire.fetch_add(1, Ordering::Relaxed);
        let wire = Arc::new(Wire::new(
            id,
            socket.clone(),
            self.recorder.clone(),
            self.shared.clone(),
        ));
        wires.add(socket, &wire);
        (wire, !was_there)
    }

    pub(in crate::wire) fn wires(&self) -> MutexGuard<'_, Wires> {
        self.wires.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}
