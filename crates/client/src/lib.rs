//! A client that works whether its server is there or not, and the split of a connection.
//!
//! One thread owns the connection, and no other thread touches it. So there is a single writer by
//! construction. To send, a program hands a message over; any number of threads and tasks may do
//! so.
//!
//! ```no_run
//! use redhanded_client::{Client, Delivery, Event};
//! use std::time::Duration;
//!
//! let client = Client::builder("ws://127.0.0.1:9001/feed").start()?; // returns at once, server or no server
//! client.send("tick", Delivery::Droppable)?; // dropped if it could not be written within 50 ms
//! let receipt = client.send("an order", Delivery::Guaranteed)?; // kept until the peer has it, over reconnects
//! std::thread::spawn({
//!     let client = client.clone();
//!     move || {
//!         for event in client.events() {
//!             match event {
//!                 Event::Message(message) => println!("{message}"),
//!                 Event::Disconnected { why, retry_in } => println!("{why}; the next attempt in {retry_in:?}"),
//!                 other => println!("{other:?}"),
//!             }
//!         }
//!     }
//! });
//! if let Err(not_yet) = receipt.wait(Duration::from_secs(5)) {
//!     println!("{not_yet}");
//! }
//! let undelivered = client.close(Duration::from_secs(5))?; // writes what is queued, closes, and ends the thread
//! # let _ = undelivered;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A connection that exists already is split with [`split()`]: into a half that sends and a half
//! that receives.
//!
//! # What `Guaranteed` promises
//!
//! After the guaranteed messages, the client sends a ping with a number. A peer answers a ping when
//! it has read what came before it (RFC 6455, 5.5.2 and 5.5.3; TCP keeps the order). Until then,
//! the client keeps the messages. After a reconnect, it sends them again, in order, before anything
//! newer. As long as the process lives, that makes them:
//!
//! - **Delivered at least once.** When a receipt is fulfilled, the peer's WebSocket layer has read
//!   the message. A message that was on its way when a connection ended may arrive twice. No other
//!   message does.
//! - **In order**, for each sender: the first arrival of a message comes after the first arrivals
//!   of those before it.
//! - **Never silently lost.** With a full queue, `send` waits, and then gives the message back in
//!   the error. [`Client::close`] gives back what is not confirmed.
//!
//! It does not promise that the peer's *application* has worked on the message. A peer that crashes
//! between reading and working loses it. So does a peer that reads into a buffer of its own. Where
//! that matters, let the application answer, and tell the client about the answers
//! ([`Builder::acknowledge_with`]).
//!
//! Messages are lost when the process ends, unless they are stored on disk (feature
//! `spill`).
//!
//! The peer has to answer pings, as every endpoint must (RFC 6455, 5.5.2). The client takes a peer
//! that does not for dead, and connects again and again. For such a peer, use an acknowledgement,
//! and switch [`Options::keepalive`] off.
//!
//! # Events that are not taken
//!
//! What arrives is kept for [`Client::recv`] and [`Client::events`]. The number of messages and
//! their bytes are bounded. When there is no room, the oldest message is dropped and counted; so a
//! program that only sends need not take events. With [`Overflow::Wait`], the connection is not
//! read instead, until there is room. Sending goes on in both cases.
//!
//! # What it costs
//!
//! Each client, and each split connection, has a thread of its own, and two descriptors beside its
//! socket. That is right for programs with a few connections, and for servers with hundreds. For
//! tens of thousands, async is better.
//!
//! # Forked children
//!
//! A child that is forked has none of the threads, and the connection stays the parent's. So in a child every call
//! answers at once that it is one, with an error named `ForkedChild` where it has errors: nothing is written, and nothing
//! is waited for. [`Client::recv`] and [`Client::recv_async`] give `None`, and [`Client::stats`] is all zeros. To drop
//! what was inherited does nothing. The socket stays open in the child until it ends, so that the peer sees the end of
//! the connection by the close frame only. Start another client in the
//! child. A child of a bare `clone` or `vfork` is not told from its parent.
//!
//! # Limitations
//!
//! - A hostile peer can keep the thread of a split connection busy: tungstenite's `read` takes
//!   empty fragments for as long as they come. Meanwhile nothing is sent, and `close` takes longer
//!   than its timeout. It cannot if the WebSocket is over [`Limited`], as a [`Client`]'s own is.
//! - Unix only. The thread waits for any stream's descriptor. The libraries that wait for sockets
//!   on Windows want to own them.
#![cfg(unix)]
#![cfg_attr(docsrs, feature(doc_cfg))]

use redhanded::tungstenite;
use redhanded::{forks, threads};

mod backoff;
mod builder;
mod connect;
mod deadline;
mod delivery;
mod driver;
pub mod error;
mod event;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod handle;
mod hooks;
mod in_flight;
mod inbox;
mod keepalive;
mod limited;
mod monitor;
mod options;
mod origin;
mod queue;
mod reactor;
mod receipt;
mod shared;
mod spill;
mod split;
mod stats;
mod transport;

pub use self::backoff::Backoff;
pub use self::builder::Builder;
pub use self::delivery::Delivery;
pub use self::event::Event;
pub use self::handle::Client;
pub use self::hooks::{Incoming, NewConnection, Unconfirmed};
pub use self::limited::Limited;
pub use self::options::{Discard, Options, Overflow};
pub use self::receipt::Receipt;
pub use self::shared::{Receiving, Sending};
pub use self::split::{Receiver, ReuniteError, Reunited, Sender, reunite, split, split_with};
pub use self::stats::Stats;
pub use self::transport::Transport;
