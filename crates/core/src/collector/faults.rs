//! The connections that are not watched any more, because a hook of the detector has failed there.

use crate::wire::Socket;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many of them wait to be told of. Further ones are only counted.
const MOST: usize = 16;

/// How many there are, and what is still to be told of them.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    count: AtomicU64,
    untold: Mutex<Vec<String>>,
}

impl Faults {
    /// A hook has failed on the wire of this socket, for this reason. Called on a writer's thread.
    pub(super) fn note(&self, socket: &Socket, why: &str) {
        self.count.fetch_add(1, Relaxed);
        let mut untold = self.untold();
        if untold.len() < MOST {
            let [local, peer] =
                [socket.local(), socket.peer()].map(|address| address.unwrap_or("unknown"));
            untold.push(format!(
                "the connection {local} -> {peer} is not watched any more: redhanded itself has failed ({why})"
            ));
        }
    }

    /// How many connections are not watched any more.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Relaxed)
    }

    /// Takes the lines that are still to be told, one a connection.
    pub(crate) fn take_untold(&self) -> Vec<String> {
        std::mem::take(&mut *self.untold())
    }

    fn untold(&self) -> MutexGuard<'_, Vec<String>> {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is said of so many connections where "clean" would be said otherwise. `None` if there are none.
pub(crate) fn sentence(connections: u64) -> Option<String> {
    match connections {
        0 => None,
        1 => {
            Some("1 connection was not watched to its end: redhanded itself has failed".to_owned())
        }
        _ => Some(format!(
            "{connections} connections were not watched to their end: redhanded itself has failed"
        )),
    }
}
