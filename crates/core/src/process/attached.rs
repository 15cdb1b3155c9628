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
    handle: Handle,
    /// The process in which the handle was made.
    made_in: u64,
    /// The process in which this clone was last used.
    used_in: u64,
    later: Arc<Later>,
}

/// The handles of children, and what they are made of.
#[derive(Debug)]
struct Later {
    library: Library,
    next: OnceBox<Node>,
}

/// The handle of one child.
#[derive(Debug)]
struct Node {
    generation: u64,
    /// `None` if there was no room on the wire.
    handle: Option<Handle>,
    /// That of a child of the child.
    next: OnceBox<Node>,
}

// As for the handles themselves.
impl UnwindSafe for Attached {}
impl RefUnwindSafe for Attached {}

impl Attached {
    pub(super) fn new(handle: Handle, library: Library) -> Self {
        let generation = generation();
        let later = Later {
            library,
            next: OnceBox::new(),
        };
        Attached {
            handle,
            made_in: generation,
            used_in: generation,
            later: Arc::new(later),
        }
    }

    /// The handle of this process. `None` if there are too many on the wire.
    #[inline(always)]
    pub(crate) fn handle(&self) -> Option<&Handle> {
        if self.made_in == generation() {
            Some(&self.handle)
        } else {
            self.handle_of_child()
        }
    }

    /// The handle, in the process in which it was made.
    #[inline(always)]
    pub(crate) fn handle_of_maker(&self) -> Option<&Handle> {
        (self.made_in == generation()).then_some(&self.handle)
    }

    /// Notes a call. Gives whether it is the first one of this clone in a forked child.
    #[inline(always)]
    pub(crate) fn note_call(&mut self) -> bool {
        self.made_in != generation() && self.note_call_in_child()
    }

    #[cold]
    fn note_call_in_child(&mut self) -> bool {
        let now = generation();
        std::mem::replace(&mut self.used_in, now) != now
    }

    #[cold]
    fn handle_of_child(&self) -> Option<&Handle> {
        let now = generation();
        let (mut parents, mut next) = (Some(&self.handle), &self.later.next);
        loop {
            let node = next.get_or_init(|| {
                Box::new(Node {
                    generation: now,
                    handle: in_child(parents, self.later.library),
                    next: OnceBox::new(),
                })
            });
            if node.generation == now {
                return node.handle.as_ref();
            }
            (parents, next) = (node.handle.as_ref(), &node.next);
        }
    }
}

/// A handle for an object that has this one in the parent.
fn in_child(parents: Option<&Handle>, library: Library) -> Option<Handle> {
    let socket = parents.map_or_else(Socket::unknown, Handle::socket_in_child);
    let handle = running::new_handle(socket, library)?;
    if let Some(parents) = parents {
        handle.go_on_from(parents);
    }
    Some(handle)
}
