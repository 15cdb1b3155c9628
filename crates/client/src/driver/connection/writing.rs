//! How a connection writes: messages in batches, pings after them, and what to do when the socket
//! takes no more.

use super::{Connection, Context, is_would_block};
use crate::error::ConnectionError;
use crate::queue::{Amount, Outgoing};
use crate::transport::Transport;
use crate::tungstenite::{Error, WebSocket};
use std::time::Instant;

/// How much is written before it is flushed and before anything is read. It is enough to make
/// system calls rare, and little enough that a droppable message does not sit in a write buffer for
/// long.
const BATCH: Amount = Amount {
    messages: 1_024,
    bytes: 64 << 10,
};

impl<S: Transport> Connection<S> {
    /// Whether messages would be written if they came.
    pub(in crate::driver) fn writes(&self) -> bool {
        self.blocked_since.is_none() && self.websocket.can_write()
    }

    /// Whether everything that was taken out has been written and has gone out.
    pub(in crate::driver) fn is_written(&self) -> bool {
        self.batch.is_empty() && !self.is_unflushed
    }

    /// Writes everything into the WebSocket's own buffer, whether the socket takes it or not.
    pub(in crate::driver) fn write_all(
        &mut self,
        context: &mut Context<'_>,
        now: Instant,
    ) -> Result<(), ConnectionError> {
        loop {
            self.blocked_since = None;
            self.batch.fill(context, BATCH, now);
            let before = self.batch.len();
            self.write_batch(context, now)?;
            if self.batch.len() == before {
                return Ok(());
            }
        }
    }

    pub(super) fn write(
        &mut self,
        context: &mut Context<'_>,
        now: Instant,
    ) -> Result<(), ConnectionError> {
        if !self.writes() {
            return Ok(());
        }
        if !self.batch.is_empty() {
            // Any of these messages may get stuck. What is written already need not wait for them
            // to be confirmed.
            self.ping(context, now)?;
        }
        self.batch.fill(context, BATCH, now);
        self.write_batch(context, now)?;
        self.ping(context, now)
    }

    /// Whether there is something to confirm, or the peer has been silent for long enough.
    pub(super) fn has_to_ping(&self, context: &Context<'_>, now: Instant) -> bool {
        let confirms = context.pongs_confirm()
            && !context.in_flight.is_confirmed()
            && self.keepalive.may_ping();
        self.websocket.can_write() && (confirms || self.keepalive.is_due(now, !self.is_held_back))
    }

    /// Pings, if there is a reason to and the socket takes bytes.
    fn ping(&mut self, context: &Context<'_>, now: Instant) -> Result<(), ConnectionError> {
        if !self.has_to_ping(context, now) {
            return Ok(());
        }
        if self.websocket.get_config().max_write_buffer_size < usize::MAX {
            // A ping that finds no room in the buffer cannot be told from a connection that is
            // lost.
            self.flush(now)?;
        }
        if self.blocked_since.is_none() {
            let ping = self.keepalive.ping(context.in_flight.total_written(), now);
            self.is_unflushed = true;
            self.write_or_block(|websocket| websocket.write(ping))?;
        }
        Ok(())
    }

    /// Writes the messages of the batch, until the socket takes no more or it has been enough for
    /// one turn.
    fn write_batch(
        &mut self,
        context: &mut Context<'_>,
        now: Instant,
    ) -> Result<(), ConnectionError> {
        let (mut written, mut resent, mut dropped) = (Amount::default(), 0, 0);
        let mut result = Ok(());
        while result.is_ok() && self.blocked_since.is_none() && written.messages < BATCH.messages {
            let Some(outgoing) = self.batch.next() else {
                break;
            };
            if outgoing.is_expired(now) {
                dropped += 1;
                continue;
            }
            let message = outgoing.message(context.in_flight);
            written.add(message.len());
            let had_all_room = !std::mem::replace(&mut self.is_unflushed, true);
            match self.websocket.write(message) {
                Err(Error::WriteBufferFull(_)) if !had_all_room => {
                    self.batch.put_back(outgoing);
                    result = self.flush(now);
                    continue;
                }
                Err(error) if is_would_block(&error) => self.blocked_since = Some(now),
                Err(error) => result = Err(self.closing.ended_by(error)),
                Ok(()) => {}
            }
            if matches!(outgoing, Outgoing::Guaranteed) {
                resent += u64::from(context.in_flight.on_next_written());
            }
            if written.bytes >= BATCH.bytes {
                break;
            }
        }
        self.is_readable |= written.messages > 0 && self.websocket.get_ref().reads_ahead();
        context.queue.count_dropped(dropped);
        if resent > 0 {
            context.queue.update_stats(|stats| stats.resent += resent);
        }
        result
    }

    pub(super) fn flush(&mut self, now: Instant) -> Result<(), ConnectionError> {
        if !self.is_unflushed || self.blocked_since.is_some() {
            return Ok(());
        }
        self.write_or_block_at(now, WebSocket::flush)?;
        if self.blocked_since.is_none() {
            self.is_unflushed = false;
            self.pongs = 0;
            self.keepalive.on_flushed(now);
        }
        Ok(())
    }

    pub(super) fn write_or_block(
        &mut self,
        write: impl FnOnce(&mut WebSocket<S>) -> Result<(), Error>,
    ) -> Result<(), ConnectionError> {
        self.write_or_block_at(Instant::now(), write)
    }

    /// Calls a function that writes, and remembers if the socket takes no more.
    fn write_or_block_at(
        &mut self,
        now: Instant,
        write: impl FnOnce(&mut WebSocket<S>) -> Result<(), Error>,
    ) -> Result<(), ConnectionError> {
        let written = write(&mut self.websocket);
        self.is_readable |= self.websocket.get_ref().reads_ahead();
        match written {
            Ok(()) => Ok(()),
            Err(error) if is_would_block(&error) => {
                self.blocked_since = Some(now);
                Ok(())
            }
            Err(error) => Err(self.closing.ended_by(error)),
        }
    }
}
