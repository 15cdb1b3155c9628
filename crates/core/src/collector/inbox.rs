//! The inbox: what writers put in and the worker takes out.

use crate::wire::{Finding, OpenFinding};
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a writer puts in.
#[derive(Debug)]
pub(crate) enum Message {
    Opened(OpenFinding),
    Closed(Finding),
    Dismissed(u64),
    /// A thread waits until everything before it is done.
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
    /// How many of them the worker has handled.
    done: u64,
}

impl Inbox {
    /// The limit. Further messages are dropped, and their findings are only counted. Few findings of a fingerprint are
    /// kept in full, so that the inbox only gets full when the worker stands still.
    const MAX_MESSAGES: usize = 65_536;

    pub(crate) fn new() -> Self {
        Inbox {
            state: Mutex::default(),
            filled: Condvar::new(),
            worked: Condvar::new(),
        }
    }

    /// Puts a message in. Gives whether there was room for it. It does not wake the worker, which comes by itself every so
    /// often: waking is a system call, and the worker would load debug information on the writer's processor.
    pub(crate) fn put(&self, message: Message) -> bool {
        let mut state = self.state();
        let has_room = state.messages.len() < Self::MAX_MESSAGES;
        if has_room {
            state.messages.push_back(message);
            state.put += 1;
        }
        has_room
    }

    /// Takes all messages that are there after `patience`, or as soon as a thread waits for them. The caller has handled
    /// everything that it took before.
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

    /// Takes the messages that have come since [`take_all`](Self::take_all).
    pub(crate) fn take_more(&self) -> VecDeque<Message> {
        std::mem::take(&mut self.state().messages)
    }

    /// Waits until the worker has handled everything that is in now, `patience` at most. Gives whether it has.
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
