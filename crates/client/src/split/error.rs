//! Why the halves of a split connection could not be put together.

use super::{Receiver, Sender};
use crate::error::IN_CHILD;
use crate::tungstenite::Message;
use std::error::Error;
use std::fmt;
use std::io;

/// The halves of a split connection could not be put together.
#[non_exhaustive]
pub enum ReuniteError<S> {
    /// They are halves of two connections. The connections go on. Both halves come back in the
    /// error.
    DifferentConnections(Box<(Sender, Receiver<S>)>),
    /// The connection was closed, or broke. Make another one, and send on it what did not arrive.
    Ended {
        /// Messages that had arrived and were not received.
        unread: Vec<Message>,
        /// Guaranteed messages that were sent and whose delivery was not confirmed, in order.
        unconfirmed: Vec<Message>,
    },
    /// The stream cannot be made blocking again. It is closed.
    System(io::Error),
    /// This process is a forked child, and the connection is its parent's. Only the parent can put it together.
    ForkedChild,
}

impl<S> fmt::Debug for ReuniteError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReuniteError::DifferentConnections(_) => f.write_str("DifferentConnections"),
            ReuniteError::Ended {
                unread,
                unconfirmed,
            } => f
                .debug_struct("Ended")
                .field("unread", unread)
                .field("unconfirmed", unconfirmed)
                .finish(),
            ReuniteError::System(source) => f.debug_tuple("System").field(source).finish(),
            ReuniteError::ForkedChild => f.write_str("ForkedChild"),
        }
    }
}

impl<S> fmt::Display for ReuniteError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReuniteError::DifferentConnections(_) => {
                f.write_str("the halves are not of one connection")
            }
            ReuniteError::Ended { .. } => f.write_str("the connection has ended"),
            ReuniteError::System(source) => {
                write!(f, "the stream cannot be made blocking again: {source}")
            }
            ReuniteError::ForkedChild => f.write_str(IN_CHILD),
        }
    }
}

impl<S> Error for ReuniteError<S> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ReuniteError::System(source) => Some(source),
            ReuniteError::DifferentConnections(_)
            | ReuniteError::Ended { .. }
            | ReuniteError::ForkedChild => None,
        }
    }
}
