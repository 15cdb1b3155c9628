//! Nothing is stored.

use crate::client::error::{SendRefusal, StartError};
use crate::client::shared::Shared;
use crate::tungstenite::Message;
use std::sync::Arc;

/// Nowhere.
#[derive(Debug, Default)]
pub(in crate::client) struct Place(());

impl Place {
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

impl Spill {
    pub(in crate::client) fn start(&self, _shared: &Arc<Shared>) -> Result<(), StartError> {
        Ok(())
    }

    pub(in crate::client) fn pend(&self, _message: &Message) -> Option<Pending> {
        None
    }

    pub(in crate::client) fn confirm(&self, _messages: usize) {}

    pub(in crate::client) fn end(&self) {}
}
