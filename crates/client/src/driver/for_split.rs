//! The thread of a split connection. It writes and reads until the connection ends, or is to be
//! given back.

use super::connection::{Connection, Context};
use super::for_client::{close_in_time, closes_at};
use super::sleep::sleep;
use crate::error::ConnectionError;
use crate::event::Event;
use crate::in_flight::InFlight;
use crate::options::Options;
use crate::queue::{Asleep, Stage};
use crate::reactor::{Reactor, deregister};
use crate::shared::Shared;
use crate::transport::Transport;
use crate::tungstenite::{Message, WebSocket};
use std::io;
use std::sync::Arc;
use std::time::Instant;

/// Everything that the thread of a split connection owns.
pub(crate) struct SplitDriver<S> {
    shared: Arc<Shared>,
    reactor: Reactor,
    connection: Connection<S>,
    in_flight: InFlight,
}

/// What is left of a split connection when its thread ends.
pub(crate) struct Remainder<S> {
    pub(crate) undelivered: Vec<Message>,
    /// Only if it was to be given back and has not ended.
    pub(crate) websocket: Option<io::Result<WebSocket<S>>>,
}

impl<S: Transport> SplitDriver<S> {
    pub(crate) fn new(
        shared: Arc<Shared>,
        reactor: Reactor,
        websocket: WebSocket<S>,
        options: &Options,
    ) -> Self {
        let connection = Connection::new(websocket, 1, options, Instant::now());
        SplitDriver {
            shared,
            reactor,
            connection,
            in_flight: InFlight::default(),
        }
    }

    pub(crate) fn run(mut self) -> Remainder<S> {
        loop {
            let (stage, now) = (self.shared.queue.stage(), Instant::now());
            self.shared.queue.drop_expired(now);
            let asleep = match self.turn(stage, now) {
                Ok(asleep) => asleep,
                Err(why) => return self.end(why),
            };
            if stage == Stage::Reuniting {
                return self.give_back(now);
            }
            match sleep(&mut self.reactor, &self.shared.queue, asleep, stage) {
                Ok(ready) => self.connection.on_ready(ready, Instant::now()),
                Err(error) => return self.end(ConnectionError::Lost(Arc::new(error.into()))),
            }
        }
    }

    /// Makes one turn, and says how to sleep after it.
    fn turn(&mut self, stage: Stage, now: Instant) -> Result<Option<Asleep>, ConnectionError> {
        let mut context = Context {
            queue: &self.shared.queue,
            inbox: &self.shared.inbox,
            in_flight: &mut self.in_flight,
            acknowledge: None,
        };
        self.connection.turn(&mut context, now)?;
        close_in_time(&mut self.connection, &context, stage, now)?;
        let until = closes_at(stage);
        if until.is_some_and(|until| until <= now) {
            // There is no time to wait. This writes what the socket takes at once.
            let _ = self.connection.turn(&mut context, now);
            return Err(ConnectionError::Closed);
        }
        if self.connection.has_more(&context, now) {
            return Ok(None);
        }
        let until = self.connection.next_at().into_iter().chain(until).min();
        Ok(Some(Asleep {
            writes: self.connection.writes(),
            until,
        }))
    }

    fn end(self, why: ConnectionError) -> Remainder<S> {
        let SplitDriver {
            shared,
            reactor,
            connection,
            mut in_flight,
        } = self;
        let context = Context {
            queue: &shared.queue,
            inbox: &shared.inbox,
            in_flight: &mut in_flight,
            acknowledge: None,
        };
        let websocket = connection.end(&context);
        // Another part of the program may have a duplicate of the socket.
        let _ = deregister(reactor.registry(), &websocket.get_ref().socket());
        let left = shared.queue.end();
        shared.inbox.add_notice(Event::Disconnected {
            why,
            retry_in: None,
        });
        Remainder {
            undelivered: in_flight.into_messages().chain(left).collect(),
            websocket: None,
        }
    }

    /// Writes everything that waits into the WebSocket's own buffer, and gives the WebSocket back.
    fn give_back(mut self, now: Instant) -> Remainder<S> {
        let mut context = Context {
            queue: &self.shared.queue,
            inbox: &self.shared.inbox,
            in_flight: &mut self.in_flight,
            acknowledge: None,
        };
        if let Err(why) = self.connection.write_all(&mut context, now) {
            return self.end(why);
        }
        let websocket = self.connection.end(&context);
        let stream = websocket.get_ref();
        let blocking = deregister(self.reactor.registry(), &stream.socket())
            .and_then(|()| stream.set_nonblocking(false));
        let left = self.shared.queue.end();
        let undelivered = self.in_flight.into_messages().chain(left).collect();
        Remainder {
            undelivered,
            websocket: Some(blocking.map(|()| websocket)),
        }
    }
}
