//! The contest: where the writers of a contested wire meet, under one small lock.
//!
//! A *period* begins when a second writer sets the contested bit of the owner word, and ends when the last of its writers has come back. In between, every writer of the wire passes through here, so
//! that a third is not missed. Each overlap of two writers is a pair; a pair is complete when both have come back and
//! both have their stacks, and is a finding if both wrote.
//!
//! Between finding the wire held and taking the lock, a writer can be overtaken: others may leave, the holder too. They
//! did overlap it, for its call had begun. So a writer that finds the wire held draws a ticket before anything else. A writer
//! that leaves remembers how many tickets were drawn by then, and stays behind as *missed* for those that have not
//! *landed* here yet; a writer that lands is paired with the missed that saw its ticket. While a ticket is out, the
//! period does not end.

mod entry;
mod leave;
mod missed;
mod pairs;
#[cfg(test)]
pub(crate) mod steps;
#[cfg(not(test))]
#[path = "no_steps.rs"]
mod steps;
mod tallies;
mod tears;

pub(crate) use entry::{Ticket, Token};
pub(crate) use leave::Return;

use super::activity::Activity;
use super::word::{MAX_HANDLES, State};
use crate::settings::Capture;
use crate::wire::finding::{Finding, PairKey, Recorder};
use crate::wire::half::Half;
use crate::wire::identity::Socket;
use crate::wire::tally::Tally;
use crate::witness::Stack;
use entry::{Entry, Pair, finding};
use missed::Overtaken;
use std::sync::Arc;

/// How many writers at once one newcomer is paired with. Beyond it, overlaps are seen but not counted pair by pair.
const MAX_OPPONENTS: usize = 16;

#[derive(Debug)]
pub(crate) struct Contest {
    /// What each handle does, by its index.
    activities: Vec<Option<Arc<Activity>>>,
    /// In the order of their tokens.
    entries: Vec<Entry>,
    /// In the order of their numbers.
    pairs: Vec<Pair>,
    /// Those of the entries that are writing.
    writing: Vec<Token>,
    /// An entry may have become one that no pair needs.
    may_forget: bool,
    /// The holder with which the period began, once a writer has met it; `None` between periods.
    holder: Option<Token>,
    /// How many tickets have come in.
    landed: Ticket,
    // Boxed, because every wire has room for it and few ever have one.
    overtaken: Option<Box<Overtaken>>,
    next_token: Token,
    /// With the number of the audience.
    tallies: Vec<(PairKey, u64, Arc<dyn Tally>)>,
    /// The wire's number and socket.
    wire: u64,
    socket: Socket,
    /// How many handles are on the wire.
    handles: usize,
    /// How many findings were made on it.
    findings: u64,
    /// The latest operation of a handle that is gone that has sent data.
    // Boxed, because hardly any wire outlives one of its handles.
    gone: Option<Box<Half>>,
}

/// How a newcomer came in.
#[derive(Debug)]
pub(crate) struct Joined {
    /// `None` when the newcomer runs inside another claim of its own thread, and so is no second writer.
    pub(crate) token: Option<Token>,
    /// Whether a finding is to be kept in full.
    pub(crate) kept: bool,
    pub(crate) wants_stack: bool,
}

/// What is to be told to the recorder when the lock is given back.
#[derive(Debug)]
pub(crate) enum Notice {
    Opened(Finding),
    Closed(Finding),
    Dismissed(u64),
    /// So many calls have ended that overlapped at least one other.
    Overlapped(u64),
}

/// A writer's own ticket, and how many there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tickets {
    pub(crate) mine: Ticket,
    pub(crate) drawn: Ticket,
}

impl Contest {
    pub(crate) fn new(wire: u64, socket: Socket) -> Self {
        Contest {
            wire,
            socket,
            activities: Vec::new(),
            entries: Vec::new(),
            pairs: Vec::new(),
            writing: Vec::new(),
            may_forget: false,
            holder: None,
            landed: 0,
            overtaken: None,
            next_token: 1,
            tallies: Vec::new(),
            handles: 0,
            findings: 0,
            gone: None,
        }
    }

    /// Gives a handle an index on this wire. `None` when a million handles are on it already.
    pub(crate) fn admit(&mut self, activity: Arc<Activity>) -> Option<usize> {
        let index = self
            .activities
            .iter()
            .position(Option::is_none)
            .unwrap_or(self.activities.len());
        if index >= MAX_HANDLES {
            return None;
        }
        if index == self.activities.len() {
            if index == 0 {
                // Most wires have one handle.
                self.activities.reserve_exact(1);
            }
            self.activities.push(None);
        }
        if let Some(place) = self.activities.get_mut(index) {
            *place = Some(activity);
        }
        self.handles = self.handles.saturating_add(1);
        Some(index)
    }

    /// Takes the index back from a handle that is going.
    pub(crate) fn dismiss(&mut self, index: usize) {
        let Some(activity) = self.activities.get_mut(index).and_then(Option::take) else {
            return;
        };
        self.handles = self.handles.saturating_sub(1);
        let known = self.gone.as_ref().map_or(0, |half| half.began.to_bits());
        let data = activity
            .latest_data()
            .filter(|half| half.began.to_bits() > known);
        if let Some(mut half) = data.filter(|_| self.handles > 0) {
            half.name_thread();
            self.gone = Some(Box::new(half));
        }
    }

    /// For each handle, also for those that are gone, its latest operation that has sent data, as far as it is known.
    pub(crate) fn latest_data(&self) -> impl Iterator<Item = Half> {
        let present = self.activities.iter().flatten();
        let data = present.filter_map(|activity| activity.latest_data());
        data.chain(self.gone.as_deref().cloned())
    }

    /// A writer comes to the contested wire whose word is `state`.
    pub(crate) fn join(
        &mut self,
        state: State,
        activity: &Arc<Activity>,
        tickets: Tickets,
        recorder: &dyn Recorder,
    ) -> Joined {
        self.meet_holder(state, recorder);
        let half = activity.half();
        let is_on_this_thread = |entry: &Entry| entry.half.thread == half.thread;
        if half.thread != 0 && self.writers().any(is_on_this_thread) {
            self.land(tickets.drawn);
            return Joined {
                token: None,
                kept: false,
                wants_stack: false,
            };
        }
        let opponents: Vec<Token> = {
            let missed = self
                .missed()
                .iter()
                .filter(|missed| missed.drawn > tickets.mine)
                .map(|missed| missed.token);
            let writing = self.writing.iter().copied();
            writing.chain(missed).take(MAX_OPPONENTS).collect()
        };
        let token = self.enter(Some(activity.clone()), half, recorder);
        self.settle_runs(token, tickets.mine, recorder);
        self.land(tickets.drawn);
        let kept = opponents.iter().fold(false, |kept, opponent| {
            self.pair(*opponent, token, recorder) | kept
        });
        let has_stack = self
            .entry(token)
            .is_some_and(|entry| entry.half.stack.is_some());
        let wants_stack = kept && !has_stack && recorder.capture() != Capture::Site;
        Joined {
            token: Some(token),
            kept,
            wants_stack,
        }
    }

    /// The writer because of which the newcomer `token` is refused, if there is one: one that has the wire, or that
    /// had it a moment ago and has written. Whatever becomes of its own operation, it counts as one that has written, so
    /// that the refusal has a finding to show.
    ///
    /// A claim is taken by an operation that writes next. So of several that come before any of them has written, one is let in.
    pub(crate) fn refuse(&mut self, token: Token) -> Option<Half> {
        let pairs = self.pairs_of(token).into_iter();
        let mut others = pairs.filter_map(|index| self.pairs.get(index)?.other_side(token));
        let stands = |entry: &Entry| !entry.is_refused && (entry.writing || entry.wrote);
        let other = others.find(|other| self.entry(*other).is_some_and(stands))?;
        self.entry_mut(token)?.is_refused = true;
        let opponent = self.entry_mut(other)?;
        opponent.counts = true;
        Some(opponent.half.clone())
    }

    /// A ticket comes in: with a writer that joins, or with one that found the wire free after all.
    pub(crate) fn land(&mut self, drawn: Ticket) {
        self.landed = self.landed.saturating_add(1);
        if self.landed == drawn {
            self.forget_overtaken();
        }
    }

    /// The pairs a newcomer has opened, now that its stack, if wanted, is there.
    pub(crate) fn opened_by(&mut self, token: Token, stack: Option<Stack>) -> Vec<Notice> {
        if let Some(entry) = self.entry_mut(token) {
            entry.half.stack = entry.half.stack.take().or(stack);
        }
        let pairs = self.pairs_of(token).into_iter();
        pairs
            .filter_map(|index| self.pairs.get(index))
            .filter(|pair| pair.second == token && pair.kept)
            .filter_map(|pair| {
                let (first, second) = (self.entry(pair.first)?, self.entry(pair.second)?);
                Some(Notice::Opened(finding(pair, first, second, self.on())))
            })
            .collect()
    }

    /// The name of the holder of the claim `state`, who is about to leave.
    pub(crate) fn holder(&mut self, state: State, recorder: &dyn Recorder) -> Option<Token> {
        self.meet_holder(state, recorder);
        self.holder
    }

    /// The wire's number and socket.
    pub(super) fn on(&self) -> (u64, &Socket) {
        (self.wire, &self.socket)
    }

    /// Ends the period if no writer writes any more and none is still to come. Gives whether it has ended, so that the
    /// word can be freed.
    pub(crate) fn end_if_quiet(&mut self, drawn: Ticket) -> bool {
        let quiet = self.holder.is_some() && self.landed == drawn && self.writing.is_empty();
        if quiet {
            self.holder = None;
        }
        quiet
    }

    /// The opponent of a writer, for the message of a panic: one that wrote, if there is any.
    pub(crate) fn opponent_of(&self, token: Token) -> Option<Half> {
        // Who wrote nothing broke nothing.
        self.entry(token).filter(|entry| entry.has_written())?;
        let pairs = self.pairs_of(token).into_iter();
        let others = pairs.filter_map(|index| self.pairs.get(index)?.other_side(token));
        let present = others
            .filter_map(|other| self.entry(other))
            .find(|entry| entry.has_written());
        present
            .map(|entry| entry.half.clone())
            .or_else(|| self.entry(token)?.met.clone())
    }

    /// A pair that is still open, as it is now, if both of its writers have written.
    pub(crate) fn open_finding(&self, pair: u64) -> Option<Finding> {
        let (pair, first, second) = self.open_pair(pair)?;
        Some(finding(pair, first, second, self.on()))
    }

    /// What the handles on the wire do, with their indices: of so many as are asked for.
    pub(crate) fn present(&self, most: usize) -> impl Iterator<Item = (usize, &Activity)> {
        let present = self.activities.iter().enumerate();
        present
            .filter_map(|(index, activity)| Some((index, &**activity.as_ref()?)))
            .take(most)
    }

    /// The index of the handle that has the wire without saying so in the word.
    pub(crate) fn sole_holder(&self) -> Option<usize> {
        let mut present = self.present(MAX_HANDLES);
        present
            .find(|(_, activity)| activity.is_sole_holder())
            .map(|(index, _)| index)
    }

    /// How many handles are on the wire.
    pub(crate) fn handles(&self) -> usize {
        self.handles
    }

    /// How many findings were made on the wire, open ones aside.
    pub(crate) fn findings(&self) -> u64 {
        self.findings
    }

    fn meet_holder(&mut self, state: State, recorder: &dyn Recorder) {
        if self.holder.is_some() {
            return;
        }
        // A handle cannot go while its claim is held, so that the activity is there.
        let Some(activity) = self.activities.get(state.index()).cloned().flatten() else {
            return;
        };
        let half = activity.half();
        self.holder = Some(self.enter(Some(activity), half, recorder));
    }

    fn enter(
        &mut self,
        activity: Option<Arc<Activity>>,
        half: Half,
        recorder: &dyn Recorder,
    ) -> Token {
        let token = self.next_token;
        self.next_token = self.next_token.saturating_add(1);
        let audience = recorder.audience_of(self.wire, half.runner());
        self.entries.push(Entry {
            token,
            activity,
            half,
            audience,
            writing: true,
            pairs: 0,
            wrote: false,
            counts: false,
            is_refused: false,
            overlapped: 0,
            owed: Vec::new(),
            owed_calls: 0,
            met: None,
            ends_with: None,
        });
        self.writing.push(token);
        token
    }
}
