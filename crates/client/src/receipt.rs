//! Which guaranteed messages are confirmed. They are confirmed in order, so that one count is
//! enough.

use super::error::ReceiptError;
use super::monitor::{Monitor, Waiter};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

/// Counts the guaranteed messages that are confirmed, from the first on.
#[derive(Debug)]
pub(super) struct Confirmations(Monitor<State>);

struct State {
    /// Every message with a smaller number is confirmed.
    confirmed: u64,
    has_ended: bool,
}

impl Confirmations {
    pub(super) fn new() -> Self {
        Confirmations(Monitor::new(State {
            confirmed: 0,
            has_ended: false,
        }))
    }

    pub(super) fn confirm(&self, messages: usize) {
        let mut state = self.0.lock();
        state.confirmed += messages as u64;
        state.wake_all();
    }

    /// No message will be confirmed any more.
    pub(super) fn end(&self) {
        let mut state = self.0.lock();
        state.has_ended = true;
        state.wake_all();
    }
}

impl State {
    fn answer(&self, number: u64) -> Option<Result<(), ReceiptError>> {
        match (number < self.confirmed, self.has_ended) {
            (true, _) => Some(Ok(())),
            (false, true) => Some(Err(ReceiptError::Ended)),
            (false, false) => None,
        }
    }
}

/// Tells when one message is delivered.
///
/// The receipt of a guaranteed message is fulfilled when its delivery is confirmed: see [what is
/// promised](super#what-guaranteed-promises). It is a future, for any executor. Dropping it changes
/// nothing for the message.
#[derive(Debug)]
pub struct Receipt {
    /// `None` for a droppable message, which is never confirmed.
    of: Option<(Arc<Confirmations>, u64)>,
    waiter: Waiter,
}

impl Receipt {
    pub(super) fn guaranteed(confirmations: Arc<Confirmations>, number: u64) -> Self {
        Receipt {
            of: Some((confirmations, number)),
            waiter: Waiter::default(),
        }
    }

    pub(super) fn droppable() -> Self {
        Receipt {
            of: None,
            waiter: Waiter::default(),
        }
    }

    /// Whether the delivery is confirmed. That of a droppable message never is.
    pub fn is_delivered(&self) -> bool {
        self.of.as_ref().is_some_and(|(confirmations, number)| {
            !confirmations.0.is_of_parent()
                && confirmations.0.lock().answer(*number) == Some(Ok(()))
        })
    }

    /// Waits until the delivery is confirmed.
    ///
    /// # Errors
    /// - [`NotYet`](ReceiptError::NotYet): the timeout is over.
    /// - [`Ended`](ReceiptError::Ended): the client ended first.
    /// - [`Droppable`](ReceiptError::Droppable), at once: the message is droppable.
    /// - [`ForkedChild`](ReceiptError::ForkedChild), at once: the client is the parent's.
    pub fn wait(&self, timeout: Duration) -> Result<(), ReceiptError> {
        let Some((confirmations, number)) = &self.of else {
            return Err(ReceiptError::Droppable);
        };
        if confirmations.0.is_of_parent() {
            return Err(ReceiptError::ForkedChild);
        }
        confirmations
            .0
            .wait(Some(timeout), |state| state.answer(*number))
            .unwrap_or(Err(ReceiptError::NotYet))
    }
}

impl Future for Receipt {
    type Output = Result<(), ReceiptError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Receipt { of, waiter } = &mut *self;
        let Some((confirmations, number)) = of else {
            return Poll::Ready(Err(ReceiptError::Droppable));
        };
        if confirmations.0.is_of_parent() {
            return Poll::Ready(Err(ReceiptError::ForkedChild));
        }
        confirmations
            .0
            .poll(waiter, context, |state| state.answer(*number))
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        if let Some((confirmations, _)) = &self.of {
            confirmations.0.forget(&mut self.waiter);
        }
    }
}
