//! The thread that writes to disk, and what waits for it.

use super::store::Store;
use crate::error::{SendRefusal, StartError};
use crate::monitor::Monitor;
use crate::tungstenite::Message;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};

/// Where the messages are stored, if anywhere.
#[derive(Debug, Default)]
pub(crate) struct StorePath(pub(crate) Option<PathBuf>);

impl StorePath {
    /// Opens the store, and reads what an earlier process has left in it.
    pub(crate) fn open(self) -> Result<(Spill, Vec<Message>), StartError> {
        let Some(path) = self.0 else {
            return Ok((Spill(None), Vec::new()));
        };
        let (store, left) =
            Store::open(&path).map_err(|error| StartError::Store(Box::new(error)))?;
        let keeper = StoreThread {
            work: Monitor::new(Work {
                unstored: Vec::new(),
                confirmed: 0,
                has_ended: false,
            }),
            store: Mutex::new(Some(store)),
            thread: Mutex::new(None),
        };
        Ok((Spill(Some(Arc::new(keeper))), left))
    }
}

/// Stores messages, if asked to.
#[derive(Debug)]
pub(crate) struct Spill(Option<Arc<StoreThread>>);

struct StoreThread {
    work: Monitor<Work>,
    /// Until the thread has it.
    store: Mutex<Option<Store>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the thread has to do.
struct Work {
    unstored: Vec<Unstored>,
    confirmed: usize,
    has_ended: bool,
}

/// A message that is not on disk yet.
pub(crate) struct Unstored {
    message: Message,
    outcome: Arc<OnceLock<Result<u64, SendRefusal>>>,
}

impl Unstored {
    pub(crate) fn message(&self) -> &Message {
        &self.message
    }

    /// Tells who waits under which number it is queued, or why it is not; and gives the message.
    pub(crate) fn settle(self, outcome: Result<u64, SendRefusal>) -> Message {
        // Only this sets it, and is gone then.
        let _ = self.outcome.set(outcome);
        self.message
    }
}

/// What will become of a message that is not on disk yet.
#[derive(Debug)]
pub(crate) struct Pending(Arc<OnceLock<Result<u64, SendRefusal>>>);

impl Pending {
    pub(crate) fn outcome(&self) -> Option<Result<u64, SendRefusal>> {
        self.0.get().copied()
    }
}

impl Spill {
    /// Starts the thread. It hands over each batch of messages, with whether they are stored, and ends when it is told
    /// `false`.
    pub(crate) fn start(
        &self,
        on_stored: impl Fn(Vec<Unstored>, bool) -> bool + Send + 'static,
    ) -> Result<(), StartError> {
        let Some(keeper) = &self.0 else { return Ok(()) };
        let Some(store) = lock(&keeper.store).take() else {
            return Ok(());
        };
        let working = keeper.clone();
        let builder = thread::Builder::new().name("redhanded store".into());
        let thread = builder
            .spawn(move || working.run(store, on_stored))
            .map_err(StartError::System)?;
        *lock(&keeper.thread) = Some(thread);
        Ok(())
    }

    /// Has a message stored, if messages are. Messages are queued in the order of these calls.
    pub(crate) fn pend(&self, message: &Message) -> Option<Pending> {
        let outcome = Arc::new(OnceLock::new());
        let mut work = self.0.as_ref()?.work.lock();
        work.unstored.push(Unstored {
            message: message.clone(),
            outcome: outcome.clone(),
        });
        work.wake_all();
        Some(Pending(outcome))
    }

    /// The oldest messages are delivered, this many more.
    pub(crate) fn confirm(&self, messages: usize) {
        if let Some(keeper) = &self.0 {
            let mut work = keeper.work.lock();
            work.confirmed += messages;
            work.wake_all();
        }
    }

    /// Writes what is to be written, and ends the thread.
    pub(crate) fn end(&self) {
        let Some(keeper) = &self.0 else { return };
        let mut work = keeper.work.lock();
        work.has_ended = true;
        work.wake_all();
        let thread = lock(&keeper.thread).take();
        // It does not panic; and if it does, there is nobody to tell.
        let _ = thread.map(JoinHandle::join);
    }
}

impl StoreThread {
    fn run(&self, mut store: Store, on_stored: impl Fn(Vec<Unstored>, bool) -> bool) {
        // What is to be taken out, if that failed before: it is only sent once more by the next process.
        let mut to_take_out = 0;
        while let Some((unstored, confirmed)) = self.work.wait(None, Work::next).flatten() {
            to_take_out += confirmed;
            let stored = store.write(
                unstored.iter().map(|unstored| &unstored.message),
                to_take_out,
            );
            if stored.is_ok() {
                to_take_out = 0;
            }
            if !on_stored(unstored, stored.is_ok()) {
                return;
            }
        }
    }
}

impl Work {
    /// What is to be done next; `Some(None)` when that is nothing for ever.
    fn next(&mut self) -> Option<Option<(Vec<Unstored>, usize)>> {
        let work = (
            std::mem::take(&mut self.unstored),
            std::mem::take(&mut self.confirmed),
        );
        match work {
            (unstored, 0) if unstored.is_empty() => self.has_ended.then_some(None),
            work => Some(Some(work)),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for StoreThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreThread").finish_non_exhaustive()
    }
}
