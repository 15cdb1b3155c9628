//! What the claims of a wire ask of its bytes: whether all has arrived, and whether the peer has said something since.

use super::Handle;
use super::wire::Wire;
use crate::wire::bytes::{Arrived, Outgoing};
use crate::wire::claim::{Answered, Calls, Onlooker, Seen};
use crate::wire::identity::Socket;
use crate::witness::Stamp;
use std::sync::{Arc, Mutex, PoisonError};

/// Looks at the bytes of a wire for one of its handles.
#[derive(Debug)]
pub(super) struct OnBytes {
    wire: Arc<Wire>,
    /// As the handle's own stream has it.
    socket: Socket,
    outgoing: Arc<Outgoing>,
    /// What it saw last. That has arrived, also when bytes of its own are under way that came later.
    // Boxed, because each handle has room for it and hardly any has one.
    last: Mutex<Option<Box<Answered>>>,
}

impl OnBytes {
    pub(super) fn of(wire: &Arc<Wire>, socket: &Socket, outgoing: &Arc<Outgoing>) -> Self {
        OnBytes {
            wire: wire.clone(),
            socket: socket.clone(),
            outgoing: outgoing.clone(),
            last: Mutex::default(),
        }
    }
}

impl Onlooker for OnBytes {
    fn look(&self) -> Option<Answered> {
        let traffic = &self.wire.traffic;
        let read = traffic.last_read()?;
        let arrived = traffic.all_arrived(|| self.socket.taken(), || self.socket.queued());
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(arrived) = arrived {
            let seen = arrived.into_iter().map(seen).collect();
            *last = Some(Box::new(Answered { read, seen }));
        }
        last.as_deref().cloned()
    }

    fn state(&self) -> u64 {
        self.outgoing.state()
    }
}

impl Calls for Outgoing {
    fn state(&self) -> u64 {
        self.progress().read().bits()
    }
}

fn seen(arrived: Arrived) -> Seen {
    Seen {
        handle: arrived.outgoing.handle(),
        state: arrived.state.bits(),
        end: arrived.end.bits(),
        calls: arrived.outgoing,
    }
}

impl Handle {
    /// To be called when bytes of the peer were read. On a wire with one handle that is of no use.
    #[inline]
    pub(crate) fn on_read(&self) {
        if self.wire().claims.has_several_handles() {
            self.note_read_at(Stamp::now());
        }
    }

    /// The same, of bytes that were read then.
    pub(crate) fn note_read_at(&self, at: Stamp) {
        self.wire().traffic.note_read_at(at);
    }
}
