//! The store without the feature `spill`: it stores nothing.

use crate::error::{SendRefusal, StartError};
use crate::tungstenite::Message;

/// There is no file.
#[derive(Debug, Default)]
pub(crate) struct StorePath(());

impl StorePath {
    pub(crate) fn open(self) -> Result<(Spill, Vec<Message>), StartError> {
        Ok((Spill, Vec::new()))
    }
}

/// No store.
#[derive(Debug)]
pub(crate) struct Spill;

/// No message waits for the disk, so this has no value.
#[derive(Debug)]
pub(crate) enum Pending {}

impl Pending {
    pub(crate) fn outcome(&self) -> Option<Result<u64, SendRefusal>> {
        match *self {}
    }
}

/// No message waits for the disk, so this has no value.
#[derive(Debug)]
pub(crate) enum Unstored {}

impl Unstored {
    pub(crate) fn message(&self) -> &Message {
        match *self {}
    }

    pub(crate) fn settle(self, _outcome: Result<u64, SendRefusal>) -> Message {
        match self {}
    }
}

impl Spill {
    pub(crate) fn start(
        &self,
        _on_stored: impl Fn(Vec<Unstored>, bool) -> bool,
    ) -> Result<(), StartError> {
        Ok(())
    }

    pub(crate) fn store(&self, _message: &Message) -> Option<Pending> {
        None
    }

    pub(crate) fn confirm(&self, _messages: usize) {}

    pub(crate) fn end(&self) {}
}
