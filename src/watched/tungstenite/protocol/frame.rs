//! Frames: the watched `FrameSocket`, and the library's own for everything else.

use crate::watched::known::attach;
use crate::watched::tungstenite::library::LIBRARY;
use crate::watched::tungstenite::message::{of_frame, outcome};
use ::tungstenite::Result;
use ::tungstenite::protocol::frame as library;
use bytes::BytesMut;
use redhanded_core::wrap::{Act, Operation, Site, Watched, Watcher};
use std::fmt;
use std::io::{Read, Write};

pub use library::{CloseFrame, Frame, FrameHeader, Utf8Bytes, coding};

/// A reader and writer for WebSocket frames, watched. Every method does the same as in
/// `tungstenite::protocol::frame::FrameSocket`.
pub struct FrameSocket<Stream> {
    watcher: Watcher,
    inner: library::FrameSocket<Watched<Stream>>,
}

impl<Stream: fmt::Debug> fmt::Debug for FrameSocket<Stream> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<Stream> FrameSocket<Stream> {
    /// Create a new frame socket.
    #[track_caller]
    pub fn new(stream: Stream) -> Self {
        let inner = library::FrameSocket::new(Watched::unattached(stream));
        Self::watch(inner, Site::caller())
    }

    /// Create a new frame socket from partially read data.
    #[track_caller]
    pub fn from_partially_read(stream: Stream, part: Vec<u8>) -> Self {
        let inner = library::FrameSocket::from_partially_read(Watched::unattached(stream), part);
        Self::watch(inner, Site::caller())
    }

    fn watch(mut inner: library::FrameSocket<Watched<Stream>>, made: Site) -> Self {
        FrameSocket {
            watcher: attach(inner.get_mut(), LIBRARY, "FrameSocket", made),
            inner,
        }
    }

    /// Extract a stream from the socket.
    pub fn into_inner(mut self) -> (Stream, BytesMut) {
        self.watcher.lend();
        let (stream, buffer) = self.inner.into_inner();
        (stream.into_inner(), buffer)
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

    #[inline]
    fn follow_stream(&mut self) {
        if self.watcher.was_lent() {
            self.watcher.attach_again(self.inner.get_mut());
        }
    }
}

impl<Stream: Read> FrameSocket<Stream> {
    /// Read a frame from stream.
    pub fn read(&mut self, max_size: Option<usize>) -> Result<Option<Frame>> {
        self.inner.read(max_size)
    }
}

impl<Stream: Write> FrameSocket<Stream> {
    /// Writes and immediately flushes a frame.
    #[track_caller]
    pub fn send(&mut self, frame: Frame) -> Result<()> {
        self.follow_stream();
        let operation = of_frame(Act::SendFrame, &frame);
        let operating = self.watcher.begin(operation, Site::caller())?;
        let result = self.inner.send(frame);
        operating.end(outcome(&result));
        result
    }

    /// Write a frame to stream.
    #[track_caller]
    pub fn write(&mut self, frame: Frame) -> Result<()> {
        self.follow_stream();
        let operation = of_frame(Act::WriteFrame, &frame);
        let operating = self.watcher.begin_lazily(operation, Site::caller());
        let result = self.inner.write(frame);
        operating.end(outcome(&result));
        result
    }

    /// Flush writes.
    #[track_caller]
    pub fn flush(&mut self) -> Result<()> {
        self.follow_stream();
        let operating = self
            .watcher
            .begin_lazily(Operation::new(Act::Flush, 0), Site::caller());
        let result = self.inner.flush();
        operating.end(outcome(&result));
        result
    }
}
