//! The contest: where the writers of a contested wire meet, under one small lock.
//!
//! A *period* begins when a second writer sets the contested bit of the owner word,
//! and ends when the last of its writers has come back. In between, every writer of the wire passes through here, so
//! that a third is not missed. Each overlap of two writers is a pair; a pair is complete when both have come back and
//! both have their stacks, and is a finding if both wrote.
//!
//! Between finding the wire held and taking the lock, a writer can be overtaken: others may leave, the holder too. They
//! did overlap it, for its call had begun. So whoever finds the wire held draws a ticket before anything else. A writer
//! that leaves remembers how many tickets were drawn by then, and stays behind as *missed* for those that have not
//! *landed* here yet; a writer that lands is paired with the missed that saw its ticket. While a ticket is out, the
//! period does not end.

mod entry;
mod tears;

pub(crate) use entry::{Intrusion, Ticket, Token};

use super::finding::{Finding, Half, Outcome, PairKey, Recorder, Side, next_finding};
use super::reading::{Caller, Snapshot};
use super::slot::Slot;
use super::tie::Tie;
use super::unfinished::Unfinished;
use super::word::{MAX_SLOTS, State};
use super::{Account, Socket};
use crate::report::Kind;
use crate::scope::{self, Scope};
use crate::settings::Capture;
use crate::witness::{Stack, Stamp};
use entry::{Entry, Missed, MissedRun, Pair, finding};
use std::sync::Arc;
use std::time::SystemTime;

/// How many writers at once one newcomer is paired with. Beyond it, overlaps are seen but not counted pair by pair.
const MAX_OPPONENTS: usize = 16;

/// How many writers that left while tickets were out are remembered one by one, and how many classes of them.
const MAX_MISSED: usize = 64;

/// How many accounts a wire remembers, so that a storm does not ask the recorder again and again.
const MAX_REMEMBERED_ACCOUNTS: usize = 256;

#[derive(Debug)]
pub(crate) struct Contest {
    slots: Vec<Option<Arc<Slot>>>,
    /// The ledgers of handles that are gone.
    retired: Snapshot,
    /// What handles have left open on the wire.
    pub(super) unfinished: Unfinished,
    entries: Vec<Entry>,
    pairs: Vec<Pair>,
    /// The holder with which the period began, once somebody has met it; `None` between periods.
    holder: Option<Token>,
    /// How many tickets have come in.
    landed: Ticket,
    missed: Vec<Missed>,
    missed_runs: Vec<MissedRun>,
    next_token: Token,
    accounts: Vec<(PairKey, u64, Arc<Account>)>,
    /// To whom the wire belongs.
    pub(super) tie: Tie,
    /// How many handles are on the wire.
    handles: usize,
    /// How many findings were made on it.
    findings: u64,
}

/// How a newcomer came in.
#[derive(Debug)]
pub(crate) struct Joined {
    /// `None` when the newcomer runs inside another claim of its own thread, and so is no second writer.
    pub(crate) token: Option<Token>,
    /// Whether a finding is to be kept in full.
    pub(crate) kept: bool,
    pub(crate) wants_stack: bool,
    /// A writer that was there before, and has written.
    pub(crate) opponent: Option<Half>,
}

/// What is to be told to the recorder when the lock is given back.
#[derive(Debug)]
pub(crate) enum Told {
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

/// What a writer says of itself when it comes back.
#[derive(Debug)]
pub(crate) struct Return {
    /// How many tickets there are by now.
    pub(crate) drawn: Ticket,
    pub(crate) ended: Stamp,
    pub(crate) outcome: Outcome,
    pub(crate) stack: Option<Stack>,
}

impl Contest {
    pub(crate) fn new() -> Self {
        Contest {
            slots: Vec::new(),
            retired: Snapshot::default(),
            unfinished: Unfinished::default(),
            entries: Vec::new(),
            pairs: Vec::new(),
            holder: None,
            landed: 0,
            missed: Vec::new(),
            missed_runs: Vec::new(),
            next_token: 1,
            accounts: Vec::new(),
            tie: Tie::Loose,
            handles: 0,
            findings: 0,
        }
    }

    /// Gives a slot an index on this wire. `None` when a million handles are on it already.
    pub(crate) fn admit(&mut self, slot: Arc<Slot>) -> Option<usize> {
        let index = self
            .slots
            .iter()
            .position(Option::is_none)
            .unwrap_or(self.slots.len());
        if index >= MAX_SLOTS {
            return None;
        }
        if index == self.slots.len() {
            self.slots.push(None);
        }
        self.slots[index] = Some(slot);
        self.handles += 1;
        Some(index)
    }

    /// Takes the index back from a handle that is going: with the stack in which it goes, if that is wanted.
    pub(crate) fn dismiss(&mut self, index: usize, dropped: Option<Stack>) {
        if let Some(slot) = self.slots[index].take() {
            self.handles -= 1;
            slot.ledger().end_call_if_inside();
            let (handle, offered) = (slot.handle(), 0);
            self.retired.add(
                |ledger| Caller {
                    index,
                    handle,
                    ledger,
                    offered,
                },
                slot.ledger().read(),
            );
            self.unfinished.dismiss(&slot, dropped);
        }
    }

    /// A writer comes to the contested wire whose word is `state`.
    pub(crate) fn join(
        &mut self,
        state: State,
        slot: &Arc<Slot>,
        tickets: Tickets,
        recorder: &dyn Recorder,
    ) -> Joined {
        self.meet_holder(state);
        let half = slot.half();
        if self
            .entries
            .iter()
            .any(|entry| entry.writing && entry.half.thread == half.thread && half.thread != 0)
        {
            self.land(tickets.drawn);
            return Joined {
                token: None,
                kept: false,
                wants_stack: false,
                opponent: None,
            };
        }
        let opponents: Vec<Token> = {
            let missed = self
                .missed
                .iter()
                .filter(|missed| missed.drawn > tickets.mine)
                .map(|missed| missed.token);
            let writing = self
                .entries
                .iter()
                .filter(|entry| entry.writing)
                .map(|entry| entry.token);
            writing.chain(missed).take(MAX_OPPONENTS).collect()
        };
        let token = self.enter(slot.clone(), half);
        self.settle_runs(token, tickets.mine, recorder);
        self.land(tickets.drawn);
        let kept = opponents.iter().fold(false, |kept, opponent| {
            self.pair(*opponent, token, recorder) | kept
        });
        let has_stack = self
            .entry(token)
            .is_some_and(|entry| entry.half.stack.is_some());
        let wants_stack = kept && !has_stack && recorder.capture() != Capture::Site;
        let present = opponents
            .iter()
            .filter_map(|opponent| self.entry(*opponent));
        let opponent = present
            .filter(|entry| entry.has_written())
            .map(|entry| entry.half.clone())
            .next();
        Joined {
            token: Some(token),
            kept,
            wants_stack,
            opponent,
        }
    }

    /// A ticket comes in: with a writer that joins, or with one that found the wire free after all.
    pub(crate) fn land(&mut self, drawn: Ticket) {
        self.landed += 1;
        if self.landed == drawn {
            self.missed.clear();
            self.missed_runs.clear();
        }
    }

    /// The pairs a newcomer has opened, now that its stack, if wanted, is there.
    pub(crate) fn opened_by(
        &mut self,
        token: Token,
        stack: Option<Stack>,
        wire: (u64, &Socket),
    ) -> Vec<Told> {
        if let Some(entry) = self.entry_mut(token) {
            entry.half.stack = entry.half.stack.take().or(stack);
        }
        let pairs = self
            .pairs
            .iter()
            .filter(|pair| pair.second == token && pair.kept);
        pairs
            .filter_map(|pair| {
                let (first, second) = (self.entry(pair.first)?, self.entry(pair.second)?);
                Some(Told::Opened(finding(pair, first, second, wire)))
            })
            .collect()
    }

    /// The name of the holder of the claim `state`, who is about to leave.
    pub(crate) fn holder(&mut self, state: State) -> Option<Token> {
        self.meet_holder(state);
        self.holder
    }

    /// Whether a writer that is about to leave should capture its stack first. `drawn` is how many tickets there are.
    pub(crate) fn wants_stack(&self, token: Token, drawn: Ticket, recorder: &dyn Recorder) -> bool {
        let Some(entry) = self.entry(token) else {
            return false;
        };
        // Who is awaited may never come, and a storm would have everybody capture for nothing.
        let may_be_kept = || self.landed < drawn && !self.is_well_known(entry.half.side());
        let is_kept = || self.pairs.iter().any(|pair| pair.kept && pair.has(token));
        entry.half.stack.is_none()
            && recorder.capture() != Capture::Site
            && (is_kept() || may_be_kept())
    }

    /// Whether nobody writes any more and nobody is still to come, so that the word can be freed. Ends the period.
    pub(crate) fn is_quiet(&mut self, drawn: Ticket) -> bool {
        let quiet = self.holder.is_some()
            && self.landed == drawn
            && !self.entries.iter().any(|entry| entry.writing);
        if quiet {
            self.holder = None;
        }
        quiet
    }

    /// A writer gives its claim back. Completes its pairs whose other side has done so, too.
    pub(crate) fn leave(&mut self, token: Token, how: Return, wire: (u64, &Socket)) -> Vec<Told> {
        let Some(entry) = self.entry_mut(token) else {
            return Vec::new();
        };
        entry.wrote = entry.slot.has_written();
        entry.writing = false;
        entry.half.ended = Some((how.ended, how.outcome));
        entry.half.stack = entry.half.stack.take().or(how.stack);
        self.end_with(token);
        if self.landed < how.drawn {
            self.stay_behind(token, how.drawn);
        }
        self.settle_unkept_pairs(token);
        let mut told = Vec::new();
        let mut index = 0;
        while index < self.pairs.len() {
            let pair = &self.pairs[index];
            let complete = pair.has(token)
                && [pair.first, pair.second]
                    .iter()
                    .all(|side| self.entry(*side).is_some_and(|entry| !entry.writing));
            if complete {
                let pair = self.pairs.swap_remove(index);
                told.extend(self.close(&pair, wire));
            } else {
                index += 1;
            }
        }
        self.forget_finished(&mut told);
        told
    }

    /// The opponent of a writer, for the message of a panic: one that wrote, if there is any.
    pub(crate) fn opponent_of(&self, token: Token) -> Option<Half> {
        // Who wrote nothing broke nothing.
        self.entry(token).filter(|entry| entry.has_written())?;
        let others = self.pairs.iter().filter_map(|pair| pair.other_side(token));
        let present = others
            .filter_map(|other| self.entry(other))
            .find(|entry| entry.has_written());
        present
            .map(|entry| entry.half.clone())
            .or_else(|| self.entry(token)?.met.clone())
    }

    /// A pair that is still open, as it is now, if both of its writers have written.
    pub(crate) fn open_finding(&self, pair: u64, wire: (u64, &Socket)) -> Option<Finding> {
        let (pair, first, second) = self.open_pair(pair)?;
        Some(finding(pair, first, second, wire))
    }

    /// Whether a pair is still open, and both of its writers have written.
    pub(crate) fn is_open(&self, pair: u64) -> bool {
        self.open_pair(pair).is_some()
    }

    fn open_pair(&self, pair: u64) -> Option<(&Pair, &Entry, &Entry)> {
        let pair = self.pairs.iter().find(|known| known.id == pair)?;
        let (first, second) = (self.entry(pair.first)?, self.entry(pair.second)?);
        (pair.kept && first.has_written() && second.has_written()).then_some((pair, first, second))
    }

    /// The handles on the wire, as many as are asked for.
    pub(crate) fn present(&self, most: usize) -> impl Iterator<Item = &Arc<Slot>> {
        self.slots.iter().flatten().take(most)
    }

    /// How many handles are on the wire.
    pub(crate) fn handles(&self) -> usize {
        self.handles
    }

    /// How many findings were made on the wire, open ones aside.
    pub(crate) fn findings(&self) -> u64 {
        self.findings
    }

    fn meet_holder(&mut self, state: State) {
        if self.holder.is_some() {
            return;
        }
        // A handle cannot go while its claim is held, so that the slot is there.
        let Some(slot) = self.slots.get(state.slot()).cloned().flatten() else {
            return;
        };
        let half = slot.half();
        self.holder = Some(self.enter(slot, half));
    }

    fn enter(&mut self, slot: Arc<Slot>, half: Half) -> Token {
        let token = self.next_token;
        self.next_token += 1;
        let scope = self.scope_of_writer(half.runner());
        self.entries.push(Entry {
            token,
            slot,
            half,
            scope,
            writing: true,
            wrote: false,
            overlapped: false,
            owed: Vec::new(),
            owed_calls: 0,
            met: None,
            intrusions: Vec::new(),
            ends_with: None,
        });
        token
    }

    /// Pairs two entries. Gives whether the finding is to be kept in full.
    fn pair(&mut self, first: Token, second: Token, recorder: &dyn Recorder) -> bool {
        let (Some(one), Some(other)) = (self.entry(first), self.entry(second)) else {
            return false;
        };
        let key = PairKey::new(Kind::Overlap, one.half.side(), other.half.side());
        // One that has left without its stack is only kept where nothing else is.
        let lacks_stack =
            !one.writing && one.half.stack.is_none() && recorder.capture() != Capture::Site;
        let account = self.account_of(key, [first, second], recorder);
        let kept = (!lacks_stack || account.is_empty()) && account.reserve();
        for token in [first, second] {
            let Some(entry) = self.entry_mut(token) else {
                continue;
            };
            entry.overlapped = true;
            if kept {
                entry.half.name_thread();
            }
        }
        let id = next_finding();
        let seen = if kept {
            SystemTime::now()
        } else {
            SystemTime::UNIX_EPOCH
        };
        self.pairs
            .push(Pair::new(id, [first, second], key, account, kept, seen));
        kept
    }

    /// Whether every account in which a writer like this one appears has all that it keeps.
    fn is_well_known(&self, side: Side) -> bool {
        let mut accounts = self
            .accounts
            .iter()
            .filter(|(key, ..)| key.sides.contains(&side))
            .peekable();
        accounts.peek().is_some() && accounts.all(|(_, _, account)| account.is_full())
    }

    /// Has the recorder asked again.
    pub(super) fn forget_accounts(&mut self) {
        self.accounts.clear();
    }

    /// The account of a finding of these two.
    fn account_of(
        &mut self,
        key: PairKey,
        sides: [Token; 2],
        recorder: &dyn Recorder,
    ) -> Arc<Account> {
        let [one, other] =
            sides.map(|token| self.entry(token).and_then(|entry| entry.scope.as_ref()));
        let scope = self.scope_of(one, other);
        self.account_in(key, scope, recorder)
    }

    fn account_in(
        &mut self,
        key: PairKey,
        scope: Option<Arc<Scope>>,
        recorder: &dyn Recorder,
    ) -> Arc<Account> {
        let id = scope.as_ref().map_or(scope::NONE, |scope| scope.id());
        if let Some((_, _, account)) = self
            .accounts
            .iter()
            .find(|(known, scope, _)| (*known, *scope) == (key, id))
        {
            return account.clone();
        }
        let account = recorder.account(&key, scope.as_ref());
        if self.accounts.len() >= MAX_REMEMBERED_ACCOUNTS {
            self.accounts.clear();
        }
        self.accounts.push((key, id, account.clone()));
        account
    }

    /// A writer that leaves while tickets are out did overlap those who hold them.
    fn stay_behind(&mut self, token: Token, drawn: Ticket) {
        let Some(entry) = self.entry(token) else {
            return;
        };
        let (side, wrote, calls) = (entry.half.side(), entry.wrote, u64::from(!entry.overlapped));
        let scope = entry.scope.clone();
        let scope_id = scope.as_ref().map(|scope| scope.id());
        if !self.is_well_known(side) && self.missed.len() < MAX_MISSED {
            self.missed.push(Missed { token, drawn });
        } else if wrote {
            let is_of = |run: &MissedRun| {
                run.side == side && run.scope.as_ref().map(|scope| scope.id()) == scope_id
            };
            match self.missed_runs.iter().position(is_of) {
                Some(index) => {
                    self.missed_runs[index].findings += 1;
                    self.missed_runs[index].calls += calls;
                }
                None if self.missed_runs.len() < MAX_MISSED => {
                    self.missed_runs.push(MissedRun {
                        side,
                        scope,
                        drawn,
                        findings: 1,
                        calls,
                    });
                }
                None => {}
            }
        }
    }

    /// A writer with the ticket `mine` overlapped everybody who left after it was drawn.
    fn settle_runs(&mut self, token: Token, mine: Ticket, recorder: &dyn Recorder) {
        for index in 0..self.missed_runs.len() {
            let (run, entry) = (&self.missed_runs[index], self.entry(token));
            let Some(entry) = entry.filter(|_| run.drawn > mine) else {
                continue;
            };
            let (findings, calls) = (run.findings, run.calls);
            let key = PairKey::new(Kind::Overlap, run.side, entry.half.side());
            let scope = self.scope_of(run.scope.as_ref(), entry.scope.as_ref());
            let account = self.account_in(key, scope, recorder);
            // What no report tells of is not counted; the next of its kind is kept.
            if account.is_untold() {
                continue;
            }
            // They have overlapped somebody now.
            self.missed_runs[index].calls = 0;
            if let Some(entry) = self.entry_mut(token) {
                entry.overlapped = true;
                entry.owed.push((account, findings));
                entry.owed_calls += calls;
            }
        }
    }

    /// Pairs that are only counted do not wait for the other side: it may stay for hours, and see millions go.
    fn settle_unkept_pairs(&mut self, token: Token) {
        let Some(entry) = self.entry(token) else {
            return;
        };
        let (wrote, half) = (entry.wrote, entry.half.clone());
        let mut index = 0;
        while index < self.pairs.len() {
            let pair = &self.pairs[index];
            let Some(other) = pair.other_side(token).filter(|_| pair.is_only_counted()) else {
                index += 1;
                continue;
            };
            let pair = self.pairs.swap_remove(index);
            let Some(other) = self.entry_mut(other).filter(|_| wrote) else {
                continue;
            };
            other.met.get_or_insert_with(|| half.clone());
            if other.has_written() {
                pair.account.add(1);
                self.findings += 1;
            } else {
                match other
                    .owed
                    .iter_mut()
                    .find(|(account, _)| Arc::ptr_eq(account, &pair.account))
                {
                    Some((_, count)) => *count += 1,
                    None => other.owed.push((pair.account, 1)),
                }
            }
        }
        let Some(entry) = self.entry_mut(token) else {
            return;
        };
        let owed = std::mem::take(&mut entry.owed);
        for (account, count) in owed.into_iter().filter(|_| wrote) {
            account.add(count);
            self.findings += count;
        }
    }

    fn close(&mut self, pair: &Pair, wire: (u64, &Socket)) -> Option<Told> {
        let (first, second) = (self.entry(pair.first)?, self.entry(pair.second)?);
        if first.wrote && second.wrote {
            return self.tell_closed(pair, finding(pair, first, second, wire));
        }
        if pair.kept {
            pair.account.give_back();
        }
        pair.was_opened.then_some(Told::Dismissed(pair.id))
    }

    /// Drops the entries that no pair and no challenger needs any more.
    fn forget_finished(&mut self, told: &mut Vec<Told>) {
        let (pairs, missed) = (&self.pairs, &self.missed);
        let mut overlapped = 0;
        self.entries.retain(|entry| {
            let needed = entry.writing
                || missed.iter().any(|missed| missed.token == entry.token)
                || pairs.iter().any(|pair| pair.has(entry.token));
            if !needed && entry.overlapped && entry.wrote {
                overlapped += 1 + entry.owed_calls;
            }
            needed
        });
        if overlapped > 0 {
            told.push(Told::Overlapped(overlapped));
        }
    }

    fn entry(&self, token: Token) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.token == token)
    }

    fn entry_mut(&mut self, token: Token) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.token == token)
    }
}
