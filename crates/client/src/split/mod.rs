//! A connection, split into halves that do not wait for each other.

mod error;
mod receiver;
mod sender;

pub use self::error::ReuniteError;
pub use self::receiver::Receiver;
pub use self::sender::Sender;

use super::driver::SplitDriver;
use super::error::StartError;
use super::options::{Options, Overflow};
use super::queue::Stage;
use super::reactor::{Reactor, register};
use super::shared::{IoThread, Shared, largest_payload};
use super::spill::StorePath;
use super::transport::Transport;
use crate::tungstenite::{Message, WebSocket};
use std::sync::Arc;

/// Splits a connection into a half that sends and a half that receives.
///
/// The connection may be accepted, or made with `connect`. It may be over TCP, a Unix socket or
/// TLS. From here on, one thread owns it. Reading never blocks a sender, and pings are answered
/// even if the program does not read.
///
/// When the receiver and all senders are dropped, the connection is closed without waiting.
/// [`Receiver::close`] delivers first.
///
/// The options are [`Options::default`] with [`Overflow::Wait`]: what arrives waits for the
/// receiver.
///
/// ```
/// use redhanded_client::{Delivery, reunite, split};
/// use redhanded::tungstenite::{Message, accept, client};
/// # use std::net::{TcpListener, TcpStream};
/// # let listener = TcpListener::bind("127.0.0.1:0")?;
/// # let address = listener.local_addr()?;
/// # let peer = std::thread::spawn(move || {
/// #     let (mut peer, _) = client(format!("ws://{address}/"), TcpStream::connect(address).unwrap()).unwrap();
/// #     let message = peer.read().unwrap();
/// #     peer.send(message).unwrap();
/// #     while peer.read().is_ok() {}
/// # });
///
/// let websocket = accept(listener.accept()?.0)?;
/// let (sender, mut receiver) = split(websocket)?;
/// sender.send("from any thread", Delivery::Droppable)?;
/// assert_eq!(receiver.recv()?, Message::text("from any thread"));
///
/// let mut websocket = reunite(sender, receiver)?.websocket;
/// websocket.close(None)?;
/// # drop(websocket);
/// # peer.join().unwrap();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`StartError::System`]: there is no thread or descriptor left, or the stream cannot be made
/// non-blocking.
pub fn split<S: Transport>(websocket: WebSocket<S>) -> Result<(Sender, Receiver<S>), StartError> {
    split_with(websocket, Options::default().overflow(Overflow::Wait))
}

/// Splits a connection, with options of your own.
///
/// # Errors
/// As [`split`].
pub fn split_with<S: Transport>(
    websocket: WebSocket<S>,
    options: Options,
) -> Result<(Sender, Receiver<S>), StartError> {
    let (reactor, waker) = Reactor::new().map_err(StartError::System)?;
    let stream = websocket.get_ref();
    stream.set_nonblocking(true).map_err(StartError::System)?;
    register(reactor.registry(), &stream.socket()).map_err(StartError::System)?;
    let (spill, _) = StorePath::default().open()?;
    let shared = Shared::new(
        &options,
        largest_payload(websocket.get_config()),
        waker,
        spill,
    );
    shared.queue.update_stats(|stats| stats.is_connected = true);
    let driver = SplitDriver::new(shared.clone(), reactor, websocket, &options);
    let thread = IoThread::start(shared.clone(), move || driver.run())?;
    let halves = Arc::new(Halves { shared });
    Ok((
        Sender {
            halves: halves.clone(),
        },
        Receiver::new(halves, thread),
    ))
}

/// A connection that was put together again.
#[derive(Debug)]
pub struct Reunited<S> {
    /// The connection, blocking again. What was queued is in its write buffer:
    /// [`flush`](WebSocket::flush) it.
    pub websocket: WebSocket<S>,
    /// Messages that had arrived and were not received.
    pub unread: Vec<Message>,
    /// Guaranteed messages that were sent and whose delivery was not confirmed.
    pub unconfirmed: Vec<Message>,
}

/// Puts a split connection together again. Other clones of the sender are closed.
///
/// # Errors
/// [`ReuniteError`]: the halves are of different connections, the connection has ended, or this
/// process is a forked child.
pub fn reunite<S: Transport>(
    sender: Sender,
    receiver: Receiver<S>,
) -> Result<Reunited<S>, ReuniteError<S>> {
    if !Arc::ptr_eq(&sender.halves, &receiver.halves) {
        return Err(ReuniteError::DifferentConnections(Box::new((
            sender, receiver,
        ))));
    }
    if receiver.halves.shared.queue.is_of_parent() {
        return Err(ReuniteError::ForkedChild);
    }
    let left = receiver.join(Stage::Reuniting);
    let unread = receiver.halves.shared.inbox.take_messages();
    // After a panic of the stream, there is nothing to give back.
    let Ok(left) = left else {
        return Err(ReuniteError::Ended {
            unread,
            unconfirmed: Vec::new(),
        });
    };
    let unconfirmed = left.undelivered;
    match left.websocket {
        Some(Ok(websocket)) => Ok(Reunited {
            websocket,
            unread,
            unconfirmed,
        }),
        Some(Err(error)) => Err(ReuniteError::System(error)),
        None => Err(ReuniteError::Ended {
            unread,
            unconfirmed,
        }),
    }
}

/// Held by the receiver and all senders. When the last of them is dropped, the connection is
/// closed.
#[derive(Debug)]
struct Halves {
    shared: Arc<Shared>,
}

impl Drop for Halves {
    fn drop(&mut self) {
        self.shared.queue.on_last_handle_dropped();
    }
}
