//! The one thread that owns a connection. No other thread touches it.

mod connection;
mod for_client;
mod for_split;
#[cfg(fuzzing)]
mod fuzzed;
mod sleep;

pub(super) use self::for_client::ClientDriver;
pub(super) use self::for_split::{Remainder, SplitDriver};
#[cfg(fuzzing)]
pub(super) use self::fuzzed::FuzzedConnection;
