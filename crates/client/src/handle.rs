//! The client as its user holds it.

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

/// A connection to a server that may be there or not.
///
/// Clones are handles to the same client. When the last one is dropped without [`close`](Client::close), the client ends
/// by itself: it says goodbye if that can be done without waiting, its thread ends, and what was not delivered is lost.
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
    /// Begins to describe a client of this server: a `ws://` or `wss://` URL, or a request with headers of your own.
    pub fn builder(request: impl IntoClientRequest) -> Builder {
        Builder::new(request.into_client_request())
    }

    pub(super) fn new(shared: Arc<Shared>, thread: IoThread<Vec<Message>>) -> Self {
        Client(Arc::new(Handle { shared, thread }))
    }

    /// Sends a message: queues it, and wakes the thread that writes if it sleeps.
    ///
    /// A droppable message never waits. A guaranteed one waits for room in the queue, as long as
    /// [`send_timeout`](super::Options::send_timeout) says.
    ///
    /// # Errors
    /// The message comes back in the error if it was not taken: [`SendRefusal`](super::error::SendRefusal) says why.
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

    /// Waits for the next event. `None` when nothing will come any more. With several takers, each event goes to one.
    pub fn recv(&self) -> Option<Event> {
        self.0.shared.inbox.take(None).ok()
    }

    /// Waits for the next event for so long at most.
    ///
    /// # Errors
    /// There is none.
    pub fn recv_timeout(&self, timeout: Duration) -> Result<Event, TakeError> {
        self.0.shared.inbox.take(Some(timeout))
    }

    /// The next event, if it is there.
    ///
    /// # Errors
    /// There is none.
    pub fn try_recv(&self) -> Result<Event, TakeError> {
        self.recv_timeout(Duration::ZERO)
    }

    /// The next event in async code, on any executor. `None` when nothing will come any more.
    pub fn recv_async(&self) -> Receiving {
        Receiving::new(&self.0.shared)
    }

    /// The events, one after the other, until nothing will come any more.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        std::iter::from_fn(|| self.recv())
    }

    /// What is queued, in flight, dropped, sent again and so on.
    pub fn stats(&self) -> Stats {
        self.0.shared.queue.stats()
    }

    /// Closes: takes no more messages, writes what is queued, waits until it is confirmed, says goodbye and waits for the
    /// answer, all within the timeout; then ends the thread. Every wait of others ends, too.
    ///
    /// Without a connection, it goes on trying to have one for as long as the timeout says if there are guaranteed messages
    /// to deliver; otherwise, and when the time is over, it breaks off whatever is under way. Gives back the guaranteed
    /// messages whose delivery is not confirmed, in order; the peer may have had some of them nonetheless.
    ///
    /// Nothing is left running, but for one thing: a name that the system is resolving cannot be interrupted, and its
    /// thread ends as soon as the system answers.
    ///
    /// # Errors
    /// [`CloseError`]: somebody else has closed, a hook calls, or a hook has panicked.
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
