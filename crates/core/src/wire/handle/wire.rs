//! A wire: one live socket, however many objects write to it.

use super::pieces::Pieces;
use crate::settings::Policy;
use crate::wire::bytes::{Marks, Outgoing, Traffic};
use crate::wire::claim::{Claims, Provoker};
use crate::wire::finding::Recorder;
use crate::wire::identity::Socket;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// One live socket, however many objects write to it.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(in crate::wire) id: u64,
    pub(in crate::wire) socket: Socket,
    /// Who has it.
    pub(in crate::wire) claims: Arc<Claims>,
    /// What went out on it.
    pub(in crate::wire) traffic: Traffic,
    pub(in crate::wire) shared: Arc<Shared>,
    /// Whether writes that would tear something are not carried out. Fixed for the life of the process.
    pub(in crate::wire) refuses_tears: bool,
    /// Whether large writes are passed on in pieces.
    pub(in crate::wire) pieces: Pieces,
}

impl Wire {
    pub(crate) fn new(
        id: u64,
        socket: Socket,
        recorder: Arc<dyn Recorder>,
        shared: Arc<Shared>,
    ) -> Self {
        Wire {
            id,
            refuses_tears: recorder.policy() != Policy::Observe,
            pieces: Pieces::new(&*recorder),
            claims: Arc::new(Claims::new(
                id,
                socket.clone(),
                recorder,
                shared.provoker.clone(),
            )),
            traffic: Traffic::new(socket.taken()),
            socket,
            shared,
        }
    }

    pub(in crate::wire) fn recorder(&self) -> &dyn Recorder {
        self.claims.recorder()
    }

    /// The wire as others may know it.
    pub(crate) fn to_ref(&self) -> WireRef {
        WireRef {
            id: self.id,
            socket: self.socket.clone(),
            claims: Arc::downgrade(&self.claims),
        }
    }
}

/// A wire as it is known to those that do not keep it alive.
#[derive(Debug, Clone)]
pub(crate) struct WireRef {
    id: u64,
    socket: Socket,
    claims: Weak<Claims>,
}

impl WireRef {
    /// Its number. Wires that are made later have greater ones.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn socket(&self) -> &Socket {
        &self.socket
    }

    pub(crate) fn has_handles(&self) -> bool {
        self.claims
            .upgrade()
            .is_some_and(|claims| claims.has_handles())
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.claims.strong_count() == 0
    }
}

/// What all wires of a process share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// Holds on to a wire when its last handle goes inside a frame.
    pub(in crate::wire) keeper: Keeper,
    /// Which handles may have something queued.
    pub(in crate::wire) queued: Marks<HandleRef>,
    /// Provokes the meetings of writers, where that is on.
    pub(in crate::wire) provoker: Option<Arc<dyn Provoker>>,
}

impl Shared {
    pub(in crate::wire) fn provoked_by(provoker: Option<Arc<dyn Provoker>>) -> Self {
        Shared {
            provoker,
            ..Shared::default()
        }
    }
}

/// A handle that may be gone, and its wire.
#[derive(Debug, Clone)]
pub(in crate::wire) struct HandleRef {
    pub(in crate::wire) wire: Weak<Wire>,
    pub(in crate::wire) outgoing: Weak<Outgoing>,
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
        let oldest = if kept.len() > Self::MOST {
            kept.pop_front()
        } else {
            None
        };
        drop(kept);
        // Outside the lock, because the last handle of a wire may be on its way here.
        drop(oldest);
    }
}
