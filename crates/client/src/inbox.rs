//! The events that wait for the user. They are bounded, however much the peer sends and however
//! slow the user is.

use super::error::TakeError;
use super::event::Event;
use super::monitor::{Guard, Monitor, Waiter};
use super::options::{Options, Overflow};
use super::reactor::wake;
use crate::tungstenite::Message;
use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

/// How many events are kept that are not messages. A server that comes and goes all the time does
/// not make more.
const NOTICES: usize = 64;

/// Events on their way to the user.
#[derive(Debug)]
pub(super) struct Inbox {
    state: Monitor<State>,
    messages: usize,
    bytes: usize,
    overflow: Overflow,
    /// Wakes the thread that reads the connection.
    waker: Arc<mio::Waker>,
}

#[derive(Default)]
struct State {
    events: VecDeque<Event>,
    messages: usize,
    bytes: usize,
    notices: usize,
    received: u64,
    /// How many messages were dropped unsent, and how many events were lost, since the user was
    /// told last.
    dropped: u64,
    missed: u64,
    /// How many events were lost in all.
    all_missed: u64,
    /// Whether the connection is not read, because there is no room.
    is_held_back: bool,
    /// Whether the connection is being closed. Then it is read to its end, with or without room.
    is_closing: bool,
    /// Whether no event will ever be taken.
    is_abandoned: bool,
    has_ended: bool,
}

impl Inbox {
    pub(super) fn new(options: &Options, waker: Arc<mio::Waker>) -> Self {
        Inbox {
            state: Monitor::new(State::default()),
            messages: options.inbox_messages,
            bytes: options.inbox_bytes,
            overflow: options.overflow,
            waker,
        }
    }

    /// How much may be read now. If there is no room, the thread that reads is woken when there is
    /// some.
    pub(super) fn room(&self) -> Room {
        let mut state = self.state.lock();
        if self.overflow == Overflow::DropOldest || state.is_abandoned || state.is_closing {
            return Room {
                messages: usize::MAX,
                bytes: usize::MAX,
            };
        }
        let messages = self.messages.saturating_sub(state.messages);
        let bytes = self.bytes.saturating_sub(state.bytes);
        state.is_held_back = messages == 0 || bytes == 0;
        Room { messages, bytes }
    }

    /// Adds messages that have arrived, in order.
    pub(super) fn add_messages(&self, arrived: &mut Vec<Message>) {
        if arrived.is_empty() {
            return;
        }
        let mut state = self.state.lock();
        state.received += arrived.len() as u64;
        if state.is_abandoned {
            return arrived.clear();
        }
        for message in arrived.drain(..) {
            state.messages += 1;
            state.bytes += message.len();
            state.events.push_back(Event::Message(message));
        }
        if self.overflow == Overflow::DropOldest || state.is_closing {
            while state.messages > self.messages || (state.bytes > self.bytes && state.messages > 1)
            {
                state.lose_oldest(|event| matches!(event, Event::Message(_)));
            }
        }
        state.wake_all();
    }

    /// Adds an event that is not a message.
    pub(super) fn add_notice(&self, notice: Event) {
        let mut state = self.state.lock();
        if state.is_abandoned {
            return;
        }
        state.notices += 1;
        state.events.push_back(notice);
        if state.notices > NOTICES {
            state.lose_oldest(|event| !matches!(event, Event::Message(_)));
        }
        state.wake_all();
    }

    /// Counts droppable messages that were dropped.
    pub(super) fn add_dropped(&self, messages: u64) {
        let mut state = self.state.lock();
        if messages > 0 && !state.is_abandoned {
            state.dropped += messages;
            state.wake_all();
        }
    }

    /// No event will be added any more.
    pub(super) fn end(&self) {
        let mut state = self.state.lock();
        state.has_ended = true;
        state.wake_all();
    }

    /// The connection is being closed. Confirmations and the close frame must not wait until the
    /// messages before them are taken.
    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        state.is_closing = true;
        self.go_on_reading(state);
    }

    /// No event will be taken any more. What arrives is counted and dropped.
    pub(super) fn abandon(&self) {
        if self.state.is_of_parent() {
            return;
        }
        let mut state = self.state.lock();
        state.is_abandoned = true;
        state.events.clear();
        (state.messages, state.bytes, state.notices) = (0, 0, 0);
        self.go_on_reading(state);
    }

    pub(super) fn take(&self, timeout: Option<Duration>) -> Result<Event, TakeError> {
        if self.state.is_of_parent() {
            return Err(TakeError::ForkedChild);
        }
        let taken = self
            .state
            .wait(timeout, State::next)
            .unwrap_or(Err(TakeError::TimedOut));
        self.go_on_reading(self.state.lock());
        taken
    }

    pub(super) fn poll_take(
        &self,
        waiter: &mut Waiter,
        context: &mut Context<'_>,
    ) -> Poll<Result<Event, TakeError>> {
        if self.state.is_of_parent() {
            return Poll::Ready(Err(TakeError::ForkedChild));
        }
        let taken = self.state.poll(waiter, context, State::next);
        self.go_on_reading(self.state.lock());
        taken
    }

    pub(super) fn forget(&self, waiter: &mut Waiter) {
        self.state.forget(waiter);
    }

    /// How many messages have arrived, and how many events were lost.
    pub(super) fn counts(&self) -> (u64, u64) {
        let state = self.state.lock();
        (state.received, state.all_missed)
    }

    /// Takes all messages.
    pub(super) fn take_messages(&self) -> Vec<Message> {
        let mut state = self.state.lock();
        let taken = std::mem::take(&mut state.events).into_iter();
        (state.messages, state.bytes, state.notices) = (0, 0, 0);
        taken
            .filter_map(|event| {
                if let Event::Message(message) = event {
                    Some(message)
                } else {
                    None
                }
            })
            .collect()
    }

    /// Wakes the thread that reads, if it had stopped for want of room and there is room again.
    fn go_on_reading(&self, mut state: Guard<'_, State>) {
        let has_room = state.messages <= self.messages / 2 && state.bytes <= self.bytes / 2;
        if state.is_held_back && (has_room || state.is_abandoned || state.is_closing) {
            state.is_held_back = false;
            drop(state);
            wake(&self.waker);
        }
    }
}

/// How much may be read.
pub(super) struct Room {
    pub(super) messages: usize,
    pub(super) bytes: usize,
}

impl Room {
    pub(super) fn is_none(&self) -> bool {
        self.messages == 0 || self.bytes == 0
    }

    /// There is room for one message less.
    pub(super) fn spend(&mut self, message: &Message) {
        self.messages -= 1;
        self.bytes = self.bytes.saturating_sub(message.len());
    }
}

impl State {
    fn next(&mut self) -> Option<Result<Event, TakeError>> {
        if self.dropped > 0 {
            return Some(Ok(Event::Dropped(std::mem::take(&mut self.dropped))));
        }
        if self.missed > 0 {
            return Some(Ok(Event::Missed(std::mem::take(&mut self.missed))));
        }
        match self.events.pop_front() {
            Some(event) => {
                self.forget(&event);
                Some(Ok(event))
            }
            None => self.has_ended.then_some(Err(TakeError::Ended)),
        }
    }

    fn forget(&mut self, event: &Event) {
        match event {
            Event::Message(message) => {
                self.messages -= 1;
                self.bytes -= message.len();
            }
            _ => self.notices -= 1,
        }
    }

    /// Drops the oldest event of a kind, and counts it as lost.
    fn lose_oldest(&mut self, of_kind: impl Fn(&Event) -> bool) {
        // At most NOTICES events stand before the oldest message. Before another event there may be
        // many messages, but such events are few.
        let Some(index) = self.events.iter().position(of_kind) else {
            return;
        };
        let Some(event) = self.events.remove(index) else {
            return;
        };
        self.forget(&event);
        self.missed += 1;
        self.all_missed += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{Inbox, NOTICES};
    use crate::error::TakeError;
    use crate::event::Event;
    use crate::options::{Options, Overflow};
    use crate::tungstenite::Message;
    use std::sync::Arc;
    use std::time::Duration;

    fn inbox(options: &Options) -> Inbox {
        let poll = mio::Poll::new().unwrap();
        Inbox::new(
            options,
            Arc::new(mio::Waker::new(poll.registry(), mio::Token(0)).unwrap()),
        )
    }

    fn taken(inbox: &Inbox) -> Vec<String> {
        std::iter::from_fn(|| inbox.take(Some(Duration::ZERO)).ok())
            .map(|event| format!("{event:?}"))
            .collect()
    }

    fn messages(texts: &[&str]) -> Vec<Message> {
        texts.iter().map(|text| Message::text(*text)).collect()
    }

    #[test]
    fn the_oldest_messages_are_lost_when_none_is_taken() {
        let inbox = inbox(&Options::default().inbox_messages(2));
        inbox.add_notice(Event::Connected { connection: 1 });
        inbox.add_messages(&mut messages(&["a", "b", "c", "d"]));
        let seen = taken(&inbox);
        assert_eq!(seen.len(), 4);
        assert_eq!(
            (seen[0].as_str(), seen[1].as_str()),
            ("Missed(2)", "Connected { connection: 1 }")
        );
        assert!(
            seen[2].contains("\"c\"") && seen[3].contains("\"d\""),
            "{seen:?}"
        );
        assert_eq!(inbox.counts(), (4, 2));
    }

    #[test]
    fn bytes_are_bounded_but_for_one_message() {
        let inbox = inbox(&Options::default().inbox_bytes(4));
        inbox.add_messages(&mut messages(&["abc", "def", "a large one"]));
        let seen = taken(&inbox);
        assert!(
            seen.len() == 2 && seen[0] == "Missed(2)" && seen[1].contains("a large one"),
            "{seen:?}"
        );
    }

    #[test]
    fn waiting_gives_room_for_no_more_than_the_bounds() {
        let inbox = inbox(
            &Options::default()
                .inbox_messages(2)
                .overflow(Overflow::Wait),
        );
        assert_eq!(inbox.room().messages, 2);
        inbox.add_messages(&mut messages(&["a", "b"]));
        assert!(inbox.room().is_none());
        taken(&inbox);
        assert_eq!(inbox.room().messages, 2);
    }

    #[test]
    fn reports_of_connections_are_bounded_too() {
        let inbox = inbox(&Options::default());
        for connection in 0..NOTICES as u64 + 3 {
            inbox.add_notice(Event::Connected { connection });
        }
        let seen = taken(&inbox);
        assert_eq!((seen.len(), seen[0].as_str()), (NOTICES + 1, "Missed(3)"));
        assert_eq!(seen[1], "Connected { connection: 3 }");
    }

    #[test]
    fn drops_become_one_event_and_the_end_comes_last() {
        let inbox = inbox(&Options::default());
        inbox.add_dropped(2);
        inbox.add_dropped(3);
        inbox.end();
        assert_eq!(taken(&inbox), ["Dropped(5)"]);
        assert_eq!(inbox.take(None).unwrap_err(), TakeError::Ended);
    }
}
