//! The watched `WebSocketStream`.

mod held;

use super::library::LIBRARY;
use crate::watched::known::attach;
use crate::watched::tungstenite::message::{self, sending};
use ::tokio_tungstenite as library;
use ::tungstenite::protocol::{CloseFrame, Message, Role, WebSocketConfig};
use ::tungstenite::{Error, Result};
use futures_util::sink::{Sink, SinkExt};
use futures_util::stream::{FusedStream, Stream};
use redhanded_core::wrap::{Act, Operation, Outcome, Site, Watched, Watcher};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};

/// A WebSocket stream, watched. Every method does the same as in `tokio_tungstenite::WebSocketStream`.
///
/// A writer has the wire during each of its polls. Between two polls of one message it does not. But its frame is still
/// open then, and another writer that writes tears it.
///
/// # Panics
/// Under the policy `panic`, a method that writes panics in both of two writers that are caught.
pub struct WebSocketStream<S> {
    // Dropped before the library's object: the system may give the socket's number to another one at once.
    watcher: Watcher,
    inner: library::WebSocketStream<Watched<S>>,
    /// What a `poll_next` would be writing, if it writes.
    reply: Operation,
    /// What a flush would be writing.
    queued: Queued,
    /// A close was sent or read: the library answers nothing any more.
    is_closing: bool,
    /// Under the policies that refuse, a message that the library would only queue. It gets it with the flush, if that is
    /// not refused: what it has once, it sends.
    held: Option<Message>,
}

/// What was queued since the last flush came to its end.
#[derive(Debug, Clone, Copy)]
enum Queued {
    Nothing,
    One(Operation),
    Several,
}

impl Queued {
    fn add(&mut self, operation: Operation) {
        *self = if matches!(self, Queued::Nothing) {
            Queued::One(operation)
        } else {
            Queued::Several
        };
    }

    fn operation(self) -> Operation {
        match self {
            Queued::One(operation) => operation,
            Queued::Nothing | Queued::Several => Operation::new(Act::Flush, 0),
        }
    }
}

impl<S> WebSocketStream<S> {
    /// Convert a raw socket into a WebSocketStream without performing a handshake.
    pub async fn from_raw_socket(stream: S, role: Role, config: Option<WebSocketConfig>) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        Self::watch(
            library::WebSocketStream::from_raw_socket(Watched::unattached(stream), role, config)
                .await,
        )
    }

    /// Convert a raw socket into a WebSocketStream without performing a handshake.
    pub async fn from_partially_read(
        stream: S,
        part: Vec<u8>,
        role: Role,
        config: Option<WebSocketConfig>,
    ) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let stream = Watched::unattached(stream);
        Self::watch(library::WebSocketStream::from_partially_read(stream, part, role, config).await)
    }

    /// Watches an object of the library.
    pub(super) fn watch(mut inner: library::WebSocketStream<Watched<S>>) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let watcher = attach(
            inner.get_mut(),
            LIBRARY,
            "WebSocketStream",
            Site::IN_BACKTRACE,
        );
        WebSocketStream {
            watcher,
            inner,
            reply: Operation::new(Act::ReadFlush, 0),
            queued: Queued::Nothing,
            is_closing: false,
            held: None,
        }
    }

    /// The library's object. It is not watched any more.
    pub(in crate::watched) fn into_library(mut self) -> library::WebSocketStream<Watched<S>> {
        self.watcher.lend();
        self.inner
    }

    /// Returns a shared reference to the inner stream.
    pub fn get_ref(&self) -> &S
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.inner.get_ref().get_ref()
    }

    /// Returns a mutable reference to the inner stream.
    pub fn get_mut(&mut self) -> &mut S
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.watcher.lend();
        self.inner.get_mut().get_mut()
    }

    /// Returns a reference to the configuration of the tungstenite stream.
    pub fn get_config(&self) -> &WebSocketConfig {
        self.inner.get_config()
    }

    /// Close the underlying web socket
    ///
    /// # Errors
    /// As `tokio_tungstenite::WebSocketStream::close`.
    pub async fn close(&mut self, msg: Option<CloseFrame>) -> Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.send(Message::Close(msg)).await
    }

    /// One poll that may write, as part of this operation.
    #[inline]
    #[track_caller]
    fn operate<T: Polled>(
        &mut self,
        operation: Operation,
        poll: impl FnOnce(Pin<&mut library::WebSocketStream<Watched<S>>>) -> T,
    ) -> T
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.follow_stream();
        let operating = self.watcher.begin_lazily(operation, Site::IN_BACKTRACE);
        let result = poll(Pin::new(&mut self.inner));
        operating.end_with(|| result.outcome());
        result
    }

    /// Has the library queue a message, or send it.
    #[inline]
    fn start_send_unasked(&mut self, item: Message) -> Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let operation = sending(&item);
        self.queued.add(operation);
        self.is_closing |= item.is_close();
        self.follow_stream();
        let operating = self.watcher.begin_queued(operation, Site::IN_BACKTRACE);
        // Not through `operate`: a message that a closure takes is copied once more.
        let result = Pin::new(&mut self.inner).start_send(item);
        operating.end_with(|| result.outcome());
        if result.as_ref().is_err_and(message::is_refusal) {
            self.watcher.on_not_queued(operation);
        }
        result
    }

    #[inline]
    fn follow_stream(&mut self)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if self.watcher.was_lent() {
            self.watcher.attach_again(self.inner.get_mut());
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for WebSocketStream<S> {
    type Item = Result<Message>;

    /// It is a writer only when it writes by itself: an automatic pong, the reply to a close, or what an earlier call left
    /// in the buffer.
    #[inline]
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let result = this.operate(this.reply, |inner| inner.poll_next(context));
        if let Poll::Ready(Some(Ok(message))) = &result
            && let Some(reply) = message::reply(message)
        {
            this.reply = reply;
            if !this.is_closing {
                this.watcher.on_queued(reply, Site::IN_BACKTRACE);
            }
            this.is_closing |= message.is_close();
        }
        result
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> FusedStream for WebSocketStream<S> {
    fn is_terminated(&self) -> bool {
        self.inner.is_terminated()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Sink<Message> for WebSocketStream<S> {
    type Error = Error;

    #[inline]
    fn poll_ready(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        this.hand_over()?;
        this.operate(this.queued.operation(), |inner| inner.poll_ready(context))
    }

    #[inline]
    fn start_send(self: Pin<&mut Self>, item: Message) -> Result<()> {
        let this = self.get_mut();
        if this.watcher.refuses() {
            this.start_send_if_let(item)
        } else {
            this.start_send_unasked(item)
        }
    }

    #[inline]
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        let result = if this.held.is_some() {
            this.flush_held(context)
        } else {
            this.operate(this.queued.operation(), |inner| inner.poll_flush(context))
        };
        if result.is_ready() {
            this.queued = Queued::Nothing;
        }
        result
    }

    #[inline]
    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        if this.watcher.refuses() && this.can_send(0) {
            return this.close_surely(context);
        }
        this.hand_over()?;
        this.is_closing = true;
        this.operate(Operation::new(Act::Close, 0), |inner| {
            inner.poll_close(context)
        })
    }
}

/// How a poll came back.
trait Polled {
    fn outcome(&self) -> Outcome;
}

impl<T> Polled for Result<T> {
    #[inline]
    fn outcome(&self) -> Outcome {
        message::outcome(self)
    }
}

impl<T: Polled> Polled for Poll<T> {
    #[inline]
    fn outcome(&self) -> Outcome {
        match self {
            Poll::Ready(result) => result.outcome(),
            Poll::Pending => Outcome::Pending,
        }
    }
}

impl<T: Polled> Polled for Option<T> {
    #[inline]
    fn outcome(&self) -> Outcome {
        self.as_ref().map_or(Outcome::Returned, T::outcome)
    }
}

impl<S: fmt::Debug> fmt::Debug for WebSocketStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
