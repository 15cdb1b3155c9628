//! The public API for wrapping a library: make a handle, begin an operation, pass the writes through, end the operation.
//!
//! It is there with the feature `detect`, in debug and in release builds:
//!
//! ```toml
//! redhanded-core = { version = "0.1", features = ["detect"] }
//! ```
//!
//! A wrapper that is to be off in release builds decides that itself, as `redhanded` does: one module with the watched types
//! and one with the library's own, and one `cfg` that chooses.
//!
//! The drop-ins of `redhanded` use nothing else. For a library that takes any stream, [`Tap`](crate::Tap) is less work. A
//! wrapper of your own knows more: the operation by its name, and the line that called it.
//!
//! # What a wrapper does, in this order
//!
//! 1. It gives the library a [`Watched`] in the place of its stream. Until a watcher is attached, all bytes pass through
//!    unseen, such as those of a handshake.
//! 2. It attaches a [`Watcher`] when the frames begin (or before the handshake that it makes, with
//!    [`attach_in_handshake`](Watcher::attach_in_handshake), and then once more), and says which [`Library`] it wraps. That makes the **handle**. Two objects write to one wire if their
//!    streams have the same socket. The sockets of the standard library and of tokio are found by themselves, also behind
//!    boxes, references and TLS. Make every other stream type known with [`know`], which is unsafe: it says what
//!    you promise. Otherwise each object is a wire of its own.
//! 3. Before each method of the library that may write, it **begins** an [`Operation`]: an [`Act`] from the list, the length
//!    of its payload, or [`of_unknown_length`](Operation::of_unknown_length), and the [`Site`] that called. A `read` that may
//!    answer a ping begins lazily, with `Act::AutomaticPong` of unknown length. [`begin`](Watcher::begin) is for a method that is sure to write,
//!    [`begin_lazily`](Watcher::begin_lazily) for one that may return without writing. If `begin` gives an error, the
//!    wrapper returns it, and does not call the library. It is an [`io::Error`](std::io::Error); its source is a
//!    [`ConcurrentWrite`](crate::error::ConcurrentWrite). `begin` also refuses what would tear a frame or a message that is
//!    open, so that a message is refused before the library has it. If the operation writes one frame that the caller made,
//!    [`Operation::of_frame`] says which.
//! 4. It calls the library, and **passes its writes through**: they go to the `Watched` stream, which sees each call and
//!    changes nothing. All of an operation happens on one thread and in one call of the wrapper's method. An asynchronous
//!    wrapper begins and ends an operation in each poll. [`Operating`] borrows the watcher until then.
//! 5. It **ends** the operation with its [`Outcome`]. If the library panics, the drop of [`Operating`] does that.
//!
//! A handle carries out one operation at a time: the wrapper's methods take `&mut self`. Only frames may be written. A method that
//! gives out the stream itself calls [`lend`](Watcher::lend) first, and every operation after it asks
//! [`was_lent`](Watcher::was_lent), and then calls [`attach_again`](Watcher::attach_again): another stream may be there now. A library that queues messages has
//! more calls: [`on_queued`](Watcher::on_queued), [`begin_queued`](Watcher::begin_queued) and [`on_not_queued`](Watcher::on_not_queued).
//!
//! # Example
//!
//! A framer that writes each message from a source. If the source ends early, half a frame is on the wire.
//!
//! ```
//! use redhanded_core::report::Kind;
//! use redhanded_core::wrap::{Act, Library, Operation, Outcome, Site, Watched, Watcher};
//! use std::io::{self, Read, Write};
//! use std::net::{TcpListener, TcpStream};
//!
//! struct Framer<S> {
//!     // Dropped before the stream.
//!     watcher: Watcher,
//!     stream: Watched<S>,
//! }
//!
//! impl<S: Write> Framer<S> {
//!     fn new(stream: S) -> Self {
//!         let mut stream = Watched::unattached(stream);
//!         // A library with a handshake makes it here.
//!         let watcher = Watcher::attach(&mut stream, Library { name: "framer", version: "0.1.0" });
//!         Framer { watcher, stream }
//!     }
//!
//!     /// Writes one binary message of less than 126 bytes.
//!     #[track_caller]
//!     fn send(&mut self, length: u8, source: impl Read) -> io::Result<()> {
//!         let operation = Operation::new(Act::SendBinary, length.into());
//!         let operating = self.watcher.begin(operation, Site::caller())?;
//!         let result = write_frame(&mut self.stream, length, source);
//!         operating.end(if result.is_ok() { Outcome::Returned } else { Outcome::Failed });
//!         result
//!     }
//! }
//!
//! fn write_frame(mut stream: impl Write, length: u8, source: impl Read) -> io::Result<()> {
//!     stream.write_all(&[0x82, length])?;
//!     let copied = io::copy(&mut source.take(length.into()), &mut stream)?;
//!     if copied < length.into() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
//! }
//!
//! # redhanded_core::configure(redhanded_core::Settings::default().bind(None))?;
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let socket = TcpStream::connect(listener.local_addr()?)?;
//! let mut uploads = Framer::new(socket.try_clone()?);
//! let mut notices = Framer::new(socket);
//!
//! // Nothing is locked, and nothing overlaps. Yet the second frame goes into the first one.
//! let (half, half_line) = (uploads.send(100, &b"only a part"[..]), line!());
//! let (whole, whole_line) = (notices.send(5, &b"hello"[..]), line!());
//! assert!(half.is_err() && whole.is_ok());
//!
//! let [report] = &redhanded_core::reports()[..] else { panic!("one report") };
//! assert_eq!(report.kind, Kind::TornFrame);
//! let lines: Vec<_> = report.writers.iter().map(|writer| writer.call_site.as_ref().unwrap().line).collect();
//! assert_eq!(lines, [half_line, whole_line]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// A panic here would be one in the application's own call.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used
    )
)]

mod identify;
mod stream;
mod watcher;

pub use crate::process::Library;
pub use crate::wire::Outcome;
pub use crate::witness::{Act, Operation, Site};
pub use identify::{know, know_at, name_library, socket_of};
pub(crate) use stream::Attempt;
pub use stream::Watched;
pub use watcher::{Operating, Watcher};
