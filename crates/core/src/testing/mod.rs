//! For tests: threads that race, under a seed.
//!
//! [`race`] has threads do the same thing at the same time, again and again, and gives what was found. Together with
//! [`watch`](crate::watch) it makes a test of what a program must never do:
//!
//! ```
//! use redhanded::testing::race;
//! use redhanded::tungstenite::{Message, WebSocket, protocol::Role};
//! use std::net::{TcpListener, TcpStream};
//! use std::sync::Mutex;
//!
//! # redhanded::configure(redhanded::Settings::default().bind(None))?;
//! # let is_on = cfg!(any(all(feature = "detect", debug_assertions), feature = "detect-in-release"));
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let ours = TcpStream::connect(listener.local_addr()?)?;
//! let (mut theirs, _) = listener.accept()?;
//! std::thread::spawn(move || std::io::copy(&mut theirs, &mut std::io::sink()));
//!
//! // Each object has a lock, and both have one connection: the locks protect nothing.
//! let writers = [ours.try_clone()?, ours]
//!     .map(|stream| Mutex::new(WebSocket::from_raw_socket(stream, Role::Server, None)));
//! let outcome = race(2, |racer| {
//!     let sent = writers[racer].lock().unwrap().send(Message::binary(vec![0; 1 << 20]));
//!     sent.unwrap();
//! });
//! # if is_on {
//! assert_eq!(outcome.findings().len(), 1);
//! # }
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
mod seed;

pub use outcome::Outcome;
pub use race::Race;

/// Has `racers` threads call `body` at the same time, each with its number from 0, until something is found or the
/// bounds of [`Race`] are reached.
///
/// They start at one barrier, and each waits a little before its call: from nothing to some tens of microseconds, as
/// the seed says. The seed is printed to standard error; with it in `REDHANDED_SEED`, the threads wait the same again.
/// What the scheduler makes of it is not repeated.
///
/// # Panics
/// If `body` does, with what it panics with, or if the system has no thread left.
pub fn race(racers: usize, body: impl Fn(usize) + Sync) -> Outcome {
    Race::of(racers).run(body)
}
