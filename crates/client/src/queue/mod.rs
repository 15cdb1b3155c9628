//! The messages that wait to be written. There is one bounded queue for each kind, and one order
//! over both.

mod droppable;
mod guaranteed;
mod sending;
mod stored;

use self::droppable::DroppableQueue;
pub(super) use self::guaranteed::Amount;
use self::guaranteed::GuaranteedQueue;
use super::deadline::after;
use super::in_flight::{Confirmed, InFlight};
use super::inbox::Inbox;
use super::monitor::Monitor;
use super::options::Options;
use super::reactor::wake;
use super::receipt::Confirmations;
use super::spill::Spill;
use super::stats::Stats;
use crate::tungstenite::Message;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The queues, shared by all threads and tasks that send and the one thread that writes.
#[derive(Debug)]
pub(super) struct Queue {
    state: Monitor<State>,
    options: Options,
    /// The most bytes of payload of one message.
    largest: usize,
    waker: Arc<mio::Waker>,
    inbox: Arc<Inbox>,
    confirmations: Arc<Confirmations>,
    spill: Spill,
}

struct State {
    droppable: DroppableQueue,
    guaranteed: GuaranteedQueue,
    /// The last number that was given in the order over both queues.
    last_sequence: u64,
    asleep: Option<Asleep>,
    stage: Stage,
    stats: Stats,
}

/// The thread that writes is asleep. This is set and read under the queue's lock. So no message can
/// be queued between the thread's last look at the queue and its falling asleep.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asleep {
    /// Whether it writes messages that come. It does not without a connection, or when the peer
    /// takes no bytes.
    pub(super) writes: bool,
    pub(super) until: Option<Instant>,
}

/// Whether messages are accepted, and connections made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Running,
    /// No message is accepted any more. What is queued is written until then.
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
    /// A message of the hook for new connections.
    First(Message),
    Droppable(Message, Instant),
    /// The next message of those in flight.
    Guaranteed,
}

/// What was taken out of the queue.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) batch: VecDeque<Outgoing>,
    /// Always empty. It is kept for its memory.
    guaranteed: VecDeque<(u64, Message)>,
}

impl Outgoing {
    /// When its time is over, if ever.
    pub(super) fn until(&self) -> Option<Instant> {
        if let Outgoing::Droppable(_, until) = self {
            Some(*until)
        } else {
            None
        }
    }

    /// Whether its time is over.
    pub(super) fn is_expired(&self, now: Instant) -> bool {
        self.until().is_some_and(|until| until <= now)
    }

    /// The message itself. That of a guaranteed one is the next of those in flight.
    pub(super) fn message(&self, in_flight: &InFlight) -> Message {
        match self {
            Outgoing::First(message) | Outgoing::Droppable(message, _) => message.clone(),
            Outgoing::Guaranteed => in_flight
                .next()
                .expect("there is one for each that was taken out of the queue")
                .clone(),
        }
    }
}

impl Queue {
    pub(super) fn new(
        options: Options,
        largest: usize,
        waker: Arc<mio::Waker>,
        inbox: Arc<Inbox>,
        confirmations: Arc<Confirmations>,
        spill: Spill,
    ) -> Self {
        let state = State {
            droppable: DroppableQueue::new(&options),
            guaranteed: GuaranteedQueue::new(&options),
            last_sequence: 0,
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
            confirmations,
            spill,
        }
    }

    /// Queues guaranteed messages of an earlier process before all others. The bounds do not apply.
    pub(super) fn begin_with(&self, messages: Vec<Message>) {
        let mut state = self.state.lock();
        for message in messages {
            let sequence = state.next_sequence();
            state.guaranteed.reserve(message.len());
            state.guaranteed.push(sequence, message);
        }
    }

    fn report_dropped(&self, dropped: u64) {
        if dropped > 0 {
            self.inbox.add_dropped(dropped);
        }
    }

    fn wake_if(&self, wakes: bool) {
        if wakes {
            wake(&self.waker);
        }
    }

    /// Takes the next messages out, in order. Droppable ones go into the batch, guaranteed ones
    /// into those in flight.
    ///
    /// At most `most` is taken. But if there are only guaranteed ones, all of them are taken,
    /// because that takes no longer than one. Then this returns how many there were; they are
    /// written before the batch.
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
        let mut amount = Amount::default();
        while amount.messages < most.messages && amount.bytes < most.bytes {
            let Some((outgoing, size)) = state.pop(in_flight) else {
                break;
            };
            amount.add(size);
            taken.batch.push_back(outgoing);
        }
        let dropped = state.droppable.drop_expired(now);
        state.stats.dropped += dropped;
        drop(state);
        self.report_dropped(dropped);
        0
    }

    /// Drops the messages whose time is over.
    pub(super) fn drop_expired(&self, now: Instant) {
        let mut state = self.state.lock();
        let dropped = state.droppable.drop_expired(now);
        state.stats.dropped += dropped;
        drop(state);
        self.report_dropped(dropped);
    }

    /// Counts droppable messages that had been taken out and are dropped.
    pub(super) fn count_dropped(&self, dropped: u64) {
        if dropped > 0 {
            self.state.lock().stats.dropped += dropped;
            self.report_dropped(dropped);
        }
    }

    /// Messages have been confirmed. There is room for others.
    pub(super) fn confirm(&self, confirmed: Confirmed, round_trip: Option<Duration>) {
        let mut state = self.state.lock();
        state.stats.delivered += confirmed.messages as u64;
        state.stats.round_trip = round_trip.or(state.stats.round_trip);
        state.guaranteed.confirm(confirmed);
        if confirmed.messages > 0 {
            state.wake_all();
            self.spill.confirm(confirmed.messages);
            self.confirmations.confirm(confirmed.messages);
        }
    }

    /// Changes the numbers of the connection.
    pub(super) fn update_stats(&self, update: impl FnOnce(&mut Stats)) {
        update(&mut self.state.lock().stats);
    }

    /// Whether it is the parent's, in a forked child.
    pub(super) fn is_of_parent(&self) -> bool {
        self.state.is_of_parent()
    }

    pub(super) fn stats(&self) -> Stats {
        if self.is_of_parent() {
            return Stats::default();
        }
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

    /// The thread falls asleep, unless there is something to write or the stage has changed.
    /// Returns until when it sleeps: it may have to drop a message earlier.
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

    /// The thread is awake, and need not be woken.
    pub(super) fn wake_up(&self) {
        self.state.lock().asleep = None;
    }

    pub(super) fn stage(&self) -> Stage {
        self.state.lock().stage
    }

    /// Whether no message waits, and all guaranteed messages are delivered.
    pub(super) fn is_done(&self) -> bool {
        let state = self.state.lock();
        !state.has_messages() && !state.guaranteed.has_undelivered()
    }

    /// Whether there are guaranteed messages that are not delivered.
    pub(super) fn has_undelivered(&self) -> bool {
        self.state.lock().guaranteed.has_undelivered()
    }

    /// No message is accepted from here on. The first call decides between closing and reuniting.
    /// Of several time limits, the earliest counts.
    pub(super) fn close(&self, stage: Stage) {
        if self.is_of_parent() {
            return;
        }
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

    /// The last handle is dropped. A connection that is being closed keeps its time.
    pub(super) fn on_last_handle_dropped(&self) {
        if !self.is_of_parent() && self.stage() == Stage::Running {
            self.close(Stage::Closing {
                until: Instant::now(),
            });
        }
    }

    /// The thread that writes ends. Gives back the guaranteed messages that were not taken out.
    pub(super) fn end(&self) -> Vec<Message> {
        // Messages on their way to the disk were accepted, and are given back as well.
        self.on_last_handle_dropped();
        self.end_store();
        let mut state = self.state.lock();
        state.stage = Stage::Ended;
        let dropped = state.droppable.clear();
        state.stats.dropped += dropped;
        state.stats.is_connected = false;
        let left = state.guaranteed.clear();
        state.wake_all();
        self.report_dropped(dropped);
        left
    }
}

impl State {
    fn next_sequence(&mut self) -> u64 {
        self.last_sequence += 1;
        self.last_sequence
    }

    fn has_messages(&self) -> bool {
        self.droppable.messages() > 0 || self.guaranteed.queued().messages > 0
    }

    /// Whether the thread has to be woken for a new message, whose time may be over at `until`. If
    /// so, it counts as awake.
    fn must_wake(&mut self, until: Option<Instant>) -> bool {
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
