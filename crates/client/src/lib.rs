//! The way to do it right: a client that works whether the server is there or not, and the split of a connection.
//!
//! One thread owns the connection, and nobody else ever touches it: there is a single writer by construction. Whoever wants
//! to send hands a message over; any number of threads and tasks may.
//!
//! ```no_run
//! use redhanded_client::{Client, Delivery, Event};
//! use std::time::Duration;
//!
//! let client = Client::builder("ws://127.0.0.1:9001/feed").start()?; // returns at once, server or no server
//! client.send("tick", Delivery::Droppable)?; // gone if it could not be written within 50 ms
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
//! let undelivered = client.close(Duration::from_secs(5))?; // flushes, closes, joins; hands back what never arrived
//! # let _ = undelivered;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A connection that stands already goes under the same roof with [`split`].
//!
//! # What `Guaranteed` promises
//!
//! Behind the guaranteed messages goes a ping with a nonce. A peer answers it when it has read what stands before it
//! (RFC 6455, 5.5.2 and 5.5.3; TCP keeps the order). Until then the messages are kept, and behind a reconnect they are sent
//! again, in order, before anything newer. So, as long as the process lives:
//!
//! - **At least once.** The peer's WebSocket layer has read every message whose receipt is fulfilled. A message that was
//!   on the way when a connection ended may arrive twice; never otherwise.
//! - **In order**, of each sender: the first arrival of each message comes behind the first arrivals of those before it.
//! - **Never silently lost.** A full queue waits, and gives the message back in the error; [`Client::close`] hands back what
//!   is not confirmed.
//!
//! What it does not promise: that the peer's *application* has dealt with the message. A peer that crashes between reading
//! and working loses it, and so does one that reads into a buffer of its own. Where that matters, have the application
//! answer, and plug the answer in ([`Builder::acknowledge_with`]). Nor does it survive the process, unless the messages are
//! stored on disk (feature `client-spill`).
//!
//! It takes a peer that answers pings, as every endpoint must (RFC 6455, 5.5.2). One that does not is taken for dead, and
//! replaced again and again; for such a peer, plug an acknowledgement in and switch [`Options::keepalive`] off.
//!
//! # When nobody takes the events
//!
//! What arrives is kept for [`Client::recv`] and [`Client::events`], bounded in messages and bytes. If nobody takes it, the
//! oldest is dropped and counted, so that a program which only sends need not care; or, with [`Overflow::Wait`], the
//! connection is not read until there is room. Sending goes on either way.
//!
//! # What it costs
//!
//! Each client, and each split connection, has a thread of its own and two descriptors beside its socket. That is right for
//! programs with a few connections, and for servers with hundreds; a server with tens of thousands is better off with async.
//!
//! A peer that means harm can keep the thread busy: tungstenite's `read` takes empty fragments for as long as there are any, and
//! meanwhile nothing is sent, and `close` comes back late.
//!
//! Unix only: the thread waits for any stream's descriptor, and the libraries that wait for sockets on Windows want to own
//! them.
#![cfg(unix)]
#![cfg_attr(docsrs, feature(doc_cfg))]

use redhanded::tungstenite;

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
mod monitor;
mod options;
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
pub use self::options::{Discard, Options, Overflow};
pub use self::receipt::Receipt;
pub use self::shared::{Receiving, Sending};
pub use self::split::{Receiver, ReuniteError, Reunited, Sender, reunite, split, split_with};
pub use self::stats::Stats;
pub use self::transport::Transport;
