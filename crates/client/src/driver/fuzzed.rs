//! A connection without a thread, for the fuzzer.

use super::connection::{Connection, Context};
use crate::error::ConnectionError;
use crate::in_flight::InFlight;
use crate::options::Options;
use crate::reactor::Ready;
use crate::shared::Shared;
use crate::transport::Transport;
use crate::tungstenite::WebSocket;
use std::time::Instant;

/// More turns than any input has bytes.
const TURNS: usize = 1 << 20;

/// A connection whose stream is always ready.
pub(crate) struct FuzzedConnection<S>(Connection<S>);

impl<S: Transport> FuzzedConnection<S> {
    pub(crate) fn new(websocket: WebSocket<S>, options: &Options) -> Self {
        FuzzedConnection(Connection::new(websocket, 1, options, Instant::now()))
    }

    /// Runs until the connection ends.
    pub(crate) fn run(mut self, shared: &Shared) -> ConnectionError {
        let mut in_flight = InFlight::default();
        let mut context = Context {
            queue: &shared.queue,
            inbox: &shared.inbox,
            in_flight: &mut in_flight,
            acknowledge: None,
        };
        // Time stands still, so that nothing depends on it.
        let now = Instant::now();
        for _ in 0..TURNS {
            self.0.on_ready(
                Ready {
                    readable: true,
                    writable: true,
                },
                now,
            );
            if let Err(why) = self.0.turn(&mut context, now) {
                return why;
            }
        }
        panic!("it does not end");
    }
}
