//! Scopes: for whom a finding is.
//!
//! A scope begins with a [`watch`](crate::watch) and ends with it. A caller is in the innermost scope that its task began
//! or entered, or else in the innermost one of its thread. Scopes that begin in one another are a tree. At its root is a
//! *base* for each thread or task, which never ends. What an ended scope leaves behind belongs to the nearest scope above
//! it that has not ended.

mod wire_scopes;

pub(crate) use wire_scopes::{WireScopes, at_lock, scope_of as of_audience};

use crate::forks::{self, PerProcess};
use crate::witness::{Runner, Task, ThreadId};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::SystemTime;

/// The number of no scope. Findings that belong to none are for all.
pub(crate) const NONE: u64 = 0;

static NEXT: AtomicU64 = AtomicU64::new(1);
static LIVE: AtomicUsize = AtomicUsize::new(0);
static BEGUN: AtomicU64 = AtomicU64::new(0);
static TABLE: PerProcess<Mutex<Table>> = PerProcess::new(|before| {
    let before = before.and_then(forks::inherited);
    Mutex::new(before.map_or_else(Table::default, |table| table.clone()))
});

/// Which threads and tasks are in which scopes. No other lock is taken while its lock is held.
#[derive(Clone, Default)]
struct Table {
    /// In the order in which they began or entered their scopes.
    presences: Vec<Presence>,
    live: Vec<Arc<Scope>>,
    bases: Vec<(Key, Weak<Scope>)>,
}

/// A thread or task in a scope.
#[derive(Clone)]
struct Presence {
    number: u64,
    key: Key,
    scope: Arc<Scope>,
}

/// What may be in a scope. A runtime moves tasks from thread to thread, so that a task does not belong to its thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Thread(ThreadId),
    Task(Task),
}

/// One scope, or a base.
#[derive(Debug)]
pub(crate) struct Scope {
    id: u64,
    /// `None` for a base. When the scope above this one ends, the next one above takes its place.
    parent: Mutex<Option<Arc<Scope>>>,
    /// The scopes whose findings this one sees: [`NONE`], itself, and all above it when it began.
    sees: Vec<u64>,
    began: SystemTime,
    has_ended: AtomicBool,
    /// In which process of a line of forks it began.
    generation: u64,
}

/// Whether there is any scope. Where there is none, none of the questions below takes the lock.
pub(crate) fn is_any_live() -> bool {
    LIVE.load(Relaxed) > 0
}

/// How many scopes have begun so far. Zero while none is live.
pub(crate) fn begun() -> u64 {
    if is_any_live() {
        BEGUN.load(Relaxed)
    } else {
        0
    }
}

/// The numbers of the live scopes that see findings of the scope `id` and began before that moment.
pub(crate) fn viewers(id: u64, moment: SystemTime) -> Vec<u64> {
    if !is_any_live() {
        return Vec::new();
    }
    let table = table();
    let viewers = table
        .live
        .iter()
        .filter(|scope| scope.sees(id) && scope.began <= moment);
    viewers.map(|scope| scope.id).collect()
}

/// The scope in which the caller is.
pub(crate) fn here() -> Option<Arc<Scope>> {
    of(Runner::this())
}

/// The scope in which a thread or task is.
pub(crate) fn of(runner: Runner) -> Option<Arc<Scope>> {
    if is_any_live() {
        table().of(runner)
    } else {
        None
    }
}

/// The numbers of the scopes whose findings a live scope sees.
pub(crate) fn all_seen() -> HashSet<u64> {
    table()
        .live
        .iter()
        .flat_map(|scope| &scope.sees)
        .copied()
        .collect()
}

fn table() -> MutexGuard<'static, Table> {
    TABLE.get().lock().unwrap_or_else(PoisonError::into_inner)
}

impl Table {
    fn of(&self, runner: Runner) -> Option<Arc<Scope>> {
        let innermost = |key: Key| {
            let present = self
                .presences
                .iter()
                .rev()
                .filter(|presence| presence.key == key);
            present
                .filter_map(|presence| {
                    Some(presence.scope.nearest_live()).filter(|scope| !scope.is_base())
                })
                .next()
        };
        runner
            .task
            .and_then(|task| innermost(Key::Task(task)))
            .or_else(|| innermost(Key::Thread(runner.thread)))
    }

    fn base(&mut self, key: Key) -> Arc<Scope> {
        self.bases.retain(|(_, base)| base.strong_count() > 0);
        let known = self
            .bases
            .iter()
            .find(|(known, _)| *known == key)
            .and_then(|(_, base)| base.upgrade());
        known.unwrap_or_else(|| {
            let base = Arc::new(Scope::below(None));
            self.bases.push((key, Arc::downgrade(&base)));
            base
        })
    }

    fn put(&mut self, key: Key, scope: Arc<Scope>) -> u64 {
        let number = NEXT.fetch_add(1, Relaxed);
        self.presences.push(Presence { number, key, scope });
        number
    }
}

impl Key {
    fn of(runner: Runner) -> Key {
        runner.task.map_or(Key::Thread(runner.thread), Key::Task)
    }
}

impl Scope {
    fn below(parent: Option<Arc<Scope>>) -> Scope {
        let id = NEXT.fetch_add(1, Relaxed);
        let mut sees = vec![NONE, id];
        let mut above = parent.clone();
        while let Some(scope) = above {
            sees.push(scope.id);
            above = scope.parent();
        }
        Scope {
            id,
            parent: Mutex::new(parent),
            sees,
            began: SystemTime::now(),
            has_ended: AtomicBool::new(false),
            generation: forks::generation(),
        }
    }

    /// Begins a scope where the caller is.
    pub(crate) fn begin() -> Arc<Scope> {
        let runner = Runner::this();
        let key = Key::of(runner);
        let mut table = table();
        let parent = table.of(runner).unwrap_or_else(|| table.base(key));
        let scope = Arc::new(Scope::below(Some(parent)));
        table.put(key, scope.clone());
        table.live.push(scope.clone());
        LIVE.fetch_add(1, Relaxed);
        BEGUN.fetch_add(1, Relaxed);
        scope
    }

    /// Ends it. Threads and tasks that have entered it are in the nearest scope above it from then on.
    pub(crate) fn end(self: &Arc<Self>) {
        let mut table = table();
        if self.has_ended.swap(true, Relaxed) {
            return;
        }
        LIVE.fetch_sub(1, Relaxed);
        table.live.retain(|scope| !Arc::ptr_eq(scope, self));
        // Only the presence of the one that began it. Those that entered it leave by themselves.
        if let Some(index) = table
            .presences
            .iter()
            .position(|presence| Arc::ptr_eq(&presence.scope, self))
        {
            table.presences.remove(index);
        }
        let above = self.parent();
        for scope in &table.live {
            let Some(mut parent) = scope.parent_locked() else {
                continue;
            };
            if parent
                .as_ref()
                .is_some_and(|parent| Arc::ptr_eq(parent, self))
            {
                parent.clone_from(&above);
            }
        }
    }

    /// Puts the caller into the scope. [`leave`] takes it out, by the number that this gives.
    pub(crate) fn enter(self: &Arc<Self>) -> u64 {
        table().put(Key::of(Runner::this()), self.clone())
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Whether it sees the findings of the scope with that number.
    pub(crate) fn sees(&self, id: u64) -> bool {
        self.sees.contains(&id)
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Relaxed)
    }

    /// The scope to which the findings of this one belong: itself while it is live, or the nearest live one above it.
    pub(crate) fn nearest_live(self: &Arc<Self>) -> Arc<Scope> {
        let mut scope = self.clone();
        while scope.has_ended() {
            let Some(above) = scope.parent() else { break };
            scope = above;
        }
        scope
    }

    /// The nearest scope whose findings both see. `None` if there is none.
    pub(crate) fn common(self: &Arc<Self>, other: &Arc<Self>) -> Option<Arc<Scope>> {
        let mut scope = Some(self.nearest_live());
        while let Some(above) = scope {
            if other.sees(above.id) {
                return Some(above);
            }
            scope = above.parent();
        }
        None
    }

    /// The outermost live scope above it, or itself. `None` if none is live.
    pub(crate) fn outermost(self: &Arc<Self>) -> Option<Arc<Scope>> {
        let all = std::iter::successors(Some(self.clone()), |scope| scope.parent());
        all.filter(|scope| !scope.has_ended() && !scope.is_base())
            .last()
    }

    /// Whether it is a base, which no `watch` began, and which never ends.
    pub(crate) fn is_base(&self) -> bool {
        self.parent().is_none()
    }

    fn parent(&self) -> Option<Arc<Scope>> {
        self.parent_locked()?.clone()
    }

    /// `None` in a forked child, if another thread of its parent was looking at the scope at the fork.
    fn parent_locked(&self) -> Option<MutexGuard<'_, Option<Arc<Scope>>>> {
        if self.generation == forks::generation() {
            Some(self.parent.lock().unwrap_or_else(PoisonError::into_inner))
        } else {
            forks::inherited_in_use(&self.parent)
        }
    }
}

/// Takes a thread or task out of the scope that it entered with this number.
pub(crate) fn leave(number: u64) {
    let mut table = table();
    let index = table
        .presences
        .iter()
        .rposition(|presence| presence.number == number);
    let left = index.map(|index| table.presences.remove(index));
    drop(table);
    drop(left);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_here() -> Option<u64> {
        here().map(|scope| scope.id())
    }

    #[test]
    fn a_thread_is_in_its_innermost_live_scope() {
        assert_eq!(id_here(), None);
        let outer = Scope::begin();
        let inner = Scope::begin();
        assert_eq!(id_here(), Some(inner.id()));
        assert!(inner.sees(outer.id()) && !outer.sees(inner.id()) && inner.sees(NONE));
        inner.end();
        assert_eq!(
            (id_here(), inner.nearest_live().id()),
            (Some(outer.id()), outer.id())
        );
        outer.end();
        assert_eq!(id_here(), None);
        assert!(outer.nearest_live().is_base());
    }

    #[test]
    fn another_thread_is_in_the_scope_that_it_has_entered_until_it_leaves() {
        let scope = Scope::begin();
        std::thread::scope(|threads| {
            threads.spawn(|| {
                assert_eq!(id_here(), None);
                let entered = scope.enter();
                assert_eq!(id_here(), Some(scope.id()));
                leave(entered);
                assert_eq!(id_here(), None);
            });
        });
        scope.end();
    }

    #[test]
    fn a_later_scope_of_the_same_thread_sees_what_an_ended_one_left_and_one_of_another_thread_does_not()
     {
        let ended = Scope::begin();
        ended.end();
        let successor = ended.nearest_live();
        let later = Scope::begin();
        assert!(later.sees(successor.id()) && !later.sees(ended.id()));
        let elsewhere = std::thread::spawn(Scope::begin).join().unwrap();
        assert!(!elsewhere.sees(successor.id()));
        elsewhere.end();
        later.end();
    }

    #[test]
    fn ended_scopes_do_not_pile_up_above_a_live_one() {
        let mut last = Scope::begin();
        for _ in 0..1000 {
            let next = Scope::begin();
            std::mem::replace(&mut last, next).end();
        }
        let depth = std::iter::successors(Some(last.clone()), |scope| scope.parent()).count();
        last.end();
        assert_eq!((depth, last.sees.len()), (2, 4));
    }

    #[test]
    fn two_scopes_have_in_common_the_nearest_scope_that_both_see() {
        let outer = Scope::begin();
        let inner = Scope::begin();
        let [one, other] = [&inner, &outer];
        assert_eq!(one.common(other).unwrap().id(), outer.id());
        let elsewhere = std::thread::spawn(Scope::begin).join().unwrap();
        assert!(inner.common(&elsewhere).is_none());
        for scope in [elsewhere, inner, outer] {
            scope.end();
        }
    }
}
