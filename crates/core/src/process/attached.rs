//! The handle of an object, in each process that has the object.
//!
//! A forked child has copies of its parent's objects, and so do their handles. Those belong to the parent's registry, whose locks
//! may be held for ever in the child. So an object that writes in the child gets a handle of the child there, on a wire of
//! the child.

use super::library::Library;
use super::running;
use crate::forks::generation;
use crate::wire::{Handle, Socket};
use once_cell::race::OnceBox;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

/// One object that writes to a wire. Clones stand for the same object.
#[derive(Debug, Clone)]
pub(crate) struct Attached {
    first: Arc<Node>,
    /// The process in which this clone was last used.
    used_in: u64,
}

/// The handle of one process.
#[derive(Debug)]
struct Node {
    generation: u64,
    /// `None` if there was no room on the wire in the child.
    handle: Option<Handle>,
    library: Library,
    /// That of a child.
    next: OnceBox<Node>,
}

// As for the handles themselves.
impl UnwindSafe for Attached {}
impl RefUnwindSafe for Attached {}

impl Attached {
    pub(super) fn new(handle: Handle, library: Library) -> Self {
        let generation = generation();
        let first = Node {
            generation,
            handle: Some(handle),
            library,
            next: OnceBox::new(),
        };
        Attached {
            first: Arc::new(first),
            used_in: generation,
        }
    }

    /// The handle of this process. `None` if there are too many on the wire.
    #[inline]
    pub(crate) fn handle(&self) -> Option<&Handle> {
        if self.first.generation == generation() {
            self.first.handle.as_ref()
        } else {
            self.first.handle_of_child()
        }
    }

    /// Notes a call. Gives whether it is the first one of this clone since a fork.
    #[inline]
    pub(crate) fn note_call(&mut self) -> bool {
        let now = generation();
        std::mem::replace(&mut self.used_in, now) != now
    }
}

impl Node {
    #[cold]
    fn handle_of_child(&self) -> Option<&Handle> {
        let now = generation();
        let mut node = self;
        while node.generation != now {
            node = node.next.get_or_init(|| Box::new(node.in_child(now)));
        }
        node.handle.as_ref()
    }

    fn in_child(&self, generation: u64) -> Node {
        let socket = self.handle.as_ref().map(Handle::socket_in_child);
        let socket = socket.unwrap_or_else(Socket::unknown);
        let handle = running::new_handle(socket, self.library);
        if let (Some(handle), Some(parents)) = (&handle, &self.handle) {
            handle.go_on_from(parents);
        }
        Node {
            generation,
            handle,
            library: self.library,
            next: OnceBox::new(),
        }
    }
}
