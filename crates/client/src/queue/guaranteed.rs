//! The guaranteed messages that wait, and the room that guaranteed messages take until they are
//! confirmed.

use crate::in_flight::Confirmed;
use crate::options::Options;
use crate::tungstenite::Message;
use std::collections::VecDeque;

/// The guaranteed messages that wait, in order. Messages that have left the queue and are not
/// confirmed take room as well.
pub(super) struct GuaranteedQueue {
    waiting: VecDeque<(u64, Message)>,
    waiting_bytes: usize,
    kept: Amount,
    next_number: u64,
    most: Amount,
}

/// A number of messages, with their bytes of payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Amount {
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
}

impl Amount {
    /// Counts one message more, with this many bytes.
    pub(crate) fn add(&mut self, bytes: usize) {
        self.messages += 1;
        self.bytes += bytes;
    }
}

impl GuaranteedQueue {
    pub(super) fn new(options: &Options) -> Self {
        GuaranteedQueue {
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            kept: Amount::default(),
            next_number: 0,
            most: Amount {
                messages: options.queue_messages,
                bytes: options.queue_bytes,
            },
        }
    }

    pub(super) fn has_room_for(&self, bytes: usize) -> bool {
        self.kept.messages < self.most.messages && self.kept.bytes + bytes <= self.most.bytes
    }

    /// Takes room for a message that will be added.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.kept.add(bytes);
    }

    /// Adds a message, for which room is taken. Returns its number, counted from 0.
    pub(super) fn push(&mut self, sequence: u64, message: Message) -> u64 {
        self.waiting_bytes += message.len();
        self.waiting.push_back((sequence, message));
        self.next_number += 1;
        self.next_number - 1
    }

    /// The number of the next message.
    pub(super) fn next_number(&self) -> u64 {
        self.next_number
    }

    /// The number of the first message in the order over both queues.
    pub(super) fn first(&self) -> Option<u64> {
        self.waiting.front().map(|(sequence, _)| *sequence)
    }

    /// Takes the first message, which is in flight from here on.
    pub(super) fn pop(&mut self) -> Option<Message> {
        let (_, message) = self.waiting.pop_front()?;
        self.waiting_bytes -= message.len();
        Some(message)
    }

    /// Swaps all messages that wait for an empty queue. They are in flight from here on.
    pub(super) fn swap(&mut self, empty: &mut VecDeque<(u64, Message)>) {
        std::mem::swap(&mut self.waiting, empty);
        self.waiting_bytes = 0;
    }

    /// Gives back the room of messages that are confirmed, or will not be added.
    pub(super) fn confirm(&mut self, confirmed: Confirmed) {
        self.kept.messages -= confirmed.messages;
        self.kept.bytes -= confirmed.bytes;
    }

    /// Whether any message is not confirmed, in the queue or in flight.
    pub(super) fn has_undelivered(&self) -> bool {
        self.kept.messages > 0
    }

    pub(super) fn queued(&self) -> Amount {
        Amount {
            messages: self.waiting.len(),
            bytes: self.waiting_bytes,
        }
    }

    pub(super) fn in_flight(&self) -> Amount {
        let queued = self.queued();
        Amount {
            messages: self.kept.messages - queued.messages,
            bytes: self.kept.bytes - queued.bytes,
        }
    }

    /// Takes all messages that wait.
    pub(super) fn clear(&mut self) -> Vec<Message> {
        self.kept = Amount::default();
        self.waiting_bytes = 0;
        std::mem::take(&mut self.waiting)
            .into_iter()
            .map(|(_, message)| message)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Amount, GuaranteedQueue};
    use crate::in_flight::Confirmed;
    use crate::options::Options;
    use crate::tungstenite::Message;

    #[test]
    fn what_is_in_flight_takes_room_until_it_is_confirmed() {
        let mut queue = GuaranteedQueue::new(&Options::default().queue_messages(2).queue_bytes(10));
        (0..2).for_each(|_| queue.reserve(4));
        assert_eq!(queue.push(1, Message::text("abcd")), 0);
        assert_eq!(queue.push(2, Message::text("efgh")), 1);
        assert!(!queue.has_room_for(0));
        queue.pop().unwrap();
        assert_eq!(
            queue.queued(),
            Amount {
                messages: 1,
                bytes: 4
            }
        );
        assert_eq!(
            queue.in_flight(),
            Amount {
                messages: 1,
                bytes: 4
            }
        );
        assert!(!queue.has_room_for(0));
        queue.confirm(Confirmed {
            messages: 1,
            bytes: 4,
        });
        assert!(queue.has_room_for(6) && !queue.has_room_for(7));
        queue.reserve(2);
        assert_eq!(queue.push(3, Message::text("ij")), 2);
    }
}
