//! Where a writer may wait. A thread that runs tasks must not simply sleep: the other writer may be one of them, or the timer
//! that wakes it.

#[cfg(not(feature = "tokio"))]
#[path = "absent.rs"]
mod runtime;
#[cfg(feature = "tokio")]
#[path = "tokio.rs"]
mod runtime;

/// What is known of the runtime that the calling thread is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
// Without the feature `tokio` no runtime is known.
#[cfg_attr(not(feature = "tokio"), allow(dead_code))]
pub(super) enum Runtime {
    None,
    /// One thread polls all tasks. `is_polling`: it is this one.
    CurrentThread {
        is_polling: bool,
    },
    /// Workers poll the tasks. `is_polling`: this thread is one of them, as far as its scheduler says; `is_in_pool`: it has the
    /// name that the runtime gives to its threads.
    MultiThread {
        is_polling: bool,
        is_in_pool: bool,
    },
}

/// How a writer may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ground {
    /// Its thread has nothing else to do.
    Thread,
    /// Its thread is a worker, whose other tasks are given to another thread first.
    Worker,
    /// Not at all.
    Nowhere,
}

/// How the calling writer may wait.
pub(super) fn ground(is_polled: bool) -> Ground {
    ground_in(runtime::current(), is_polled)
}

fn ground_in(runtime: Runtime, is_polled: bool) -> Ground {
    match runtime {
        Runtime::MultiThread {
            is_polling: true,
            is_in_pool: true,
        } => Ground::Worker,
        Runtime::MultiThread {
            is_polling: true, ..
        }
        | Runtime::CurrentThread { is_polling: true } => Ground::Nowhere,
        // A thread for blocking calls, or one that only has a handle of the runtime. A poll here is of another executor, of
        // `block_on` or of a `LocalSet`.
        Runtime::None | Runtime::MultiThread { .. } | Runtime::CurrentThread { .. } => {
            if is_polled {
                Ground::Nowhere
            } else {
                Ground::Thread
            }
        }
    }
}

impl Ground {
    /// Runs something that waits and does not panic. `None` if it was not run, because the thread turns out to be no worker.
    pub(super) fn run<R>(self, wait: impl FnOnce() -> R) -> Option<R> {
        match self {
            Ground::Worker => runtime::off_the_worker(wait),
            Ground::Thread | Ground::Nowhere => Some(wait()),
        }
    }
}

// The features of the tests have tokio.
#[cfg(all(test, feature = "tokio", not(redhanded_loom)))]
mod tests;

#[cfg(all(test, not(redhanded_loom)))]
mod table {
    use super::*;

    #[test]
    fn a_writer_waits_where_its_thread_runs_no_other_task() {
        let multi = |is_polling, is_in_pool| Runtime::MultiThread {
            is_polling,
            is_in_pool,
        };
        let current = |is_polling| Runtime::CurrentThread { is_polling };
        // With a blocking call, and in a poll.
        for (runtime, blocking, polled) in [
            (Runtime::None, Ground::Thread, Ground::Nowhere),
            (current(true), Ground::Nowhere, Ground::Nowhere),
            (current(false), Ground::Thread, Ground::Nowhere),
            (multi(true, true), Ground::Worker, Ground::Worker),
            (multi(true, false), Ground::Nowhere, Ground::Nowhere),
            (multi(false, true), Ground::Thread, Ground::Nowhere),
            (multi(false, false), Ground::Thread, Ground::Nowhere),
        ] {
            assert_eq!(ground_in(runtime, false), blocking, "{runtime:?}");
            assert_eq!(ground_in(runtime, true), polled, "{runtime:?}");
        }
    }
}
