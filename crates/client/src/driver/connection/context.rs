//! What a connection works with, and what its driver lends to it for one turn.

use crate::hooks::{Acknowledge, Incoming, Unconfirmed};
use crate::in_flight::InFlight;
use crate::inbox::Inbox;
use crate::queue::Queue;
use crate::tungstenite::Message;

/// Where messages come from and go to, and the user's acknowledgement if there is one.
pub(in crate::driver) struct Context<'d> {
    pub(in crate::driver) queue: &'d Queue,
    pub(in crate::driver) inbox: &'d Inbox,
    pub(in crate::driver) in_flight: &'d mut InFlight,
    pub(in crate::driver) acknowledge: Option<&'d mut Acknowledge>,
}

impl Context<'_> {
    /// Whether the pongs of the peer confirm messages. An acknowledgement of the user's replaces
    /// them.
    pub(super) fn pongs_confirm(&self) -> bool {
        self.acknowledge.is_none()
    }

    /// Asks the user's acknowledgement what a message confirms. Without one, each message is the
    /// user's.
    pub(super) fn acknowledge(&mut self, message: &Message) -> Incoming {
        let Some(acknowledge) = &mut self.acknowledge else {
            return Incoming::Delivered;
        };
        let mut unconfirmed = Unconfirmed::new(self.in_flight);
        let incoming = acknowledge(message, &mut unconfirmed);
        let confirmed = unconfirmed.confirmed;
        if confirmed.messages > 0 {
            self.queue.confirm(confirmed, None);
        }
        incoming
    }
}
