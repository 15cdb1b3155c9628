//! What waits to be written: bounded in messages and bytes, one queue for each kind, one order over both.

mod droppable;
mod guaranteed;
mod stored;

use self::droppable::Droppables;
pub(super) use self::guaranteed::Amount;
use self::guaranteed::Guaranteeds;
use super::deadline::after;
use super::delivery::Delivery;
use super::error::{SendError, SendRefusal};
use super::in_flight::{Confirmed, InFlight};
use super::inbox::Inbox;
use super::ledger::{Ledger, Receipt};
use super::monitor::{Monitor, Ticket};
use super::options::Options;
use super::reactor::wake;
use super::spill::{Pending, Spill};
use super::stats::Stats;
use crate::tungstenite::Message;
use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// The queues, shared by everybody who sends and the one thread that writes.
#[derive(Debug)]
pub(super) struct Queue {
    state: Monitor<State>,
    options: Options,
    /// The most bytes of payload of one message.
    largest: usize,
    waker: Arc<mio::Waker>,
    inbox: Arc<Inbox>,
    ledger: Arc<Ledger>,
    spill: Spill,
}

struct State {
    droppable: Droppables,
    guaranteed: Guaranteeds,
    /// The place of the next message in the order over both queues.
    next_place: u64,
    asleep: Option<Asleep>,
    stage: Stage,
    stats: Stats,
}

/// The thread that writes is asleep. Set and looked at under the queue's lock, so that no message can be queued between
/// its last look at the queue and its falling asleep.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asleep {
    /// Whether it writes what comes. It does not without a connection, or when the peer takes no bytes.
    pub(super) writes: bool,
    pub(super) until: Option<Instant>,
}

/// Whether messages are taken, and connections made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Running,
    /// Nothing is taken any more; what is queued is to be written until then.
    Closing {
        until: Instant,
    },
    /// The connection is to be given back as it stands.
    Reuniting,
    Ended,
}

impl Stage {
    /// Closing, with this much time from now.
    pub(super) fn closing_within(timeout: Duration) -> Self {
        Stage::Closing {
            until: after(timeout),
        }
    }
}

/// The next thing to write.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// What a hook says on a new connection.
    Greeting(Message),
    Droppable(Message, Instant),
    /// The next message of those in flight.
    Guaranteed,
}

/// What was taken out of the queue.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) batch: VecDeque<Outgoing>,
    /// Empty, but for its memory.
    guaranteed: VecDeque<(u64, Message)>,
}

impl Outgoing {
    /// Until when it is worth something, if not for ever.
    pub(super) fn until(&self) -> Option<Instant> {
        if let Outgoing::Droppable(_, until) = self {
            Some(*until)
        } else {
            None
        }
    }
}

impl Queue {
    pub(super) fn new(
        options: Options,
        largest: usize,
        waker: Arc<mio::Waker>,
        inbox: Arc<Inbox>,
        ledger: Arc<Ledger>,
        spill: Spill,
    ) -> Self {
        let state = State {
            droppable: Droppables::new(&options),
            guaranteed: Guaranteeds::new(&options),
            next_place: 0,
            asleep: None,
            stage: Stage::Running,
            stats: Stats::default(),
        };
        let largest = largest.min(options.queue_bytes);
        Queue {
            state: Monitor::new(state),
            options,
            largest,
            waker,
            inbox,
            ledger,
            spill,
        }
    }

    /// Guaranteed messages of an earlier process, before everything else, whatever the bounds are.
    pub(super) fn begin_with(&self, messages: Vec<Message>) {
        let mut state = self.state.lock();
        for message in messages {
            let place = state.place();
            state.guaranteed.reserve(message.len());
            state.guaranteed.push(place, message);
        }
    }

    /// Queues a message; a guaranteed one waits for room as long as the options say.
    pub(super) fn send(&self, message: Message, delivery: Delivery) -> Result<Receipt, SendError> {
        let message = self.check(message)?;
        match delivery {
            Delivery::Droppable => self.send_droppable(message, self.options.droppable_within),
            Delivery::DroppableWithin(within) => self.send_droppable(message, within),
            Delivery::Guaranteed => {
                let (timeout, mut message) = (Some(self.options.send_timeout), Some(message));
                let pushed = self.state.wait(timeout, |state| {
                    state.push_guaranteed(&mut message, &self.spill)
                });
                let queued = match pushed.unwrap_or(Err(SendRefusal::Full)) {
                    Ok(Pushed::Pending(pending)) => self.state.wait(None, |_| pending.outcome()),
                    Ok(Pushed::Queued { number, wakes }) => {
                        self.wake_if(wakes);
                        Some(Ok(number))
                    }
                    Err(reason) => Some(Err(reason)),
                };
                self.receipt(queued.expect("it is waited for without a limit"), message)
            }
        }
    }

    /// Queues a message; a guaranteed one waits for room, and until it is stored if it is to be.
    pub(super) fn poll_send(
        &self,
        message: &mut Option<Message>,
        pending: &mut Option<Pending>,
        delivery: Delivery,
        ticket: &mut Ticket,
        context: &mut Context<'_>,
    ) -> Poll<Result<Receipt, SendError>> {
        if delivery != Delivery::Guaranteed {
            let message = message
                .take()
                .expect("a future is not polled again behind its end");
            return Poll::Ready(self.send(message, delivery));
        }
        if let Some(refused) = message.as_ref().and_then(|message| self.refusal(message)) {
            return Poll::Ready(self.receipt(Err(refused), message.take()));
        }
        let queued = self.state.poll(ticket, context, |state| {
            if pending.is_none() {
                match state.push_guaranteed(message, &self.spill)? {
                    Ok(Pushed::Queued { number, wakes }) => return Some(Ok((number, wakes))),
                    Ok(Pushed::Pending(stored_later)) => *pending = Some(stored_later),
                    Err(reason) => return Some(Err(reason)),
                }
            }
            pending
                .as_ref()?
                .outcome()
                .map(|outcome| outcome.map(|number| (number, false)))
        });
        queued.map(|queued| {
            let queued = queued.map(|(number, wakes)| {
                self.wake_if(wakes);
                number
            });
            self.receipt(queued, message.take())
        })
    }

    pub(super) fn forget(&self, ticket: &mut Ticket) {
        self.state.forget(ticket);
    }

    fn check(&self, message: Message) -> Result<Message, SendError> {
        match self.refusal(&message) {
            Some(reason) => Err(SendError::new(message, reason)),
            None => Ok(message),
        }
    }

    fn refusal(&self, message: &Message) -> Option<SendRefusal> {
        match message {
            Message::Text(_) | Message::Binary(_) if message.len() > self.largest => {
                Some(SendRefusal::TooLarge { most: self.largest })
            }
            Message::Text(_) | Message::Binary(_) => None,
            _ => Some(SendRefusal::NotData),
        }
    }

    fn receipt(
        &self,
        queued: Result<u64, SendRefusal>,
        left: Option<Message>,
    ) -> Result<Receipt, SendError> {
        match (queued, left) {
            (Ok(number), _) => Ok(Receipt::guaranteed(self.ledger.clone(), number)),
            (Err(reason), Some(message)) => Err(SendError::new(message, reason)),
            (Err(_), None) => unreachable!("a message that is refused is left"),
        }
    }

    fn send_droppable(&self, message: Message, within: Duration) -> Result<Receipt, SendError> {
        let until = after(within);
        let mut state = self.state.lock();
        if state.stage != Stage::Running {
            return Err(SendError::new(message, SendRefusal::Closed));
        }
        let place = state.place();
        let dropped = state.droppable.push(place, message, until);
        state.stats.dropped += dropped;
        let wakes = state.wakes(Some(until));
        drop(state);
        self.wake_if(wakes);
        self.tell_dropped(dropped);
        Ok(Receipt::droppable())
    }

    fn tell_dropped(&self, dropped: u64) {
        if dropped > 0 {
            self.inbox.add_dropped(dropped);
        }
    }

    fn wake_if(&self, wakes: bool) {
        if wakes {
            wake(&self.waker);
        }
    }

    /// Takes the next messages out, in order: droppable ones that are still worth something into the batch, guaranteed
    /// ones into those in flight. At most so many, and no more behind so many bytes; but if there are guaranteed ones
    /// only, all of them, which takes no longer than one. How many there were of these, to be written before the batch.
    pub(super) fn take(
        &self,
        taken: &mut Taken,
        in_flight: &mut InFlight,
        most: Amount,
        now: Instant,
    ) -> usize {
        let mut state = self.state.lock();
        if state.droppable.messages() == 0 {
            state.guaranteed.swap(&mut taken.guaranteed);
            drop(state);
            let count = taken.guaranteed.len();
            in_flight.extend(taken.guaranteed.drain(..).map(|(_, message)| message));
            return count;
        }
        let mut amount = Amount {
            messages: 0,
            bytes: 0,
        };
        while amount.messages < most.messages && amount.bytes < most.bytes {
            let Some((outgoing, size)) = state.pop(in_flight) else {
                break;
            };
            amount = Amount {
                messages: amount.messages + 1,
                bytes: amount.bytes + size,
            };
            taken.batch.push_back(outgoing);
        }
        let dropped = state.droppable.drop_expired(now);
        state.stats.dropped += dropped;
        drop(state);
        self.tell_dropped(dropped);
        0
    }

    /// Drops the messages whose time is over.
    pub(super) fn drop_expired(&self, now: Instant) {
        let mut state = self.state.lock();
        let dropped = state.droppable.drop_expired(now);
        state.stats.dropped += dropped;
        drop(state);
        self.tell_dropped(dropped);
    }

    /// Counts droppable messages that had been taken out.
    pub(super) fn count_dropped(&self, dropped: u64) {
        if dropped > 0 {
            self.state.lock().stats.dropped += dropped;
            self.tell_dropped(dropped);
        }
    }

    /// Messages have been confirmed: there is room for others.
    pub(super) fn confirm(&self, confirmed: Confirmed, round_trip: Option<Duration>) {
        let mut state = self.state.lock();
        state.stats.delivered += confirmed.messages as u64;
        state.stats.round_trip = round_trip.or(state.stats.round_trip);
        state.guaranteed.confirm(confirmed);
        if confirmed.messages > 0 {
            state.wake_all();
            self.spill.confirm(confirmed.messages);
            self.ledger.confirm(confirmed.messages);
        }
    }

    /// Changes what is told of the connection.
    pub(super) fn note(&self, note: impl FnOnce(&mut Stats)) {
        note(&mut self.state.lock().stats);
    }

    pub(super) fn stats(&self) -> Stats {
        let mut stats = {
            let state = self.state.lock();
            let (queued, in_flight) = (state.guaranteed.queued(), state.guaranteed.in_flight());
            Stats {
                queued_messages: state.droppable.messages() + queued.messages,
                queued_bytes: state.droppable.bytes() + queued.bytes,
                in_flight_messages: in_flight.messages,
                in_flight_bytes: in_flight.bytes,
                ..state.stats
            }
        };
        (stats.received, stats.missed) = self.inbox.counts();
        stats
    }

    /// The thread falls asleep, unless there is something to write or the stage has changed. Gives until when: there may
    /// be something to drop before.
    pub(super) fn fall_asleep(&self, asleep: Asleep, stage: Stage) -> Option<Asleep> {
        let mut state = self.state.lock();
        if (asleep.writes && state.has_messages()) || state.stage != stage {
            return None;
        }
        let until = asleep
            .until
            .into_iter()
            .chain(state.droppable.earliest())
            .min();
        state.asleep = Some(Asleep { until, ..asleep });
        state.asleep
    }

    /// The thread is awake: nobody needs to wake it.
    pub(super) fn wake_up(&self) {
        self.state.lock().asleep = None;
    }

    pub(super) fn stage(&self) -> Stage {
        self.state.lock().stage
    }

    /// Whether nothing waits to be written, and everything guaranteed is delivered.
    pub(super) fn is_done(&self) -> bool {
        let state = self.state.lock();
        !state.has_messages() && !state.guaranteed.has_undelivered()
    }

    /// Whether there are guaranteed messages that are not delivered.
    pub(super) fn has_undelivered(&self) -> bool {
        self.state.lock().guaranteed.has_undelivered()
    }

    /// No message is taken from here on. Whoever closes first says how; the earliest end counts.
    pub(super) fn close(&self, stage: Stage) {
        let mut state = self.state.lock();
        let is_new = match (state.stage, stage) {
            (Stage::Running, _) => true,
            (Stage::Closing { until }, Stage::Closing { until: sooner }) => sooner < until,
            _ => false,
        };
        if !is_new {
            return;
        }
        state.stage = stage;
        state.wake_all();
        if stage != Stage::Reuniting {
            self.inbox.close();
        }
        wake(&self.waker);
    }

    /// Nobody holds it any more. What is being closed has the time that it was given.
    pub(super) fn let_go(&self) {
        if self.stage() == Stage::Running {
            self.close(Stage::Closing {
                until: Instant::now(),
            });
        }
    }

    /// Nobody writes any more. Gives the guaranteed messages back that were not taken out.
    pub(super) fn end(&self) -> Vec<Message> {
        // What is on its way to the disk is taken, and to be given back as well.
        self.let_go();
        self.end_store();
        let mut state = self.state.lock();
        state.stage = Stage::Ended;
        let dropped = state.droppable.clear();
        state.stats.dropped += dropped;
        state.stats.is_connected = false;
        let left = state.guaranteed.clear();
        state.wake_all();
        self.tell_dropped(dropped);
        left
    }
}

/// There was room for a guaranteed message.
enum Pushed {
    /// It is in the queue.
    Queued { number: u64, wakes: bool },
    /// It will be when it is stored.
    Pending(Pending),
}

impl State {
    fn place(&mut self) -> u64 {
        self.next_place += 1;
        self.next_place
    }

    fn has_messages(&self) -> bool {
        self.droppable.messages() > 0 || self.guaranteed.queued().messages > 0
    }

    /// Takes the message if there is room. `None` if not yet.
    fn push_guaranteed(
        &mut self,
        message: &mut Option<Message>,
        spill: &Spill,
    ) -> Option<Result<Pushed, SendRefusal>> {
        if self.stage != Stage::Running {
            return Some(Err(SendRefusal::Closed));
        }
        if !self.guaranteed.has_room_for(message.as_ref()?.len()) {
            return None;
        }
        self.guaranteed.reserve(message.as_ref()?.len());
        // The message stays with whoever sends until it is stored, to be given back if it cannot be.
        if let Some(pending) = spill.pend(message.as_ref()?) {
            return Some(Ok(Pushed::Pending(pending)));
        }
        let place = self.place();
        let number = self.guaranteed.push(place, message.take()?);
        Some(Ok(Pushed::Queued {
            number,
            wakes: self.wakes(None),
        }))
    }

    /// Whether the thread has to be woken for a message that is worth something until then. Nobody does so again.
    fn wakes(&mut self, until: Option<Instant>) -> bool {
        let wakes = self.asleep.is_some_and(|asleep| {
            let expires_first =
                until.is_some_and(|until| asleep.until.is_none_or(|wakes| until < wakes));
            asleep.writes || expires_first
        });
        if wakes {
            self.asleep = None;
        }
        wakes
    }

    fn pop(&mut self, in_flight: &mut InFlight) -> Option<(Outgoing, usize)> {
        let droppable_first = match (self.droppable.first(), self.guaranteed.first()) {
            (Some(droppable), Some(guaranteed)) => droppable < guaranteed,
            (droppable, _) => droppable.is_some(),
        };
        if droppable_first {
            let (message, until) = self.droppable.pop()?;
            let size = message.len();
            return Some((Outgoing::Droppable(message, until), size));
        }
        let message = self.guaranteed.pop()?;
        let size = message.len();
        in_flight.push(message);
        Some((Outgoing::Guaranteed, size))
    }
}
