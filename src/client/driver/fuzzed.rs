//! A connection without a thread, for the fuzzer.

use super::connection::{Around, Connection};
use crate::client::error::ConnectionError;
use crate::client::in_flight::InFlight;
use crate::client::options::Options;
use crate::client::reactor::Ready;
use crate::client::shared::Shared;
use crate::client::transport::Transport;
use crate::tungstenite::WebSocket;
use std::time::Instant;

/// More turns than any input has bytes.
const TURNS: usize = 1 << 20;

/// A connection whose stream is always ready.
pub(in crate::client) struct Feed<S>(Connection<S>);

impl<S: Transport> Feed<S> {
    pub(in crate::client) fn new(websocket: WebSocket<S>, options: &Options) -> Self {
        Feed(Connection::new(websocket, 1, options, Instant::now()))
    }

    /// Runs until the connection ends.
    pub(in crate::client) fn run(mut self, shared: &Shared) -> ConnectionError {
        let mut in_flight = InFlight::default();
        let mut around = Around {
            queue: &shared.queue,
            inbox: &shared.inbox,
            in_flight: &mut in_flight,
            acknowledge: None,
        };
        // Time stands still, so that nothing depends on it.
        let now = Instant::now();
        for _ in 0..TURNS {
            self.0.ready(
                Ready {
                    readable: true,
                    writable: true,
                },
                now,
            );
            if let Err(why) = self.0.turn(&mut around, now) {
                return why;
            }
        }
        panic!("it does not come to an end");
    }
}
