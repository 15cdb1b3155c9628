//! For tests: threads that race, under a seed.
//!
//! [`race`] lets threads do the same thing at the same time, again and again, and gives the findings. With it a test can
//! show that two writers never overlap:
//!
//! ```
//! # mod redhanded { pub use redhanded_core::*; pub use ::tungstenite; }
//! use redhanded::testing::race;
//! use redhanded::tungstenite::{Message, WebSocket, protocol::Role};
//! use std::net::{TcpListener, TcpStream};
//! use std::sync::Mutex;
//!
//! # redhanded::configure(redhanded::Settings::default().bind(None))?;
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let ours = TcpStream::connect(listener.local_addr()?)?;
//! let (mut theirs, _) = listener.accept()?;
//! std::thread::spawn(move || std::io::copy(&mut theirs, &mut std::io::sink()));
//!
//! // Each object has a lock, and both have one connection: the locks protect nothing.
//! let writers = [ours.try_clone()?, ours]
//! #   .map(redhanded::Tap::new) // This crate has no watched `WebSocket`.
//!     .map(|stream| Mutex::new(WebSocket::from_raw_socket(stream, Role::Server, None)));
//! let outcome = race(2, |racer| {
//!     let sent = writers[racer].lock().unwrap().send(Message::binary(vec![0; 1 << 20]));
//!     sent.unwrap();
//! });
//! assert_eq!(outcome.findings().len(), 1);
//!
//! // One object behind one lock.
//! let writer = writers.into_iter().next().unwrap();
//! let outcome = race(2, |_| writer.lock().unwrap().send(Message::text("hello")).unwrap());
//! outcome.assert_clean();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod gate;
mod jitter;
mod outcome;
mod race;
#[cfg(feature = "detect")]
use crate::process as scope;
#[cfg(not(feature = "detect"))]
use crate::unwatched as scope;
mod seed;

pub use outcome::Outcome;
pub use race::Race;

/// Lets `racers` threads call `body` at the same time, each with its number, counted from 0. Ends when there is a finding
/// or a bound of [`Race`] is reached.
///
/// The threads start at one barrier. Each waits a little before its call: from nothing to some tens of microseconds, as
/// the seed decides. The seed is printed to standard error. With it in `REDHANDED_SEED`, the threads wait the same times
/// again. The scheduler does not repeat what it did.
///
/// # Panics
/// If `body` panics, with the same payload, or if the system has no thread left.
pub fn race(racers: usize, body: impl Fn(usize) + Sync) -> Outcome {
    Race::of(racers).run(body)
}
