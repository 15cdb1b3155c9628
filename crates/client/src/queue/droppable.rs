//! The droppable messages that wait.

use crate::options::{Discard, Options};
use crate::tungstenite::Message;
use std::collections::VecDeque;
use std::time::Instant;

/// The droppable messages that wait, in order.
pub(super) struct DroppableQueue {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    /// No message's time is over before this. It may be too early, because messages that leave do
    /// not change it.
    earliest: Option<Instant>,
    most_messages: usize,
    most_bytes: usize,
    discard: Discard,
}

struct Waiting {
    sequence: u64,
    message: Message,
    until: Instant,
}

impl DroppableQueue {
    pub(super) fn new(options: &Options) -> Self {
        DroppableQueue {
            waiting: VecDeque::new(),
            bytes: 0,
            earliest: None,
            most_messages: options.queue_messages,
            most_bytes: options.queue_bytes,
            discard: options.discard,
        }
    }

    /// Adds a message. Returns how many were dropped for want of room. This one may be among them.
    pub(super) fn push(&mut self, sequence: u64, message: Message, until: Instant) -> u64 {
        let mut dropped = 0;
        while !self.has_room_for(message.len()) {
            dropped += 1;
            if self.discard == Discard::Newest || self.pop().is_none() {
                return dropped;
            }
        }
        self.bytes += message.len();
        self.earliest = Some(self.earliest.map_or(until, |earliest| earliest.min(until)));
        self.waiting.push_back(Waiting {
            sequence,
            message,
            until,
        });
        dropped
    }

    fn has_room_for(&self, bytes: usize) -> bool {
        self.waiting.len() < self.most_messages && self.bytes + bytes <= self.most_bytes
    }

    /// The number of the first message in the order over both queues.
    pub(super) fn first(&self) -> Option<u64> {
        self.waiting.front().map(|waiting| waiting.sequence)
    }

    /// Takes the first message, with the end of its time.
    pub(super) fn pop(&mut self) -> Option<(Message, Instant)> {
        let waiting = self.waiting.pop_front()?;
        self.bytes -= waiting.message.len();
        if self.waiting.is_empty() {
            self.earliest = None;
        }
        Some((waiting.message, waiting.until))
    }

    /// Drops the messages whose time is over. Returns how many.
    pub(super) fn drop_expired(&mut self, now: Instant) -> u64 {
        if self.earliest.is_none_or(|earliest| earliest > now) {
            return 0;
        }
        let before = self.waiting.len();
        let bytes = &mut self.bytes;
        self.waiting.retain(|waiting| {
            let stays = waiting.until > now;
            *bytes -= if stays { 0 } else { waiting.message.len() };
            stays
        });
        self.earliest = self.waiting.iter().map(|waiting| waiting.until).min();
        (before - self.waiting.len()) as u64
    }

    /// When a message's time may be over next.
    pub(super) fn earliest(&self) -> Option<Instant> {
        self.earliest
    }

    pub(super) fn messages(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Drops all messages. Returns how many.
    pub(super) fn clear(&mut self) -> u64 {
        let dropped = self.waiting.len() as u64;
        self.waiting = VecDeque::new();
        (self.bytes, self.earliest) = (0, None);
        dropped
    }
}

#[cfg(test)]
mod tests {
    use super::DroppableQueue;
    use crate::options::{Discard, Options};
    use crate::tungstenite::Message;
    use std::time::{Duration, Instant};

    fn left(mut queue: DroppableQueue) -> Vec<String> {
        std::iter::from_fn(|| queue.pop())
            .map(|(message, _)| message.to_string())
            .collect()
    }

    #[test]
    fn a_full_queue_drops_the_oldest_or_the_newest_as_asked() {
        for (discard, expected) in [(Discard::Oldest, ["c", "d"]), (Discard::Newest, ["a", "b"])] {
            let mut queue =
                DroppableQueue::new(&Options::default().queue_messages(2).discard(discard));
            let dropped: u64 = ["a", "b", "c", "d"]
                .map(|text| queue.push(0, Message::text(text), Instant::now()))
                .iter()
                .sum();
            assert_eq!(
                (dropped, left(queue)),
                (2, expected.map(String::from).to_vec())
            );
        }
    }

    #[test]
    fn bytes_are_bounded_as_well() {
        let mut queue = DroppableQueue::new(&Options::default().queue_bytes(5));
        let now = Instant::now();
        assert_eq!(queue.push(0, Message::text("ab"), now), 0);
        assert_eq!(queue.push(1, Message::text("cd"), now), 0);
        assert_eq!(queue.push(2, Message::text("efgh"), now), 2);
        assert_eq!((queue.bytes(), left(queue)), (4, vec!["efgh".to_owned()]));
    }

    #[test]
    fn each_message_has_a_time_of_its_own() {
        let mut queue = DroppableQueue::new(&Options::default());
        let now = Instant::now();
        for (text, milliseconds) in [("long", 100), ("short", 10), ("middle", 50)] {
            queue.push(
                0,
                Message::text(text),
                now + Duration::from_millis(milliseconds),
            );
        }
        assert_eq!(queue.earliest(), Some(now + Duration::from_millis(10)));
        assert_eq!(queue.drop_expired(now + Duration::from_millis(9)), 0);
        assert_eq!(queue.drop_expired(now + Duration::from_millis(10)), 1);
        assert_eq!(queue.earliest(), Some(now + Duration::from_millis(50)));
        assert_eq!(left(queue), ["long", "middle"]);
    }
}
