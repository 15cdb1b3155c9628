//! A cycle of waits: a deadlock.
//!
//! A thread that blocks cannot release a lock whose guard stays with it. So a cycle of such threads never ends. Other
//! cycles may end: a task that waits in one future may release a lock in another one (`join!`, `select!`, a timeout), and a
//! guard that can be sent may be in another thread or task by now. The text then says so.

use super::describe::{at_site, name_of};
use super::{Conflict, Locks};
use crate::wire::{Deadlock, Half};
use crate::witness::{Access, Hold, HoldId, LockKind};
use std::sync::Arc;

/// Waits, each with the hold that it waits for. That hold is of the waiter of the next one; that of the last, of the first.
pub(super) struct Cycle(Vec<Link>);

#[derive(Clone)]
struct Link {
    conflict: Arc<Conflict>,
    hold: Hold,
}

const UNLESS_SENT: &str = "; it ends only if a guard was sent to another thread or task";
const UNLESS_SENT_OR_POLLED: &str = "; it ends only if a guard was sent to another thread or task, another future of the \
    same task releases its lock, or this wait is dropped";

const UNLESS_WRITER_GIVES_UP: &str = "; it ends only if the writer that waits gives up";

/// Longer than any cycle of a real program.
const MAX_LENGTH: usize = 64;

impl Link {
    /// Whether a reader waits for readers, behind a writer whose wait may have a limit.
    fn may_lose_its_writer(&self) -> bool {
        let is_behind_writer = [self.conflict.access, self.hold.access] == [Access::Shared; 2];
        is_behind_writer && self.conflict.record.lock().kind.has_timed_waits()
    }
}

impl Locks {
    /// The cycle that a conflict is part of, if there is one: the shortest.
    ///
    /// A waiter waits for every holder of its lock. That holds for one that wants to read behind other readers, too: it waits
    /// for a writer before it, which waits for them.
    pub(super) fn cycle(&self, start: &Conflict) -> Option<Cycle> {
        let waiting: Vec<Arc<Conflict>> = self
            .conflicts()
            .values()
            .filter(|conflict| conflict.has_waiter())
            .cloned()
            .collect();
        let first = waiting
            .iter()
            .find(|conflict| std::ptr::eq(&***conflict, start))?;
        let mut seen = vec![first.id];
        let mut ways: Vec<(Vec<Link>, Arc<Conflict>)> = vec![(Vec::new(), first.clone())];
        for _ in 0..MAX_LENGTH {
            let mut longer = Vec::new();
            for (way, last) in ways {
                let kind = last.record.lock().kind;
                for hold in last.record.holds() {
                    let mut way = way.clone();
                    way.push(Link {
                        conflict: last.clone(),
                        hold,
                    });
                    if is_of_waiter(&hold, kind, start) {
                        return Some(Cycle(way));
                    }
                    for next in &waiting {
                        if is_of_waiter(&hold, kind, next) && !seen.contains(&next.id) {
                            seen.push(next.id);
                            longer.push((way.clone(), next.clone()));
                        }
                    }
                }
            }
            ways = longer;
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
    /// The wait of the one with this hold of the first lock, if it is the one in the cycle.
    pub(super) fn where_holder_waits(&self, hold: HoldId) -> Option<Half> {
        if self.0.first()?.hold.id != hold {
            return None;
        }
        // The second one's waiter holds the first lock. In a cycle of one, that is the first waiter itself.
        let link = self.0.get(1).or(self.0.first())?;
        Some(link.conflict.waiter_half())
    }

    /// The one of its conflicts that was opened first. It is the one that reports the whole round.
    pub(super) fn teller(&self) -> Option<u64> {
        self.0.iter().map(|link| link.conflict.id).min()
    }

    /// The cycle in one sentence.
    pub(super) fn describe(&self) -> Deadlock {
        let waits: Vec<String> = (0..self.0.len())
            .map(|index| self.describe_wait(index))
            .collect();
        let is_blocked = self.0.iter().all(|link| link.conflict.waiter_blocks);
        let stays = self
            .0
            .iter()
            .all(|link| link.conflict.record.lock().kind.stays_with_thread);
        let is_certain = is_blocked && stays && !self.0.iter().any(Link::may_lose_its_writer);
        let unless = match (is_certain, is_blocked, stays) {
            (true, ..) => "",
            (_, true, true) => UNLESS_WRITER_GIVES_UP,
            (_, true, false) => UNLESS_SENT,
            _ => UNLESS_SENT_OR_POLLED,
        };
        Deadlock {
            text: format!("deadlock: {}{unless}", waits.join("; ")).into(),
            is_certain,
        }
    }

    /// Who waits for which lock, and who holds it.
    fn describe_wait(&self, index: usize) -> String {
        let Some(Link { conflict, hold }) = self.0.get(index) else {
            return String::new();
        };
        let half = conflict.waiter_half();
        let lock = conflict.record.lock();
        let holder = match (self.0.len(), index.saturating_add(1) == self.0.len()) {
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
            "{} waits {} {} #{}{}{}{}, which {holder} {holds}{}{}",
            name_of(half.runner()),
            match (lock.kind.has_readers(), conflict.access) {
                (false, _) => "for",
                (true, Access::Exclusive) => "to write",
                (true, Access::Shared) => "to read",
            },
            lock.kind.name(),
            lock.id,
            at_site(lock.created, " made at ", ""),
            at_site(half.site, ", at ", ""),
            match (conflict.access, hold.access) {
                (Access::Shared, Access::Shared) => ", behind a writer that waits",
                _ => "",
            },
            if hold.access == Access::Shared {
                " to read"
            } else {
                ""
            },
            at_site(hold.taken, " (taken at ", ")"),
        )
    }
}
