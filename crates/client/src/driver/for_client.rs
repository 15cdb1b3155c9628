//! The thread of a client. It connects, writes and reads, and connects again, until the client is
//! closed.

use super::connection::{Connection, Context};
use super::sleep::sleep;
use crate::backoff::Failures;
use crate::connect::{Attempt, Connector, Progress, Stream};
use crate::deadline::after;
use crate::error::ConnectionError;
use crate::event::Event;
use crate::hooks::{Acknowledge, NewConnection, OnConnect};
use crate::in_flight::InFlight;
use crate::options::Options;
use crate::queue::{Asleep, Stage};
use crate::reactor::Reactor;
use crate::shared::Shared;
use crate::transport::Transport;
use crate::tungstenite::handshake::client::Response;
use crate::tungstenite::{Message, WebSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Everything that the thread of a client owns.
pub(crate) struct ClientDriver {
    pub(crate) shared: Arc<Shared>,
    pub(crate) reactor: Reactor,
    pub(crate) connector: Connector,
    pub(crate) options: Options,
    pub(crate) failures: Failures,
    pub(crate) ends_on_permanent: bool,
    pub(crate) on_connect: Option<OnConnect>,
    pub(crate) acknowledge: Option<Acknowledge>,
    pub(crate) in_flight: InFlight,
    pub(crate) connections: u64,
}

enum Phase {
    Waiting { until: Instant },
    Connecting(Box<Attempt>),
    Open(Box<Connection<Stream>>),
}

/// What to do after a step.
enum Next {
    Again(Phase),
    Sleep(Phase, Asleep),
    End(ConnectionError),
}

impl ClientDriver {
    /// Runs until the client is closed. Returns the guaranteed messages that were not delivered.
    pub(crate) fn run(mut self) -> Vec<Message> {
        let mut phase = Phase::Waiting {
            until: Instant::now(),
        };
        loop {
            let stage = self.shared.queue.stage();
            self.shared.queue.drop_expired(Instant::now());
            let next = match (phase, stage) {
                (Phase::Open(connection), stage) => self.work(connection, stage),
                (_, stage) if !self.goes_on(stage) => Next::End(ConnectionError::Closed),
                (Phase::Waiting { until }, _) => self.wait(until),
                (Phase::Connecting(attempt), _) => self.connect(attempt),
            };
            let (next, asleep) = match next {
                Next::Again(phase) => (phase, None),
                Next::Sleep(phase, asleep) => {
                    let until = asleep.until.into_iter().chain(closes_at(stage)).min();
                    (phase, Some(Asleep { until, ..asleep }))
                }
                Next::End(why) => return self.end(why),
            };
            phase = next;
            // If the system does not tell which sockets are ready, there can be no connection.
            let slept = sleep(&mut self.reactor, &self.shared.queue, asleep, stage);
            match (slept, &mut phase) {
                (Ok(ready), Phase::Open(connection)) => connection.on_ready(ready, Instant::now()),
                (Ok(_), _) => {}
                (Err(error), _) => return self.end(ConnectionError::Lost(Arc::new(error.into()))),
            }
        }
    }

    /// Whether the client needs a connection. While it closes, it needs one for guaranteed messages
    /// only.
    fn goes_on(&self, stage: Stage) -> bool {
        match stage {
            Stage::Running => true,
            Stage::Closing { until } => {
                Instant::now() < until && self.shared.queue.has_undelivered()
            }
            Stage::Reuniting | Stage::Ended => false,
        }
    }

    fn wait(&mut self, until: Instant) -> Next {
        if Instant::now() < until {
            return Next::Sleep(
                Phase::Waiting { until },
                Asleep {
                    writes: false,
                    until: Some(until),
                },
            );
        }
        match self.connector.attempt() {
            Ok(attempt) => Next::Again(Phase::Connecting(Box::new(attempt))),
            Err(error) => self.disconnected(error, None),
        }
    }

    fn connect(&mut self, mut attempt: Box<Attempt>) -> Next {
        let now = Instant::now();
        match self
            .connector
            .advance(&mut attempt, self.reactor.registry(), now)
        {
            Ok(Progress::Pending(until)) => Next::Sleep(
                Phase::Connecting(attempt),
                Asleep {
                    writes: false,
                    until: Some(until),
                },
            ),
            Ok(Progress::Done(websocket, response)) => self.connected(websocket, &response, now),
            Err(error) => self.disconnected(error, None),
        }
    }

    fn connected(
        &mut self,
        websocket: WebSocket<Stream>,
        response: &Response,
        now: Instant,
    ) -> Next {
        self.connections += 1;
        let number = self.connections;
        let mut new = NewConnection {
            response,
            number,
            messages: Vec::new(),
        };
        if let Some(on_connect) = &mut self.on_connect {
            on_connect(&mut new);
        }
        self.in_flight.rewind();
        let mut connection = Connection::new(websocket, number, &self.options, now);
        connection.begin_with(new.messages, self.in_flight.unwritten());
        self.shared.queue.update_stats(|stats| {
            stats.is_connected = true;
            stats.reconnects = number - 1;
        });
        self.shared
            .inbox
            .add_notice(Event::Connected { connection: number });
        Next::Again(Phase::Open(Box::new(connection)))
    }

    fn work(&mut self, mut connection: Box<Connection<Stream>>, stage: Stage) -> Next {
        let now = Instant::now();
        let mut context = Context {
            queue: &self.shared.queue,
            inbox: &self.shared.inbox,
            in_flight: &mut self.in_flight,
            acknowledge: self.acknowledge.as_mut(),
        };
        let turned = connection
            .turn(&mut context, now)
            .and_then(|()| close_in_time(&mut connection, &context, stage, now));
        if let Err(error) = turned {
            let lasted = connection.lasted(now);
            drop(connection.end(&context));
            return self.disconnected(error, Some(lasted));
        }
        if closes_at(stage).is_some_and(|until| until <= now) {
            // There is no time to wait. This writes what the socket takes at once.
            let _ = connection.turn(&mut context, now);
            drop(connection.end(&context));
            return Next::End(ConnectionError::Closed);
        }
        if connection.has_more(&context, now) {
            return Next::Again(Phase::Open(connection));
        }
        let asleep = Asleep {
            writes: connection.writes(),
            until: connection.next_at(),
        };
        Next::Sleep(Phase::Open(connection), asleep)
    }

    /// There is no connection. Plans the next attempt, if there is to be one.
    fn disconnected(&mut self, why: ConnectionError, lasted: Option<Duration>) -> Next {
        if !self.goes_on(self.shared.queue.stage()) {
            return Next::End(if lasted.is_some() {
                why
            } else {
                ConnectionError::Closed
            });
        }
        let is_over = self.ends_on_permanent && why.is_permanent();
        let retry_in = if is_over {
            None
        } else {
            self.failures.on_failure(lasted)
        };
        let Some(wait) = retry_in else {
            return Next::End(why);
        };
        self.shared
            .queue
            .update_stats(|stats| stats.is_connected = false);
        self.shared
            .inbox
            .add_notice(Event::Disconnected { why, retry_in });
        Next::Again(Phase::Waiting { until: after(wait) })
    }

    fn end(self, why: ConnectionError) -> Vec<Message> {
        let left = self.shared.queue.end();
        // After the messages that were dropped at the end: it is the last event.
        self.shared.inbox.add_notice(Event::Disconnected {
            why,
            retry_in: None,
        });
        self.in_flight.into_messages().chain(left).collect()
    }
}

/// Until when a connection that is being closed has time.
pub(super) fn closes_at(stage: Stage) -> Option<Instant> {
    if let Stage::Closing { until } = stage {
        Some(until)
    } else {
        None
    }
}

/// Begins to close when everything is delivered, or the time is over.
pub(super) fn close_in_time<S: Transport>(
    connection: &mut Connection<S>,
    context: &Context<'_>,
    stage: Stage,
    now: Instant,
) -> Result<(), ConnectionError> {
    let Some(until) = closes_at(stage) else {
        return Ok(());
    };
    if until <= now || (connection.is_written() && context.queue.is_done()) {
        connection.close()
    } else {
        Ok(())
    }
}
