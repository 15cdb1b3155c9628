//! The store without the feature `client-spill`: it stores nothing.

use crate::client::error::{SendRefusal, StartError};
use crate::tungstenite::Message;

/// There is no file.
#[derive(Debug, Default)]
pub(in crate::client) struct StorePath(());

impl StorePath {
    pub(in crate::client) fn open(self) -> Result<(Spill, Vec<Message>), StartError> {
        Ok((Spill, Vec::new()))
    }
}

/// No store.
#[derive(Debug)]
pub(in crate::client) struct Spill;

/// No message waits for the disk, so this has no value.
#[derive(Debug)]
pub(in crate::client) enum Pending {}

impl Pending {
    pub(in crate::client) fn outcome(&self) -> Option<Result<u64, SendRefusal>> {
        match *self {}
    }
}

/// No message waits for the disk, so this has no value.
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

    pub(in crate::client) fn store(&self, _message: &Message) -> Option<Pending> {
        None
    }

    pub(in crate::client) fn confirm(&self, _messages: usize) {}

    pub(in crate::client) fn end(&self) {}
}
