//! How a message is to be delivered.

use std::time::Duration;

/// How a message is to be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// For what is worth nothing later, such as a price. The message is dropped if it could not be
    /// written within [`droppable_within`](super::Options::droppable_within) (by default 50 ms), or
    /// if too many wait. Dropped messages are counted and reported
    /// ([`Event::Dropped`](super::Event::Dropped)).
    ///
    /// "Written" means: given to the WebSocket's write buffer at a moment when the socket took
    /// bytes.
    Droppable,
    /// The same with a time limit of its own.
    DroppableWithin(Duration),
    /// For what must arrive, such as an order. The message is kept until its delivery is confirmed,
    /// and sent again after a reconnect. See [what is promised](super#what-guaranteed-promises).
    Guaranteed,
}
