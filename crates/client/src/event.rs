//! The events of a client.

use super::error::ConnectionError;
use crate::tungstenite::Message;
use std::time::Duration;

/// What a client tells its user.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// There is a connection.
    Connected {
        /// The number of the connection, counted from 1.
        connection: u64,
    },
    /// A text or binary message has arrived.
    Message(Message),
    /// There is no connection. It ended, or an attempt to make one failed.
    Disconnected {
        /// Why.
        why: ConnectionError,
        /// When the next attempt will be made. With `None` there will be none, and this is the last
        /// event.
        retry_in: Option<Duration>,
    },
    /// This many droppable messages were dropped since the last such event.
    Dropped(u64),
    /// This many events were lost since the last such event, because they were not taken in time.
    /// Messages that had arrived may be among them.
    Missed(u64),
}
