//! Threads: a number that is cheap to read on a writer's path, and a name for each number.

use crate::forks::{self, PerProcess};
use std::cell::Cell;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A thread's number. No other thread of this process ever has it. Zero is a thread that is already ending.
pub(crate) type ThreadId = u64;

static NEXT: AtomicU64 = AtomicU64::new(1);
static NAMES: PerProcess<Mutex<Names>> = PerProcess::new(|before| {
    let before = before.and_then(forks::inherited);
    Mutex::new(before.map_or_else(Names::default, |names| names.clone()))
});

/// How many threads that have ended are known by name.
const MAX_GONE: usize = 256;

/// The names of threads.
#[derive(Clone, Default)]
struct Names {
    live: Option<HashMap<ThreadId, Arc<str>>>,
    /// Of threads that have ended, the latest one last. A finding may name a writer that has ended since.
    gone: VecDeque<(ThreadId, Arc<str>)>,
}

thread_local! {
    static ID: Cell<ThreadId> = const { Cell::new(0) };
    // Not with the number: a thread-local with a destructor costs more to read.
    static REGISTRATION: Registration = Registration::new();
}

/// The calling thread's number.
#[inline(always)]
pub(crate) fn current_thread() -> ThreadId {
    match ID.with(Cell::get) {
        0 => register(),
        id => id,
    }
}

/// The name of a thread, if it has a name. It is known while the thread lives, and a while after.
pub(crate) fn thread_name(id: ThreadId) -> Option<Arc<str>> {
    let names = names();
    let live = names.live.as_ref().and_then(|live| live.get(&id));
    let gone = || names.gone.iter().rev().find(|(gone, _)| *gone == id);
    live.or_else(|| gone().map(|(_, name)| name)).cloned()
}

#[cold]
#[inline(never)]
fn register() -> ThreadId {
    REGISTRATION
        .try_with(|registration| registration.id)
        .unwrap_or(0)
}

fn names() -> MutexGuard<'static, Names> {
    NAMES.get().lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps the thread's name known for as long as the thread lives.
struct Registration {
    id: ThreadId,
}

impl Registration {
    fn new() -> Self {
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        if let Some(name) = std::thread::current().name() {
            let mut names = names();
            names.live.get_or_insert_default().insert(id, name.into());
        }
        ID.with(|current| current.set(id));
        Registration { id }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut names = names();
        let Some(name) = names.live.as_mut().and_then(|live| live.remove(&self.id)) else {
            return;
        };
        if names.gone.len() == MAX_GONE {
            names.gone.pop_front();
        }
        names.gone.push_back((self.id, name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_while_its_thread_lives_and_a_while_after() {
        let (told, id) = std::sync::mpsc::channel();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::Builder::new()
            .name("reader".into())
            .spawn(move || {
                told.send(current_thread()).unwrap();
                wait.recv().unwrap();
            })
            .unwrap();
        let id = id.recv().unwrap();
        assert_ne!(id, current_thread());
        assert_eq!(thread_name(id).as_deref(), Some("reader"));
        go.send(()).unwrap();
        thread.join().unwrap();
        assert_eq!(thread_name(id).as_deref(), Some("reader"));
        for _ in 0..=MAX_GONE {
            let other = std::thread::Builder::new().name("other".into());
            other.spawn(current_thread).unwrap().join().unwrap();
        }
        assert_eq!(thread_name(id), None);
    }
}
