// Right: the queue is bounded, and it says what is dropped when the peer is slow.
use redhanded::tungstenite::Message;
use std::sync::mpsc::{SyncSender, TrySendError};

/// The latest price is all that counts: the one that finds no room is dropped, and the next one is as good.
pub fn offer(outgoing: &SyncSender<Message>, price: Message) -> Result<bool, Message> {
    match outgoing.try_send(price) {
        Ok(()) => Ok(true),
        Err(TrySendError::Full(_)) => Ok(false),
        Err(TrySendError::Disconnected(price)) => Err(price), // the owner of the connection has gone
    }
}
