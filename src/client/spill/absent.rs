//! Nothing is stored.

use crate::client::error::StartError;
use crate::tungstenite::Message;

/// Nowhere.
#[derive(Debug, Default)]
pub(in crate::client) struct Place;

impl Place {
    pub(in crate::client) fn open(self) -> Result<(Spill, Vec<Message>), StartError> {
        Ok((Spill, Vec::new()))
    }
}

/// Stores nothing.
#[derive(Debug, Default)]
pub(in crate::client) struct Spill;

impl Spill {
    pub(in crate::client) fn store(&self, _message: &Message) -> bool {
        true
    }

    pub(in crate::client) fn confirm(&self, _messages: usize) {}
}
