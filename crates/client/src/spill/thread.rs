//! The thread that writes to disk, and the messages that wait for it.

use super::store::Store;
use crate::error::{SendRefusal, StartError};
use crate::monitor::Monitor;
use crate::threads;
use crate::tungstenite::Message;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

/// The file where messages are stored, if they are.
#[derive(Debug, Default)]
pub(crate) struct StorePath(pub(crate) Option<PathBuf>);

impl StorePath {
    /// Opens the store, and reads what an earlier process has left in it.
    pub(crate) fn open(self) -> Result<(Spill, Vec<Message>), StartError> {
        let Some(path) = self.0 else {
            return Ok((Spill(None), Vec::new()));
        };
        let (store, left) =
            Store::open(path).map_err(|error| StartError::Store(Box::new(error)))?;
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

/// The store, if messages are stored.
#[derive(Debug)]
pub(crate) struct Spill(Option<Arc<StoreThread>>);

struct StoreThread {
    work: Monitor<Work>,
    /// Only until the thread starts.
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

    /// Tells the sender the message's number in the queue, or why it is not queued. Returns the
    /// message.
    pub(crate) fn settle(self, outcome: Result<u64, SendRefusal>) -> Message {
        // It was not set before: only this function sets it, and takes `self`.
        let _ = self.outcome.set(outcome);
        self.message
    }
}

/// Tells a sender what became of a message that was not on disk yet.
#[derive(Debug)]
pub(crate) struct Pending(Arc<OnceLock<Result<u64, SendRefusal>>>);

impl Pending {
    pub(crate) fn outcome(&self) -> Option<Result<u64, SendRefusal>> {
        self.0.get().copied()
    }
}

impl Spill {
    /// Starts the thread. It calls the function with each batch of messages and whether they are
    /// stored, and ends when the function returns `false`.
    pub(crate) fn start(
        &self,
        on_stored: impl Fn(Vec<Unstored>, bool) -> bool + Send + 'static,
    ) -> Result<(), StartError> {
        let Some(keeper) = &self.0 else { return Ok(()) };
        let Some(store) = lock(&keeper.store).take() else {
            return Ok(());
        };
        let working = keeper.clone();
        let thread = threads::spawn("redhanded store", move || working.run(store, on_stored))
            .map_err(StartError::System)?;
        *lock(&keeper.thread) = Some(thread);
        Ok(())
    }

    /// Begins to store a message. Returns `None` if messages are not stored. Messages are queued in
    /// the order of these calls.
    pub(crate) fn store(&self, message: &Message) -> Option<Pending> {
        let outcome = Arc::new(OnceLock::new());
        let mut work = self.0.as_ref()?.work.lock();
        work.unstored.push(Unstored {
            message: message.clone(),
            outcome: outcome.clone(),
        });
        work.wake_all();
        Some(Pending(outcome))
    }

    /// This many more messages are delivered, from the oldest on.
    pub(crate) fn confirm(&self, messages: usize) {
        if let Some(keeper) = &self.0 {
            let mut work = keeper.work.lock();
            work.confirmed += messages;
            work.wake_all();
        }
    }

    /// Writes what is still to be written, and ends the thread.
    pub(crate) fn end(&self) {
        let Some(keeper) = &self.0 else { return };
        let mut work = keeper.work.lock();
        work.has_ended = true;
        work.wake_all();
        let thread = lock(&keeper.thread).take();
        // It does not panic. If it did, there would be nothing to do about it here.
        let _ = thread.map(JoinHandle::join);
    }
}

impl StoreThread {
    fn run(&self, mut store: Store, on_stored: impl Fn(Vec<Unstored>, bool) -> bool) {
        // How many messages are to be taken out of the file. A failed write keeps them in the
        // count; until then, the next process would only send them again.
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
    /// What is to be done next. `Some(None)` when there will be nothing to do any more.
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
