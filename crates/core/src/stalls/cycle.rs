//! A cycle of waits: a deadlock.
//!
//! A thread that blocks cannot release a lock whose guard stays with it. So a cycle of such threads never ends. Other
//! cycles may end: a task that waits in one future may release a lock in another one (`join!`, `select!`, a timeout), and a
//! guard that can be sent may be in another thread or task by now. The text then says so.

use super::{Conflict, Locks};
use crate::wire::{Deadlock, Half};
use crate::witness::{Hold, LockKind, Site, thread_name};
use std::sync::Arc;

/// Conflicts. The waiter of each one holds the lock of the one before; that of the first, the lock of the last.
pub(super) struct Cycle(Vec<Arc<Conflict>>);

const UNLESS_SENT: &str = "; it ends only if a guard was sent to another thread or task";
const UNLESS_SENT_OR_POLLED: &str = "; it ends only if a guard was sent to another thread or task, another future of the \
    same task releases its lock, or this wait is dropped";

/// Longer than any cycle of a real program.
const MAX_LENGTH: usize = 64;

impl Locks {
    /// The cycle that a conflict is part of, if there is one.
    pub(super) fn cycle(&self, start: &Conflict) -> Option<Cycle> {
        let waiting: Vec<Arc<Conflict>> = self
            .conflicts()
            .values()
            .filter(|conflict| conflict.has_waiter())
            .cloned()
            .collect();
        let is_start = |conflict: &Arc<Conflict>| std::ptr::eq(&**conflict, start);
        let mut cycle = vec![waiting.iter().find(|conflict| is_start(conflict))?.clone()];
        while cycle.len() < MAX_LENGTH {
            let last = cycle.last()?;
            let hold = last.record.hold()?;
            let kind = last.record.lock().kind;
            if is_of_waiter(&hold, kind, start) {
                return Some(Cycle(cycle));
            }
            let next = waiting
                .iter()
                .find(|conflict| is_of_waiter(&hold, kind, conflict))?
                .clone();
            cycle.push(next);
        }
        None
    }
}

/// Whether the hold belongs to the waiter of the conflict.
fn is_of_waiter(hold: &Hold, kind: LockKind, conflict: &Conflict) -> bool {
    let (holder, waiter) = (hold.by, conflict.waiter);
    if kind.stays_with_thread {
        // The guard stays on the thread. Only if the thread blocks, it cannot release it.
        conflict.waiter_blocks && holder.thread == waiter.thread
    } else {
        holder == waiter || (holder.task.is_some() && holder.task == waiter.task)
    }
}

impl Cycle {
    /// The wait of the first lock's holder.
    pub(super) fn where_holder_waits(&self) -> Option<Half> {
        // The second one's waiter holds the first lock. In a cycle of one, that is the first waiter itself.
        Some(self.0.get(1).or(self.0.first())?.waiter_half())
    }

    /// The cycle in one sentence.
    pub(super) fn describe(&self) -> Deadlock {
        let waits: Vec<String> = (0..self.0.len())
            .map(|index| self.describe_wait(index))
            .collect();
        let is_blocked = self.0.iter().all(|conflict| conflict.waiter_blocks);
        let is_certain = is_blocked
            && self
                .0
                .iter()
                .all(|conflict| conflict.record.lock().kind.stays_with_thread);
        let unless = match (is_certain, is_blocked) {
            (true, _) => "",
            (_, true) => UNLESS_SENT,
            _ => UNLESS_SENT_OR_POLLED,
        };
        Deadlock {
            text: format!("deadlock: {}{unless}", waits.join("; ")).into(),
            is_certain,
        }
    }

    /// Who waits for which lock, and who holds it.
    fn describe_wait(&self, index: usize) -> String {
        let conflict = &self.0[index];
        let half = conflict.waiter_half();
        let lock = conflict.record.lock();
        let taken = conflict.record.hold().map(|hold| hold.taken);
        let holder = match (self.0.len(), index + 1 == self.0.len()) {
            (1, _) => "it",
            (_, true) => "the first one",
            _ => "the next one",
        };
        let holds = match (lock.kind.stays_with_thread, self.0.len()) {
            (true, 1) => "holds itself",
            (true, _) => "holds",
            (false, 1) => "took itself",
            (false, _) => "took",
        };
        format!(
            "{} waits for {} #{}{}{}, which {holder} {holds}{}",
            name_of(&half),
            lock.kind.name(),
            lock.id,
            at_site(Some(lock.created), " made at ", ""),
            at_site(Some(half.site), ", at ", ""),
            at_site(taken, " (taken at ", ")"),
        )
    }
}

/// A side of a finding by its task, or else by its thread.
fn name_of(half: &Half) -> String {
    match (half.task, thread_name(half.thread)) {
        (Some(task), _) => format!("task {task}"),
        (None, Some(name)) => format!("{name:?}"),
        (None, None) => format!("thread {}", half.thread),
    }
}

/// The call site between two pieces of text. Empty if it is not known.
fn at_site(site: Option<Site>, before: &str, after: &str) -> String {
    let site = site.and_then(Site::call_site);
    site.map(|site| format!("{before}{site}{after}"))
        .unwrap_or_default()
}
