//! Guaranteed messages on disk, for those that must survive the process.
//!
//! The store is [redb](https://www.redb.org): a single file of pure Rust without dependencies, whose commits are atomic and
//! on disk when they return, and whose pages have checksums, so that a crash at any moment leaves the last commit. Of the
//! embedded stores that are kept it is the one with a stable file format, for which 2.6 writes that of the versions after it;
//! these ask for a newer Rust than this crate does. fjall, the other one, is made for many small writes that are flushed
//! later, in a folder of files with threads of its own: more than a queue needs.
//!
//! A thread of its own writes, so that nobody who sends something else waits for the disk, and the connection does not.
//! While it writes, what is sent meanwhile waits and goes to disk together.

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
