//! The store of guaranteed messages on disk, for messages that must survive the process.
//!
//! The database is [redb](https://www.redb.org). It is pure Rust without dependencies, and keeps a
//! single file. A commit is atomic, and is on disk when it returns. Pages have checksums. So a
//! crash at any moment leaves the last commit.
//!
//! Of the embedded databases that are maintained, redb is the one with a stable file format.
//! Version 2.6 writes the format of later versions; those need a newer Rust than this crate. The
//! alternative, fjall, is made for many small writes that are flushed later. It keeps a folder of
//! files, and threads of its own: more than a queue needs.
//!
//! A thread of its own writes. So neither the connection nor the senders of other messages wait for
//! the disk. Messages that come while it writes go to disk together.

#[cfg(not(feature = "spill"))]
mod absent;
#[cfg(feature = "spill")]
mod store;
#[cfg(feature = "spill")]
mod thread;

#[cfg(not(feature = "spill"))]
pub(super) use self::absent::{Pending, Spill, StorePath, Unstored};
#[cfg(feature = "spill")]
pub(super) use self::thread::{Pending, Spill, StorePath, Unstored};
