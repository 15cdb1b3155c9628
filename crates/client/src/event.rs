//! What a client tells its user.

use super::error::ConnectionError;
use crate::tungstenite::Message;
use std::time::Duration;

/// Something has happened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// The connection stands.
    Connected {
        /// Which one this is, counted from 1.
        connection: u64,
    },
    /// A text or binary message has arrived.
    Message(Message),
    /// There is no connection: it ended, or an attempt to make one failed.
    Disconnected {
        /// Why.
        why: ConnectionError,
        /// When the next attempt will be made; `None` if none will be, and then this is the last event.
        retry_in: Option<Duration>,
    },
    /// This many droppable messages were dropped since the last such event.
    Dropped(u64),
    /// This many events were lost since the last such event, messages that had arrived among them, because nobody took
    /// them in time.
    Missed(u64),
}
