//! The guaranteed messages that have left the queue and are not confirmed, in order.

use crate::tungstenite::Message;
use std::collections::VecDeque;

/// The guaranteed messages that are not confirmed. Those in front have been written on the current
/// connection. The others are written next.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    messages: VecDeque<Entry>,
    /// How many of them, from the front, have been written on the current connection.
    written: usize,
    /// How many messages have been written on the current connection, confirmed ones included.
    total_written: u64,
    total_confirmed: u64,
}

#[derive(Debug)]
struct Entry {
    message: Message,
    /// Whether it was written on an earlier connection.
    was_written: bool,
}

/// How many messages were confirmed, and their bytes of payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Confirmed {
    pub(super) messages: usize,
    pub(super) bytes: usize,
}

impl InFlight {
    /// Adds a message from the queue, to be written after the others.
    pub(super) fn push(&mut self, message: Message) {
        self.messages.push_back(Entry {
            message,
            was_written: false,
        });
    }

    /// Adds messages from the queue, to be written after the others.
    pub(super) fn extend(&mut self, messages: impl Iterator<Item = Message>) {
        self.messages.extend(messages.map(|message| Entry {
            message,
            was_written: false,
        }));
    }

    /// The next message to write. It stays here.
    pub(super) fn next(&self) -> Option<&Message> {
        self.messages.get(self.written).map(|entry| &entry.message)
    }

    /// How many messages are to be written.
    pub(super) fn unwritten(&self) -> usize {
        self.messages.len() - self.written
    }

    /// The next message has been written. Returns whether it had been before, on an earlier
    /// connection.
    pub(super) fn on_next_written(&mut self) -> bool {
        let was_written = std::mem::replace(&mut self.messages[self.written].was_written, true);
        self.written += 1;
        self.total_written += 1;
        was_written
    }

    /// How many messages have been written on the current connection.
    pub(super) fn total_written(&self) -> u64 {
        self.total_written
    }

    /// Whether everything that was written is confirmed.
    pub(super) fn is_confirmed(&self) -> bool {
        self.written == 0
    }

    /// The first messages of the current connection have arrived, this many in all.
    pub(super) fn confirm(&mut self, first: u64) -> Confirmed {
        let count =
            usize::try_from(first.saturating_sub(self.total_confirmed)).unwrap_or(usize::MAX);
        self.confirm_next(count)
    }

    /// This many messages from the front have arrived. Only written messages count.
    pub(super) fn confirm_next(&mut self, count: usize) -> Confirmed {
        let count = count.min(self.written);
        self.written -= count;
        self.total_confirmed += count as u64;
        let bytes = self
            .messages
            .drain(..count)
            .map(|entry| entry.message.len())
            .sum();
        Confirmed {
            messages: count,
            bytes,
        }
    }

    /// The messages that were written and are not confirmed, the oldest first.
    pub(super) fn written(&self) -> impl Iterator<Item = &Message> {
        self.messages
            .range(..self.written)
            .map(|entry| &entry.message)
    }

    /// The connection is lost: all messages are to be written again.
    pub(super) fn rewind(&mut self) {
        (self.written, self.total_written, self.total_confirmed) = (0, 0, 0);
    }

    /// Gives all messages back.
    pub(super) fn into_messages(self) -> impl Iterator<Item = Message> {
        self.messages.into_iter().map(|entry| entry.message)
    }
}

#[cfg(test)]
mod tests {
    use super::{Confirmed, InFlight};
    use crate::tungstenite::Message;

    fn with(texts: &[&str]) -> InFlight {
        let mut in_flight = InFlight::default();
        texts
            .iter()
            .for_each(|text| in_flight.push(Message::text(*text)));
        in_flight
    }

    fn write(in_flight: &mut InFlight, count: usize) -> usize {
        (0..count).filter(|_| in_flight.on_next_written()).count()
    }

    fn left(in_flight: InFlight) -> Vec<String> {
        in_flight
            .into_messages()
            .map(|message| message.to_string())
            .collect()
    }

    #[test]
    fn only_what_was_written_is_confirmed() {
        let mut in_flight = with(&["a", "bc", "def"]);
        assert_eq!(write(&mut in_flight, 2), 0);
        assert_eq!(
            in_flight.confirm(3),
            Confirmed {
                messages: 2,
                bytes: 3
            }
        );
        assert!(in_flight.is_confirmed());
        assert_eq!(left(in_flight), ["def"]);
    }

    #[test]
    fn a_confirmation_that_says_nothing_new_takes_nothing_out() {
        let mut in_flight = with(&["a", "b", "c"]);
        write(&mut in_flight, 3);
        assert_eq!(in_flight.confirm(2).messages, 2);
        assert_eq!(in_flight.confirm(2).messages, 0);
        assert_eq!(in_flight.confirm(1).messages, 0);
        assert_eq!(left(in_flight), ["c"]);
    }

    #[test]
    fn after_a_reconnect_everything_is_written_again_in_order_and_counted() {
        let mut in_flight = with(&["a", "b", "c"]);
        write(&mut in_flight, 2);
        in_flight.confirm(1);
        in_flight.rewind();
        assert_eq!(in_flight.next().unwrap().to_string(), "b");
        assert_eq!(
            (in_flight.unwritten(), write(&mut in_flight, 2)),
            (2, 1),
            "only b was written before"
        );
        assert_eq!(
            in_flight.confirm(2).messages,
            2,
            "counted from the new connection's first"
        );
        assert_eq!(left(in_flight), [""; 0]);
    }
}
