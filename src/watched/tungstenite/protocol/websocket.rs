//! The watched `WebSocket`.

use super::{CloseFrame, Message, Role, WebSocketConfig};
use crate::watched::known::attach;
use crate::watched::tungstenite::library::LIBRARY;
use crate::watched::tungstenite::message::{
    has_room, is_refusal, length, outcome, reply, sending, writing,
};
use ::tungstenite::{Result, protocol as library};
use redhanded_core::wrap::{Act, Operation, Site, Watched, Watcher};
use std::fmt;
use std::io::{Read, Write};

/// A WebSocket stream, watched. Every method does the same as in `tungstenite::WebSocket`.
///
/// # Panics
/// Under the policy `panic`, a method that writes panics in both of two writers that are caught.
pub struct WebSocket<Stream> {
    // Dropped before the library's object: the system may give the socket's number to another one at once.
    watcher: Watcher,
    inner: library::WebSocket<Watched<Stream>>,
    /// What a `read` would be writing, if it writes.
    reply: Operation,
}

impl<Stream> WebSocket<Stream> {
    /// Convert a raw socket into a WebSocket without performing a handshake.
    ///
    /// # Panics
    /// Panics if config is invalid e.g. `max_write_buffer_size <= write_buffer_size`.
    #[track_caller]
    pub fn from_raw_socket(stream: Stream, role: Role, config: Option<WebSocketConfig>) -> Self {
        let inner = library::WebSocket::from_raw_socket(Watched::unattached(stream), role, config);
        Self::watch(inner, Site::caller())
    }

    /// Convert a raw socket into a WebSocket without performing a handshake.
    ///
    /// # Panics
    /// Panics if config is invalid e.g. `max_write_buffer_size <= write_buffer_size`.
    #[track_caller]
    pub fn from_partially_read(
        stream: Stream,
        part: Vec<u8>,
        role: Role,
        config: Option<WebSocketConfig>,
    ) -> Self {
        let inner = library::WebSocket::from_partially_read(
            Watched::unattached(stream),
            part,
            role,
            config,
        );
        Self::watch(inner, Site::caller())
    }

    /// Says where the application made it, where a handshake did.
    #[cfg(feature = "handshake")]
    pub(in crate::watched) fn made_at(mut self, made: Site) -> Self {
        self.watcher.note_made("WebSocket", made);
        self
    }

    /// Watches an object of the library, which was made there.
    pub(in crate::watched) fn watch(
        mut inner: library::WebSocket<Watched<Stream>>,
        made: Site,
    ) -> Self {
        let watcher = attach(inner.get_mut(), LIBRARY, "WebSocket", made);
        WebSocket {
            watcher,
            inner,
            reply: Operation::new(Act::ReadFlush, 0),
        }
    }

    /// The library's object. It is not watched any more.
    pub(in crate::watched) fn into_library(mut self) -> library::WebSocket<Watched<Stream>> {
        self.watcher.lend();
        self.inner
    }

    /// Returns a shared reference to the inner stream.
    pub fn get_ref(&self) -> &Stream {
        self.inner.get_ref().get_ref()
    }

    /// Returns a mutable reference to the inner stream.
    pub fn get_mut(&mut self) -> &mut Stream {
        self.watcher.lend();
        self.inner.get_mut().get_mut()
    }

    /// Change the configuration. Not a write: it touches this object only.
    ///
    /// # Panics
    /// Panics if config is invalid e.g. `max_write_buffer_size <= write_buffer_size`.
    pub fn set_config(&mut self, set_func: impl FnOnce(&mut WebSocketConfig)) {
        self.inner.set_config(set_func);
    }

    /// Read the configuration.
    pub fn get_config(&self) -> &WebSocketConfig {
        self.inner.get_config()
    }

    /// Check if it is possible to read messages.
    pub fn can_read(&self) -> bool {
        self.inner.can_read()
    }

    /// Check if it is possible to write messages.
    pub fn can_write(&self) -> bool {
        self.inner.can_write()
    }

    /// Whether a message with a payload of this length is sure to reach the stream. It is not after a close, and not if it
    /// may find no room in a bounded buffer.
    #[inline]
    fn is_sure_to_write(&self, payload: usize) -> bool {
        self.inner.can_write() && has_room(&self.watcher, self.inner.get_config(), payload)
    }

    #[inline]
    fn follow_stream(&mut self) {
        if self.watcher.was_lent() {
            self.watcher.attach_again(self.inner.get_mut());
        }
    }
}

impl<Stream: Read + Write> WebSocket<Stream> {
    /// Read a message from stream, if possible.
    ///
    /// It is a writer only when it writes by itself: an automatic pong, the reply to a close, or what an earlier call left
    /// in the buffer.
    #[inline]
    #[track_caller]
    pub fn read(&mut self) -> Result<Message> {
        self.follow_stream();
        let answers = self.inner.can_write();
        let site = Site::caller();
        let operating = self.watcher.begin_lazily(self.reply, site);
        let result = self.inner.read();
        operating.end_with(|| outcome(&result));
        if let Some(reply) = result.as_ref().ok().and_then(reply) {
            self.reply = reply;
            if answers {
                self.watcher.on_queued(reply, site);
            }
        }
        result
    }

    /// Writes and immediately flushes a message.
    #[inline]
    #[track_caller]
    pub fn send(&mut self, message: Message) -> Result<()> {
        self.follow_stream();
        let (operation, site) = (sending(&message), Site::caller());
        let is_sure = self.is_sure_to_write(length(&message));
        let operating = self.watcher.begin_if_sure(is_sure, operation, site)?;
        let result = self.inner.send(message);
        operating.end_with(|| outcome(&result));
        result
    }

    /// Write a message to the provided stream, if possible.
    #[inline]
    #[track_caller]
    pub fn write(&mut self, message: Message) -> Result<()> {
        self.follow_stream();
        let (operation, site) = (writing(&message), Site::caller());
        let operating = self.watcher.begin_lazily(operation, site);
        self.watcher.on_queued(operation, site);
        let result = self.inner.write(message);
        operating.end_with(|| outcome(&result));
        if result.as_ref().is_err_and(is_refusal) {
            self.watcher.on_not_queued(operation);
        }
        result
    }

    /// Flush writes.
    #[inline]
    #[track_caller]
    pub fn flush(&mut self) -> Result<()> {
        self.follow_stream();
        let operating = self
            .watcher
            .begin_lazily(Operation::new(Act::Flush, 0), Site::caller());
        let result = self.inner.flush();
        operating.end_with(|| outcome(&result));
        result
    }

    /// Close the connection.
    #[inline]
    #[track_caller]
    pub fn close(&mut self, code: Option<CloseFrame>) -> Result<()> {
        self.follow_stream();
        let operation = Operation::new(Act::Close, 0);
        let payload = code
            .as_ref()
            .map_or(0, |code| code.reason.len().saturating_add(2));
        let is_sure = self.is_sure_to_write(payload);
        let operating = self
            .watcher
            .begin_if_sure(is_sure, operation, Site::caller())?;
        let result = self.inner.close(code);
        operating.end_with(|| outcome(&result));
        result
    }

    /// Old name for [`read`](Self::read).
    #[deprecated(note = "Use `read`")]
    #[track_caller]
    pub fn read_message(&mut self) -> Result<Message> {
        self.read()
    }

    /// Old name for [`send`](Self::send).
    #[deprecated(note = "Use `send`")]
    #[track_caller]
    pub fn write_message(&mut self, message: Message) -> Result<()> {
        self.send(message)
    }

    /// Old name for [`flush`](Self::flush).
    #[deprecated(note = "Use `flush`")]
    #[track_caller]
    pub fn write_pending(&mut self) -> Result<()> {
        self.flush()
    }
}

impl<Stream: fmt::Debug> fmt::Debug for WebSocket<Stream> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
