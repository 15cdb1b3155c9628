//! Who has begun to close a connection, and what that makes of its end.

use crate::error::ConnectionError;
use crate::tungstenite::Error;
use crate::tungstenite::protocol::CloseFrame;
use std::sync::Arc;
use std::time::Instant;

/// Whether a connection is being closed.
pub(super) enum Closing {
    No,
    ByUs,
    /// The peer has until then to end the connection.
    ByPeer {
        frame: Option<CloseFrame>,
        until: Instant,
    },
}

impl Closing {
    /// Why there is no connection any more, when a call to the WebSocket fails with this error.
    pub(super) fn ended_by(&mut self, error: Error) -> ConnectionError {
        match self {
            Closing::ByPeer { frame, .. } => ConnectionError::PeerClosed(frame.take()),
            Closing::ByUs => ConnectionError::Closed,
            Closing::No => ConnectionError::Lost(Arc::new(error)),
        }
    }

    /// Until when the peer has time to end the connection that it has closed.
    pub(super) fn lingers_until(&self) -> Option<Instant> {
        if let Closing::ByPeer { until, .. } = self {
            Some(*until)
        } else {
            None
        }
    }
}
