//! Who waits for whom, all round: a deadlock.
//!
//! A thread that blocks can let go of nothing that stays with it, so that a round of blocked threads is one for ever. A
//! task that waits in a future may have others (`join!`, `select!`, a timeout), one of which lets go; and a guard that can
//! be sent may be with somebody else by now. Then it is said that it may.

use super::{Locks, Meeting};
use crate::wire::{Deadlock, Half};
use crate::witness::{Hold, LockKind, thread_name};
use std::fmt::Write;
use std::sync::Arc;

/// Meetings of which each one's comer holds what the one before waits for.
pub(super) struct Round(Vec<Arc<Meeting>>);

/// Longer rounds than any program has.
const MAX_ROUND: usize = 64;

impl Locks {
    /// The round of waits that a meeting is in, if it is in one.
    pub(super) fn round(&self, start: &Meeting) -> Option<Round> {
        let waiting: Vec<Arc<Meeting>> = self
            .meetings()
            .values()
            .filter(|meeting| meeting.is_waited_in())
            .cloned()
            .collect();
        let is_start = |meeting: &Arc<Meeting>| std::ptr::eq(&**meeting, start);
        let mut round = vec![waiting.iter().find(|meeting| is_start(meeting))?.clone()];
        while round.len() < MAX_ROUND {
            let last = round.last()?;
            let hold = last.record.hold()?;
            let kind = last.record.lock().kind;
            if is_comer_of(&hold, kind, start) {
                return Some(Round(round));
            }
            let next = waiting
                .iter()
                .find(|meeting| is_comer_of(&hold, kind, meeting))?
                .clone();
            round.push(next);
        }
        None
    }
}

/// Whether whoever has that hold is the one that waits in a meeting.
fn is_comer_of(hold: &Hold, kind: LockKind, meeting: &Meeting) -> bool {
    let (holder, comer) = (hold.by, meeting.comer);
    match (kind, meeting.comer_blocks) {
        // Its guard stays on the thread, and the thread stands still.
        (LockKind::Mutex, true) => holder.thread == comer.thread,
        (LockKind::Mutex, false) => false,
        _ => holder == comer || (holder.task.is_some() && holder.task == comer.task),
    }
}

/// Whether whoever took the lock is who lets it go.
fn stays_with_thread(kind: LockKind) -> bool {
    kind == LockKind::Mutex
}

impl Round {
    /// The wait in which the holder of the first lock stands.
    pub(super) fn where_holder_waits(&self) -> Option<Half> {
        // The last one holds what the first waits for; in a round of one, they are the same.
        Some(self.0.get(1).or(self.0.first())?.comer_half())
    }

    /// In one sentence.
    pub(super) fn tell(&self) -> Deadlock {
        let mut text = String::from("deadlock: ");
        for (index, meeting) in self.0.iter().enumerate() {
            let half = meeting.comer_half();
            let name = thread_name(half.thread).map(|name| format!("{name:?}"));
            let thread = name.unwrap_or_else(|| format!("thread {}", half.thread));
            let who = half.task.map_or(thread, |task| format!("task {task}"));
            let lock = meeting.record.lock();
            let created = lock
                .created
                .call_site()
                .map(|site| format!(" made at {site}"))
                .unwrap_or_default();
            let at = half
                .site
                .call_site()
                .map(|site| format!(", at {site}"))
                .unwrap_or_default();
            let taken = meeting
                .record
                .hold()
                .and_then(|hold| hold.taken.call_site());
            let taken = taken
                .map(|site| format!(" (taken at {site})"))
                .unwrap_or_default();
            let holder = match (self.0.len(), index + 1 == self.0.len()) {
                (1, _) => "it",
                (_, true) => "the first one",
                _ => "the next one",
            };
            let has = match (stays_with_thread(lock.kind), self.0.len()) {
                (true, 1) => "holds itself",
                (true, _) => "holds",
                (false, 1) => "took itself",
                (false, _) => "took",
            };
            let separator = if index > 0 { "; " } else { "" };
            let name = lock.kind.name();
            let _ = write!(
                text,
                "{separator}{who} waits for {name} #{}{created}{at}, which {holder} {has}{taken}",
                lock.id
            );
        }
        let is_blocked = self.0.iter().all(|meeting| meeting.comer_blocks);
        let is_certain = is_blocked
            && self
                .0
                .iter()
                .all(|meeting| stays_with_thread(meeting.record.lock().kind));
        match (is_certain, is_blocked) {
            (true, _) => {}
            (_, true) => text.push_str("; only somebody to whom a guard was sent could end it"),
            _ => text.push_str(
                "; only another future of the same task, somebody to whom a guard was sent, or dropping this one, could end it",
            ),
        }
        Deadlock {
            told: text.into(),
            is_certain,
        }
    }
}
