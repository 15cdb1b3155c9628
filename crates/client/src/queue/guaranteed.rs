//! Messages that must arrive, and the room that they take until they have.

use crate::in_flight::Confirmed;
use crate::options::Options;
use crate::tungstenite::Message;
use std::collections::VecDeque;

/// The guaranteed messages that wait, in order. Those that left the queue and are not confirmed count for its bounds.
pub(super) struct GuaranteedQueue {
    waiting: VecDeque<(u64, Message)>,
    waiting_bytes: usize,
    kept: Amount,
    next_number: u64,
    most: Amount,
}

/// So many messages, with so many bytes of payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Amount {
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
}

impl Amount {
    /// One message more, with so many bytes.
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

    /// Takes room for a message that is not added yet.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.kept.add(bytes);
    }

    /// Adds a message, for which there is room taken, and gives its number, counted from 0.
    pub(super) fn push(&mut self, sequence: u64, message: Message) -> u64 {
        self.waiting_bytes += message.len();
        self.waiting.push_back((sequence, message));
        self.next_number += 1;
        self.next_number - 1
    }

    /// The number of the message that is added next.
    pub(super) fn next_number(&self) -> u64 {
        self.next_number
    }

    /// The sequence of the first message.
    pub(super) fn first(&self) -> Option<u64> {
        self.waiting.front().map(|(sequence, _)| *sequence)
    }

    /// The first message, which is in flight from here on.
    pub(super) fn pop(&mut self) -> Option<Message> {
        let (_, message) = self.waiting.pop_front()?;
        self.waiting_bytes -= message.len();
        Some(message)
    }

    /// Everything that waits, for nothing; it is in flight from here on.
    pub(super) fn swap(&mut self, nothing: &mut VecDeque<(u64, Message)>) {
        std::mem::swap(&mut self.waiting, nothing);
        self.waiting_bytes = 0;
    }

    /// Messages in flight have arrived, or their room is not needed.
    pub(super) fn confirm(&mut self, confirmed: Confirmed) {
        self.kept.messages -= confirmed.messages;
        self.kept.bytes -= confirmed.bytes;
    }

    /// Whether any message has not been confirmed, wherever it is.
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

    /// Gives everything back that waits.
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
