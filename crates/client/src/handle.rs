//! The handle of a client: what a program calls.

use super::builder::Builder;
use super::delivery::Delivery;
use super::error::{CloseError, SendError, TakeError};
use super::event::Event;
use super::queue::Stage;
use super::receipt::Receipt;
use super::shared::{IoThread, Receiving, Sending, Shared};
use super::stats::Stats;
use crate::tungstenite::Message;
use crate::tungstenite::client::IntoClientRequest;
use std::sync::Arc;
use std::time::Duration;

/// A client of one server. It works whether the server is there or not.
///
/// Clones are handles to the same client. When the last one is dropped without
/// [`close`](Client::close), the client ends by itself: it sends a close frame if it can without
/// waiting, its thread ends, and what was not delivered is lost.
///
/// ```
/// use redhanded_client::{Client, Delivery, Event};
/// use std::time::Duration;
/// # use std::net::TcpListener;
/// # let listener = TcpListener::bind("127.0.0.1:0")?;
/// # let url = format!("ws://{}/feed", listener.local_addr()?);
/// # let server = std::thread::spawn(move || {
/// #     let mut peer = redhanded::raw::tungstenite::accept(listener.accept().unwrap().0).unwrap();
/// #     while peer.read().is_ok() {}
/// # });
///
/// let client = Client::builder(url).start()?; // returns at once, server or no server
/// client.send("tick", Delivery::Droppable)?;
/// let receipt = client.send("an order", Delivery::Guaranteed)?;
/// receipt.wait(Duration::from_secs(5))?;
/// let undelivered = client.close(Duration::from_secs(5))?;
/// assert!(undelivered.is_empty());
/// # server.join().unwrap();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Client(Arc<Handle>);

#[derive(Debug)]
struct Handle {
    shared: Arc<Shared>,
    thread: IoThread<Vec<Message>>,
}

impl Client {
    /// Describes a client of this server. Takes a `ws://` or `wss://` URL, or a request with
    /// headers of your own.
    pub fn builder(request: impl IntoClientRequest) -> Builder {
        Builder::new(request.into_client_request())
    }

    pub(super) fn new(shared: Arc<Shared>, thread: IoThread<Vec<Message>>) -> Self {
        Client(Arc::new(Handle { shared, thread }))
    }

    /// Sends a message: queues it, and wakes the thread that writes if it sleeps.
    ///
    /// A droppable message never waits. A guaranteed one waits for room in the queue, for at most
    /// the [`send_timeout`](super::Options::send_timeout).
    ///
    /// # Errors
    /// A message that is not accepted comes back in the error.
    /// [`SendRefusal`](super::error::SendRefusal) says why.
    pub fn send(
        &self,
        message: impl Into<Message>,
        delivery: Delivery,
    ) -> Result<Receipt, SendError> {
        self.0.shared.queue.send(message.into(), delivery)
    }

    /// Sends a message from async code, on any executor.
    pub fn send_async(&self, message: impl Into<Message>, delivery: Delivery) -> Sending {
        Sending::new(&self.0.shared, message.into(), delivery)
    }

    /// Waits for the next event. `None` when there will be no more. If several threads take events,
    /// each event goes to one.
    pub fn recv(&self) -> Option<Event> {
        self.0.shared.inbox.take(None).ok()
    }

    /// Waits for the next event, for at most this time.
    ///
    /// # Errors
    /// [`TakeError`]: no event has come, or there will be no more.
    pub fn recv_timeout(&self, timeout: Duration) -> Result<Event, TakeError> {
        self.0.shared.inbox.take(Some(timeout))
    }

    /// The next event, if there is one. Never waits.
    ///
    /// # Errors
    /// [`TakeError`]: there is no event now, or there will be no more.
    pub fn try_recv(&self) -> Result<Event, TakeError> {
        self.recv_timeout(Duration::ZERO)
    }

    /// The next event in async code, on any executor. `None` when there will be no more.
    pub fn recv_async(&self) -> Receiving {
        Receiving::new(&self.0.shared)
    }

    /// The events, one after the other, until the client ends.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        std::iter::from_fn(|| self.recv())
    }

    /// What is queued, in flight, dropped, sent again and so on.
    pub fn stats(&self) -> Stats {
        self.0.shared.queue.stats()
    }

    /// Closes the client, and gives back the guaranteed messages whose delivery is not confirmed,
    /// in order. The peer may have read some of them nonetheless.
    ///
    /// From here on, the client accepts no messages. It writes what is queued, waits until it is
    /// confirmed, sends a close frame and waits for the answer, all within the timeout. Then its
    /// thread ends. Waits of other threads end, too.
    ///
    /// Without a connection, the client goes on trying to connect while there are guaranteed
    /// messages to deliver and the timeout is not over. Otherwise it breaks off what it is doing.
    ///
    /// Nothing is left running, with one exception: the system cannot be interrupted while it
    /// resolves a name. That thread ends as soon as the system answers.
    ///
    /// # Errors
    /// [`CloseError`]: an earlier call has closed, or a hook calls, or a hook has panicked, or this
    /// process is a forked child.
    pub fn close(&self, timeout: Duration) -> Result<Vec<Message>, CloseError> {
        self.0
            .thread
            .join(|| self.0.shared.queue.close(Stage::closing_within(timeout)))
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.queue.on_last_handle_dropped();
    }
}
