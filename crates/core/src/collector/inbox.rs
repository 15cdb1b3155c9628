//! The inbox: what writers put in and the worker takes out.

use crate::wire::{Finding, OpenFinding};
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a writer has to say.
#[derive(Debug)]
pub(crate) enum Message {
    Opened(OpenFinding),
    Closed(Finding),
    Dismissed(u64),
    /// Somebody waits for everything before it.
    Settle,
}

/// A queue that writers never wait for.
#[derive(Debug)]
pub(crate) struct Inbox {
    state: Mutex<State>,
    filled: Condvar,
    worked: Condvar,
}

#[derive(Debug, Default)]
struct State {
    messages: VecDeque<Message>,
    /// How many messages were ever put in.
    put: u64,
    /// How many of them the worker has worked through.
    done: u64,
}

impl Inbox {
    /// Beyond it, a message is dropped: what is kept in full is limited to a few findings a fingerprint, so that only a
    /// worker that stands still lets it come to this. The findings are counted all the same.
    const MAX_MESSAGES: usize = 65_536;

    pub(crate) fn new() -> Self {
        Inbox {
            state: Mutex::default(),
            filled: Condvar::new(),
            worked: Condvar::new(),
        }
    }

    /// Puts a message in, and wakes nobody: waking is a system call, and the worker would take the writer's processor to
    /// load debug information. It comes by itself, every so often. Gives whether there was room for it.
    pub(crate) fn put(&self, message: Message) -> bool {
        let mut state = self.state();
        let has_room = state.messages.len() < Self::MAX_MESSAGES;
        if has_room {
            state.messages.push_back(message);
            state.put += 1;
        }
        has_room
    }

    /// All messages there are after `patience`, or as soon as somebody waits for them. Whoever comes for more has worked
    /// through what it took before.
    pub(crate) fn take_all(&self, patience: Duration) -> VecDeque<Message> {
        let mut state = self.state();
        state.done = state.put - state.messages.len() as u64;
        self.worked.notify_all();
        let is_awaited = |state: &State| {
            state
                .messages
                .iter()
                .any(|message| matches!(message, Message::Settle))
        };
        let waited = self
            .filled
            .wait_timeout_while(state, patience, |state| !is_awaited(state));
        std::mem::take(&mut waited.unwrap_or_else(PoisonError::into_inner).0.messages)
    }

    /// What has come since [`take_all`](Self::take_all).
    pub(crate) fn take_more(&self) -> VecDeque<Message> {
        std::mem::take(&mut self.state().messages)
    }

    /// Waits until the worker has worked through everything that is in now, `patience` at most. Gives whether it has.
    pub(crate) fn settle(&self, patience: Duration) -> bool {
        self.put(Message::Settle);
        let last = self.state().put;
        self.filled.notify_one();
        let waited = self
            .worked
            .wait_timeout_while(self.state(), patience, |state| state.done < last);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
