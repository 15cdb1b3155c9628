//! What the handles of a client share with the thread that owns the connection, and how that thread
//! starts and ends.

use super::delivery::Delivery;
use super::error::SendError;
use super::error::{CloseError, StartError};
use super::event::Event;
use super::inbox::Inbox;
use super::monitor::Waiter;
use super::options::Options;
use super::origin::Origin;
use super::queue::Queue;
use super::receipt::{Confirmations, Receipt};
use super::spill::{Pending, Spill};
use crate::threads;
use crate::tungstenite::Message;
use crate::tungstenite::protocol::WebSocketConfig;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::thread::{self, JoinHandle, ThreadId};

/// The longest header of a frame: two bytes, a length of eight, a mask of four (RFC 6455, 5.2).
const LONGEST_HEADER: usize = 14;

/// The most bytes of payload that fit into a WebSocket's write buffer.
pub(super) fn largest_payload(config: &WebSocketConfig) -> usize {
    config.max_write_buffer_size.saturating_sub(LONGEST_HEADER)
}

/// The queue of what is sent, and the inbox of what has arrived.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) queue: Queue,
    pub(super) inbox: Arc<Inbox>,
    confirmations: Arc<Confirmations>,
}

impl Shared {
    pub(super) fn new(
        options: &Options,
        largest: usize,
        waker: Arc<mio::Waker>,
        spill: Spill,
    ) -> Arc<Self> {
        let (inbox, confirmations) = (
            Arc::new(Inbox::new(options, waker.clone())),
            Arc::new(Confirmations::new()),
        );
        let queue = Queue::new(
            options.clone(),
            largest,
            waker,
            inbox.clone(),
            confirmations.clone(),
            spill,
        );
        Arc::new(Shared {
            queue,
            inbox,
            confirmations,
        })
    }

    /// Starts the store, if there is one. It does not keep these alive: its thread ends when they
    /// are dropped.
    pub(super) fn start_store(self: &Arc<Self>) -> Result<(), StartError> {
        let shared = Arc::downgrade(self);
        self.queue.start_store(move |unstored, is_stored| {
            let shared = shared.upgrade();
            shared.is_some_and(|shared| {
                shared.queue.on_stored(unstored, is_stored);
                true
            })
        })
    }
}

/// The thread that owns a connection.
#[derive(Debug)]
pub(super) struct IoThread<T> {
    origin: Origin,
    handle: Mutex<Option<JoinHandle<T>>>,
    id: ThreadId,
}

impl<T: Send + 'static> IoThread<T> {
    pub(super) fn start(
        shared: Arc<Shared>,
        run: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Self, StartError> {
        let handle = threads::spawn("redhanded client", move || {
            let _guard = EndGuard(shared);
            run()
        });
        let handle = handle.map_err(StartError::System)?;
        let id = handle.thread().id();
        Ok(IoThread {
            origin: Origin::here(),
            handle: Mutex::new(Some(handle)),
            id,
        })
    }

    /// Tells the thread to end, waits until it has, and gives its result. Only the first call does;
    /// the thread itself cannot.
    pub(super) fn join(&self, end: impl FnOnce()) -> Result<T, CloseError> {
        if thread::current().id() == self.id {
            return Err(CloseError::InsideHook);
        }
        if self.origin.is_parent() {
            return Err(CloseError::ForkedChild);
        }
        let handle = self
            .handle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let handle = handle.ok_or(CloseError::AlreadyClosed)?;
        end();
        handle.join().map_err(|_| CloseError::Panicked)
    }
}

impl<T> Drop for IoThread<T> {
    fn drop(&mut self) {
        if self.origin.is_parent() {
            // The system may not be asked to detach a thread that this process does not have.
            let handle = self.handle.get_mut();
            std::mem::forget(handle.unwrap_or_else(PoisonError::into_inner).take());
        }
    }
}

/// Ends all waits when the thread ends, even by a panic.
struct EndGuard(Arc<Shared>);

impl Drop for EndGuard {
    fn drop(&mut self) {
        // A thread that ended in order has given back what was left.
        drop(self.0.queue.end());
        self.0.confirmations.end();
        self.0.inbox.end();
    }
}

/// A message on its way into the queue, as a future.
///
/// Nothing is sent before it is polled. If it is dropped before it is done, it has sent nothing.
/// There is one exception: with the feature `spill`, it may already be waiting for the disk.
///
/// A guaranteed message waits for room without a time limit. If you want one, use the timeout of
/// your runtime.
#[derive(Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct Sending {
    pub(super) shared: Arc<Shared>,
    pub(super) message: Option<Message>,
    pub(super) delivery: Delivery,
    pending: Option<Pending>,
    waiter: Waiter,
}

impl Sending {
    pub(super) fn new(shared: &Arc<Shared>, message: Message, delivery: Delivery) -> Self {
        let (shared, message) = (shared.clone(), Some(message));
        Sending {
            shared,
            message,
            delivery,
            pending: None,
            waiter: Waiter::default(),
        }
    }
}

impl Future for Sending {
    type Output = Result<Receipt, SendError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Sending {
            shared,
            message,
            delivery,
            pending,
            waiter,
        } = &mut *self;
        shared
            .queue
            .poll_send(message, pending, *delivery, waiter, context)
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.shared.queue.forget(&mut self.waiter);
    }
}

/// The next event, as a future. `None` when there will be no more. If it is dropped before it is
/// done, it has taken nothing.
#[derive(Debug)]
#[must_use = "nothing is taken before it is awaited"]
pub struct Receiving {
    pub(super) shared: Arc<Shared>,
    pub(super) waiter: Waiter,
}

impl Receiving {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Receiving {
            shared: shared.clone(),
            waiter: Waiter::default(),
        }
    }
}

impl Future for Receiving {
    type Output = Option<Event>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Receiving { shared, waiter } = &mut *self;
        shared.inbox.poll_take(waiter, context).map(Result::ok)
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        self.shared.inbox.forget(&mut self.waiter);
    }
}
