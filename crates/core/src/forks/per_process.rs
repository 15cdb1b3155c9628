//! A static of which each process in a line of forks has its own.

use super::handler::{generation, notice};
use once_cell::race::OnceBox;
use std::fmt;

/// Values, one for each process in a line of forks. Each is made when it is first asked for, and stays as long as the process and
/// its children do. No lock is taken to get at it.
pub(crate) struct PerProcess<T: 'static> {
    first: OnceBox<Node<T>>,
    /// Makes the value of a process, from the one that its parent had, if it had one. It takes no lock of that, except by
    /// [`inherited`](super::inherited). Where threads race, it may be called twice, and one of the two is dropped.
    make: fn(Option<&T>) -> T,
}

struct Node<T> {
    generation: u64,
    value: T,
    next: OnceBox<Node<T>>,
}

impl<T: Send + Sync + 'static> PerProcess<T> {
    pub(crate) const fn new(make: fn(Option<&T>) -> T) -> Self {
        PerProcess {
            first: OnceBox::new(),
            make,
        }
    }

    /// The value of this process.
    pub(crate) fn get(&'static self) -> &'static T {
        notice();
        let now = generation();
        let (mut place, mut before) = (&self.first, None);
        loop {
            let node = place.get_or_init(|| {
                Box::new(Node {
                    generation: now,
                    value: (self.make)(before),
                    next: OnceBox::new(),
                })
            });
            if node.generation == now {
                return &node.value;
            }
            (place, before) = (&node.next, Some(&node.value));
        }
    }
}

impl<T> fmt::Debug for PerProcess<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerProcess").finish_non_exhaustive()
    }
}
