//! The contest: where the writers of a contested wire meet, under one small lock.
//!
//! A *period* begins when a second writer sets the contested bit of the owner word (that writer is the *challenger*),
//! and ends when the last of its writers has come back. In between, every writer of the wire passes through here, so
//! that a third is not missed. Each overlap of two writers is a pair; a pair is complete when both have come back and
//! both have their stacks, and is a finding if both wrote.
//!
//! Between setting the bit and taking the lock, the challenger can be overtaken: the holder may leave, others may come
//! and go. Whoever leaves in that gap did overlap the challenger, whose call had begun. They stay behind as *missed*,
//! and the challenger pairs with them when it comes. The period cannot end before it has.

use super::finding::{Finding, Half, Outcome, PairKey, Recorder};
use super::slot::Slot;
use super::word::{MAX_SLOTS, State};
use super::{Account, Socket};
use crate::report::Kind;
use crate::settings::Capture;
use crate::witness::{Stack, Stamp};
use std::sync::Arc;
use std::time::SystemTime;

/// A writer's name in its contest.
pub(crate) type Token = u64;

/// How many writers at once one newcomer is paired with. Beyond it, overlaps are seen but not counted pair by pair.
const MAX_OPPONENTS: usize = 64;

/// How many accounts a wire remembers, so that a storm does not ask the recorder again and again.
const MAX_REMEMBERED_ACCOUNTS: usize = 256;

#[derive(Debug)]
pub(crate) struct Contest {
    slots: Vec<Option<Arc<Slot>>>,
    entries: Vec<Entry>,
    pairs: Vec<Pair>,
    period: Period,
    next_token: Token,
    accounts: Vec<(PairKey, Arc<Account>)>,
}

/// What has happened since the contested bit was set.
#[derive(Debug, Default)]
struct Period {
    holder: Option<Token>,
    challenger_came: bool,
    missed: Vec<Token>,
}

/// A writer that is, or was a moment ago, on a contested wire.
#[derive(Debug)]
struct Entry {
    token: Token,
    slot: Arc<Slot>,
    half: Half,
    writing: bool,
    /// It has come back, and its stack, if wanted, is there.
    done: bool,
    wrote: bool,
    overlapped: bool,
}

/// Two entries that overlap, the earlier one first.
#[derive(Debug)]
struct Pair {
    id: u64,
    first: Token,
    second: Token,
    key: PairKey,
    account: Arc<Account>,
    /// To be kept in full, so that both stacks are needed.
    kept: bool,
    /// The instant of the overlap, of those that are kept.
    seen: SystemTime,
}

impl Entry {
    fn has_written(&self) -> bool {
        // The slot serves the handle's next claim as soon as this one is given back.
        if self.writing { self.slot.has_written() } else { self.wrote }
    }
}

impl Pair {
    fn has(&self, token: Token) -> bool {
        self.first == token || self.second == token
    }

    fn other_side(&self, token: Token) -> Option<Token> {
        self.has(token).then_some(if self.first == token { self.second } else { self.first })
    }
}

/// How a newcomer came in.
#[derive(Debug)]
pub(crate) struct Joined {
    /// `None` when the newcomer runs inside another claim of its own thread, and so is no second writer.
    pub(crate) token: Option<Token>,
    /// Whether a finding is to be kept in full.
    pub(crate) kept: bool,
    pub(crate) wants_stack: bool,
    /// The operation and call site of a writer that was there before.
    pub(crate) opponent: Option<Half>,
}

/// What is to be told to the recorder when the lock is given back.
#[derive(Debug)]
pub(crate) enum Told {
    Opened(Finding),
    Closed(Finding),
    Dismissed(u64),
    Overlapped,
}

/// What a writer says of itself when it comes back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Return {
    pub(crate) ended: Stamp,
    pub(crate) outcome: Outcome,
}

impl Contest {
    pub(crate) fn new() -> Self {
        Contest {
            slots: Vec::new(),
            entries: Vec::new(),
            pairs: Vec::new(),
            period: Period::default(),
            next_token: 1,
            accounts: Vec::new(),
        }
    }

    /// Gives a slot an index on this wire. `None` when a million handles are on it already.
    pub(crate) fn admit(&mut self, slot: Arc<Slot>) -> Option<usize> {
        let index = self.slots.iter().position(Option::is_none).unwrap_or(self.slots.len());
        if index >= MAX_SLOTS {
            return None;
        }
        if index == self.slots.len() {
            self.slots.push(None);
        }
        self.slots[index] = Some(slot);
        Some(index)
    }

    /// Takes the index back from a handle that is going.
    pub(crate) fn dismiss(&mut self, index: usize) {
        self.slots[index] = None;
    }

    /// A writer comes to the contested wire whose word is `state`; `is_challenger` if it set the bit itself.
    pub(crate) fn join(
        &mut self,
        state: State,
        slot: &Arc<Slot>,
        is_challenger: bool,
        recorder: &dyn Recorder,
    ) -> Joined {
        self.meet_holder(state);
        let half = slot.half();
        let missed = if is_challenger {
            self.period.challenger_came = true;
            std::mem::take(&mut self.period.missed)
        } else {
            Vec::new()
        };
        if self.entries.iter().any(|entry| entry.writing && entry.half.thread == half.thread && half.thread != 0) {
            return Joined { token: None, kept: false, wants_stack: false, opponent: None };
        }
        let opponents: Vec<Token> = self
            .entries
            .iter()
            .filter(|entry| entry.writing || missed.contains(&entry.token))
            .map(|entry| entry.token)
            .take(MAX_OPPONENTS)
            .collect();
        let token = self.enter(slot.clone(), half);
        let kept = opponents.iter().fold(false, |kept, opponent| self.pair(*opponent, token, recorder) | kept);
        let has_stack = self.entry(token).is_some_and(|entry| entry.half.stack.is_some());
        let wants_stack = kept && !has_stack && recorder.capture() != Capture::Site;
        let opponent = opponents.first().and_then(|opponent| self.entry(*opponent)).map(|entry| entry.half.clone());
        Joined { token: Some(token), kept, wants_stack, opponent }
    }

    /// The pairs a newcomer has opened, now that its stack, if wanted, is there.
    pub(crate) fn opened_by(&mut self, token: Token, stack: Option<Stack>, wire: (u64, &Socket)) -> Vec<Told> {
        if let Some(entry) = self.entry_mut(token) {
            entry.half.stack = entry.half.stack.take().or(stack);
        }
        let pairs = self.pairs.iter().filter(|pair| pair.second == token && pair.kept);
        pairs
            .filter_map(|pair| {
                let (first, second) = (self.entry(pair.first)?, self.entry(pair.second)?);
                Some(Told::Opened(finding(pair, first, second, wire)))
            })
            .collect()
    }

    /// The holder of the claim `state` comes back. Gives its token and whether its stack is wanted.
    pub(crate) fn holder_leaves(
        &mut self,
        state: State,
        how: Return,
        recorder: &dyn Recorder,
    ) -> Option<(Token, bool)> {
        self.meet_holder(state);
        let token = self.period.holder?;
        Some((token, self.leave(token, how, recorder)))
    }

    /// A writer comes back. Gives whether its stack is wanted.
    pub(crate) fn leave(&mut self, token: Token, how: Return, recorder: &dyn Recorder) -> bool {
        let awaits_challenger = !self.period.challenger_came;
        if awaits_challenger && self.period.missed.len() < MAX_OPPONENTS {
            self.period.missed.push(token);
        }
        let in_kept_pair = self.pairs.iter().any(|pair| pair.kept && pair.has(token));
        let Some(entry) = self.entry_mut(token) else { return false };
        entry.writing = false;
        entry.wrote = entry.slot.has_written();
        entry.half.ended = Some((how.ended, how.outcome));
        entry.half.stack.is_none() && recorder.capture() != Capture::Site && (in_kept_pair || awaits_challenger)
    }

    /// Whether nobody writes any more and nobody is still to come, so that the word can be freed. Ends the period.
    pub(crate) fn is_quiet(&mut self) -> bool {
        let quiet = self.period.challenger_came && !self.entries.iter().any(|entry| entry.writing);
        if quiet {
            self.period = Period::default();
        }
        quiet
    }

    /// A writer that has left has all it will ever have. Completes its pairs whose other side has, too.
    pub(crate) fn finish(&mut self, token: Token, stack: Option<Stack>, wire: (u64, &Socket)) -> Vec<Told> {
        let Some(entry) = self.entry_mut(token) else { return Vec::new() };
        entry.half.stack = entry.half.stack.take().or(stack);
        entry.done = true;
        let mut told = Vec::new();
        let mut index = 0;
        while index < self.pairs.len() {
            let pair = &self.pairs[index];
            let complete = pair.has(token)
                && [pair.first, pair.second].iter().all(|side| self.entry(*side).is_some_and(|entry| entry.done));
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
        let others = self.pairs.iter().filter_map(|pair| pair.other_side(token));
        others.filter_map(|other| self.entry(other)).find(|entry| entry.has_written()).map(|entry| entry.half.clone())
    }

    /// A pair that is still open, as it is now, if both of its writers have written.
    pub(crate) fn open_finding(&self, pair: u64, wire: (u64, &Socket)) -> Option<Finding> {
        let pair = self.pairs.iter().find(|known| known.id == pair)?;
        let (first, second) = (self.entry(pair.first)?, self.entry(pair.second)?);
        (first.has_written() && second.has_written()).then(|| finding(pair, first, second, wire))
    }

    fn meet_holder(&mut self, state: State) {
        if self.period.holder.is_some() {
            return;
        }
        // A handle cannot go while its claim is held, so that the slot is there.
        let Some(slot) = self.slots.get(state.slot()).cloned().flatten() else { return };
        let half = slot.half();
        self.period.holder = Some(self.enter(slot, half));
    }

    fn enter(&mut self, slot: Arc<Slot>, half: Half) -> Token {
        let token = self.next_token;
        self.next_token += 1;
        self.entries.push(Entry { token, slot, half, writing: true, done: false, wrote: false, overlapped: false });
        token
    }

    /// Pairs two entries. Gives whether the finding is to be kept in full.
    fn pair(&mut self, first: Token, second: Token, recorder: &dyn Recorder) -> bool {
        let (Some(one), Some(other)) = (self.entry(first), self.entry(second)) else { return false };
        let key = PairKey::new(Kind::Overlap, one.half.side(), other.half.side());
        let account = self.account(key, recorder);
        let kept = account.reserve();
        for token in [first, second] {
            let Some(entry) = self.entry_mut(token) else { continue };
            entry.overlapped = true;
            if kept {
                entry.half.name_thread();
            }
        }
        let id = next_pair_id();
        let seen = if kept { SystemTime::now() } else { SystemTime::UNIX_EPOCH };
        self.pairs.push(Pair { id, first, second, key, account, kept, seen });
        kept
    }

    fn account(&mut self, key: PairKey, recorder: &dyn Recorder) -> Arc<Account> {
        if let Some((_, account)) = self.accounts.iter().find(|(known, _)| *known == key) {
            return account.clone();
        }
        let account = recorder.account(&key);
        if self.accounts.len() >= MAX_REMEMBERED_ACCOUNTS {
            self.accounts.clear();
        }
        self.accounts.push((key, account.clone()));
        account
    }

    fn close(&self, pair: &Pair, wire: (u64, &Socket)) -> Option<Told> {
        let (first, second) = (self.entry(pair.first)?, self.entry(pair.second)?);
        match (first.wrote && second.wrote, pair.kept) {
            (true, true) => {
                pair.account.count_one();
                Some(Told::Closed(finding(pair, first, second, wire)))
            }
            (true, false) => {
                pair.account.count_one();
                None
            }
            (false, true) => {
                pair.account.give_back();
                Some(Told::Dismissed(pair.id))
            }
            (false, false) => None,
        }
    }

    /// Drops the entries that no pair and no challenger needs any more.
    fn forget_finished(&mut self, told: &mut Vec<Told>) {
        let (pairs, period) = (&self.pairs, &self.period);
        self.entries.retain(|entry| {
            let needed =
                !entry.done || period.missed.contains(&entry.token) || pairs.iter().any(|pair| pair.has(entry.token));
            if !needed && entry.overlapped && entry.wrote {
                told.push(Told::Overlapped);
            }
            needed
        });
    }

    fn entry(&self, token: Token) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.token == token)
    }

    fn entry_mut(&mut self, token: Token) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.token == token)
    }
}

fn finding(pair: &Pair, first: &Entry, second: &Entry, (wire, socket): (u64, &Socket)) -> Finding {
    Finding {
        id: pair.id,
        key: pair.key,
        account: pair.account.clone(),
        wire,
        socket: socket.clone(),
        seen: pair.seen,
        first: first.half.clone(),
        second: second.half.clone(),
    }
}

fn next_pair_id() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
