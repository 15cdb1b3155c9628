//! Nothing is stored.

use crate::client::error::{SendRefusal, StartError};
use crate::tungstenite::Message;

/// Nowhere.
#[derive(Debug, Default)]
pub(in crate::client) struct StorePath(());

impl StorePath {
    pub(in crate::client) fn open(self) -> Result<(Spill, Vec<Message>), StartError> {
        Ok((Spill, Vec::new()))
    }
}

/// Stores nothing.
#[derive(Debug)]
pub(in crate::client) struct Spill;

/// Never made.
#[derive(Debug)]
pub(in crate::client) enum Pending {}

impl Pending {
    pub(in crate::client) fn outcome(&self) -> Option<Result<u64, SendRefusal>> {
        match *self {}
    }
}

/// Never made.
#[derive(Debug)]
pub(in crate::client) enum Unstored {}

impl Unstored {
    pub(in crate::client) fn message(&self) -> &Message {
        match *self {}
    }

    pub(in crate::client) fn settle(self, _outcome: Result<u64, SendRefusal>) -> Message {
        match self {}
    }
}

impl Spill {
    pub(in crate::client) fn start(
        &self,
        _on_stored: impl Fn(Vec<Unstored>, bool) -> bool,
    ) -> Result<(), StartError> {
        Ok(())
    }

    pub(in crate::client) fn pend(&self, _message: &Message) -> Option<Pending> {
        None
    }

    pub(in crate::client) fn confirm(&self, _messages: usize) {}

    pub(in crate::client) fn end(&self) {}
}
