//! What a connection writes next.

use super::Context;
use crate::queue::{Amount, Outgoing, Taken};
use crate::tungstenite::Message;
use std::time::Instant;

/// The messages that a connection writes next, in this order: the first ones of the connection,
/// messages in flight, and the rest of what was taken out of the queue.
#[derive(Default)]
pub(super) struct Batch {
    taken: Taken,
    /// How many messages in flight come between the first ones and the rest.
    in_flight: usize,
}

impl Batch {
    /// Puts messages before everything else: the hook's, then those that earlier connections have
    /// not confirmed.
    pub(super) fn begin_with(&mut self, first: Vec<Message>, to_resend: usize) {
        self.taken
            .batch
            .extend(first.into_iter().map(Outgoing::First));
        self.in_flight = to_resend;
    }

    /// Takes the next messages out of the queue, if the last ones are written.
    pub(super) fn fill(&mut self, context: &mut Context<'_>, most: Amount, now: Instant) {
        if self.is_empty() {
            self.in_flight = context
                .queue
                .take(&mut self.taken, context.in_flight, most, now);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn len(&self) -> usize {
        self.in_flight + self.taken.batch.len()
    }

    /// Takes the next message to write.
    pub(super) fn next(&mut self) -> Option<Outgoing> {
        if self.in_flight > 0 && !matches!(self.taken.batch.front(), Some(Outgoing::First(_))) {
            self.in_flight -= 1;
            return Some(Outgoing::Guaranteed);
        }
        self.taken.batch.pop_front()
    }

    /// Puts a message back that could not be written.
    pub(super) fn put_back(&mut self, outgoing: Outgoing) {
        self.taken.batch.push_front(outgoing);
    }

    /// Drops the messages whose time is over, and says how many.
    pub(super) fn drop_expired(&mut self, now: Instant) -> u64 {
        let before = self.taken.batch.len();
        self.taken
            .batch
            .retain(|outgoing| !outgoing.is_expired(now));
        (before - self.taken.batch.len()) as u64
    }

    /// When the time of a message is over next.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.taken.batch.iter().filter_map(Outgoing::until).min()
    }

    /// How many droppable messages there are.
    pub(super) fn droppable(&self) -> u64 {
        let droppable = self.taken.batch.iter();
        droppable
            .filter(|outgoing| matches!(outgoing, Outgoing::Droppable(..)))
            .count() as u64
    }
}
