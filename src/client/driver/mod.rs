//! The one thread that owns a connection: nobody else ever touches it.

mod connection;
mod for_client;
mod for_split;
mod reactor;

pub(super) use self::for_client::ClientDriver;
pub(super) use self::for_split::{Left, SplitDriver};
pub(super) use self::reactor::{Reactor, SOCKET, register};
