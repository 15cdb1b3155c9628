//! Under the policies that refuse, a message is refused before the library has it: what that has once, it sends.
//!
//! `Sink::start_send` may only queue, and nothing says whether a flush follows. So a message that the library would only
//! queue is held here. The library gets it with the flush, if that is not refused.

use super::{Polled, Queued, WebSocketStream, library};
use crate::watched::tungstenite::message::{self, length, sending};
use ::tungstenite::Result;
use ::tungstenite::protocol::Message;
use futures_util::sink::Sink;
use futures_util::stream::FusedStream;
use redhanded_core::wrap::{Act, Operation, Site, Watched};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocketStream<S> {
    /// Whether the library takes a message with this payload.
    pub(super) fn can_send(&self, payload: usize) -> bool {
        !self.is_closing
            && !self.inner.is_terminated()
            && message::has_room(&self.watcher, self.inner.get_config(), payload)
    }

    /// As the library would take it, unless it is refused or held back.
    #[cold]
    pub(super) fn start_send_if_let(&mut self, item: Message) -> Result<()> {
        match self.hold_back(item)? {
            Some(item) => self.start_send_unasked(item),
            None => Ok(()),
        }
    }

    /// Takes a message as the library would. Gives it back if the library is to have it now.
    fn hold_back(&mut self, item: Message) -> Result<Option<Message>> {
        self.hand_over()?;
        let (payload, at_once) = (length(&item), self.inner.get_config().write_buffer_size);
        if !self.can_send(payload) {
            return Ok(Some(item));
        }
        if item.is_close() || payload > at_once {
            return self.start_send_surely(item).map(|()| None);
        }
        let is_first =
            matches!(self.queued, Queued::Nothing) && self.watcher.queued_at_most() == Some(0);
        if !is_first || message::frame_size(payload) > at_once {
            return Ok(Some(item));
        }
        let operation = sending(&item);
        self.queued.add(operation);
        self.watcher.on_queued(operation, Site::IN_BACKTRACE);
        self.held = Some(item);
        Ok(None)
    }

    /// The library gets what was held back, to be queued.
    #[inline]
    pub(super) fn hand_over(&mut self) -> Result<()> {
        if self.held.is_some() {
            self.hand_over_held()
        } else {
            Ok(())
        }
    }

    #[cold]
    fn hand_over_held(&mut self) -> Result<()> {
        match self.held.take() {
            Some(item) => self.operate(sending(&item), |inner| inner.start_send(item)),
            None => Ok(()),
        }
    }

    /// Sends a message that the library writes at once.
    fn start_send_surely(&mut self, item: Message) -> Result<()> {
        let before = (self.queued, self.is_closing);
        let operation = sending(&item);
        self.queued.add(operation);
        self.is_closing |= item.is_close();
        let sent = self.operate_surely(operation, |inner| inner.start_send(item));
        sent.unwrap_or_else(|refusal| {
            (self.queued, self.is_closing) = before;
            Err(refusal)
        })
    }

    /// Sends what was held back. If that is refused, nothing of it stays behind.
    #[cold]
    pub(super) fn flush_held(&mut self, context: &mut Context<'_>) -> Poll<Result<()>> {
        let Some(item) = self.held.take() else {
            return Poll::Ready(Ok(()));
        };
        let operation = sending(&item);
        self.watcher.on_not_queued(operation);
        let flushed = self.operate_surely(operation, |mut inner| {
            inner.as_mut().start_send(item)?;
            inner.poll_flush(context)
        });
        flushed.unwrap_or_else(|refusal| Poll::Ready(Err(refusal)))
    }

    /// Begins to close. If that is refused, all is as before.
    #[cold]
    pub(super) fn close_surely(&mut self, context: &mut Context<'_>) -> Poll<Result<()>> {
        let mut held = self.held.take();
        let operation = Operation::new(Act::Close, 0);
        let closed = self.operate_surely(operation, |mut inner| {
            if let Some(item) = held.take() {
                inner.as_mut().start_send(item)?;
            }
            inner.poll_close(context)
        });
        self.is_closing = closed.is_ok();
        self.held = held;
        closed.unwrap_or_else(|refusal| Poll::Ready(Err(refusal)))
    }

    /// One poll that is sure to write. What it sends first is this.
    ///
    /// # Errors
    /// Under the policy `error`, if it is refused. The library knows nothing of it then.
    #[cold]
    #[track_caller]
    fn operate_surely<T: Polled>(
        &mut self,
        operation: Operation,
        poll: impl FnOnce(Pin<&mut library::WebSocketStream<Watched<S>>>) -> T,
    ) -> Result<T> {
        self.follow_stream();
        let operating = self.watcher.begin(operation, Site::IN_BACKTRACE)?;
        let result = poll(Pin::new(&mut self.inner));
        operating.end_with(|| result.outcome());
        Ok(result)
    }
}
