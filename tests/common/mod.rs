//! What the corpus of small programs needs: settings, threads with names, and time limits.

mod buffers;
pub(crate) mod connection;
pub(crate) mod peer;
mod quiet;
mod until;

pub(crate) use connection::connection;
pub(crate) use peer::{Peer, big_message};
pub(crate) use until::{PATIENCE, until};

// Programs that are not run by `run_often` call it themselves.
#[allow(unused_imports)]
pub(crate) use quiet::quiet;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How often every program runs.
pub(crate) const RUNS: usize = 20;

/// How often at least, where the machine is so busy that the others would take too long.
const FEWEST: usize = 3;

/// Runs a program many times, with the number of the run from 0, and fails if a run does not end.
#[track_caller]
pub(crate) fn run_often(program: impl FnMut(usize) + Send + 'static) {
    settle_once();
    // Waits inside a run have time limits of their own, and say what they wait for. This limit is for waits that have none:
    // scopes wait for their threads.
    let runs = start("runs", move || {
        let begun = Instant::now();
        let has_time = |run: &usize| *run < FEWEST || begun.elapsed() < PATIENCE;
        (0..RUNS).take_while(has_time).for_each(program);
    });
    runs.result_within(PATIENCE * 3);
}

fn settle_once() {
    static SETTLED: Once = Once::new();
    SETTLED.call_once(|| {
        quiet();
        // Programs that keep the contract prove nothing if they are not watched.
        let watched =
            std::any::type_name::<redhanded::tungstenite::WebSocket<std::net::TcpStream>>();
        assert!(
            watched.starts_with("redhanded::"),
            "{watched} is not watched"
        );
    });
}

/// A thread of a program, and its result.
#[derive(Debug)]
pub(crate) struct Running<T> {
    name: &'static str,
    /// The file in which the system shows the state of the thread, if it does.
    status: Receiver<PathBuf>,
    result: Receiver<thread::Result<T>>,
}

/// Starts a thread with a name.
pub(crate) fn start<T: Send + 'static>(
    name: &'static str,
    body: impl FnOnce() -> T + Send + 'static,
) -> Running<T> {
    let (body, running) = reporting(name, body);
    thread::Builder::new()
        .name(name.into())
        .spawn(body)
        .expect("a thread");
    running
}

/// Starts a thread with a name that may borrow from outside the scope.
pub(crate) fn start_scoped<'scope, T: Send + 'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    name: &'static str,
    body: impl FnOnce() -> T + Send + 'scope,
) -> Running<T> {
    let (body, running) = reporting(name, body);
    thread::Builder::new()
        .name(name.into())
        .spawn_scoped(scope, body)
        .expect("a thread");
    running
}

/// The body of the thread, and the receiver of its result or its panic.
fn reporting<T: Send>(
    name: &'static str,
    body: impl FnOnce() -> T + Send,
) -> (impl FnOnce() + Send, Running<T>) {
    let (sender, result) = channel();
    let (introduce, status) = channel();
    let reporting = move || {
        if let Ok(task) = std::fs::read_link("/proc/thread-self") {
            let _ = introduce.send(Path::new("/proc").join(task).join("stat"));
        }
        // If the program has failed already, the receiver is dropped.
        let _ = sender.send(catch_unwind(AssertUnwindSafe(body)));
    };
    (
        reporting,
        Running {
            name,
            status,
            result,
        },
    )
}

impl<T> Running<T> {
    /// Waits for the thread, and panics if it did.
    #[track_caller]
    pub(crate) fn result(self) -> T {
        self.result_within(PATIENCE)
    }

    #[track_caller]
    fn result_within(self, patience: Duration) -> T {
        match self.result_if_within(patience) {
            Ok(result) => result,
            Err(running) => panic!(
                "the thread \"{}\" has not come back after {patience:?}",
                running.name
            ),
        }
    }

    /// Waits until the system has put the thread to sleep: it is stuck in a send. Only Linux shows this. On other systems,
    /// this returns at once.
    #[track_caller]
    pub(crate) fn sleeps(&self) {
        let Ok(status) = self.status.recv() else {
            return;
        };
        until(
            &format!("the sleep of the thread \"{}\"", self.name),
            || {
                let text = std::fs::read_to_string(&status).expect("the thread lives");
                // The name, in parentheses, may have anything in it.
                let rest = text.rsplit(')').next().expect("there is a first part");
                rest.trim_start().starts_with('S').then_some(())
            },
        );
    }

    /// The result of the thread if it has ended by then. Otherwise the thread goes on.
    pub(crate) fn result_if_within(self, patience: Duration) -> Result<T, Self> {
        match self.result.recv_timeout(patience) {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(panic)) => resume_unwind(panic),
            Err(RecvTimeoutError::Timeout) => Err(self),
            Err(RecvTimeoutError::Disconnected) => {
                unreachable!("a thread always says how it ended")
            }
        }
    }
}

mod tests {
    use super::*;

    #[test]
    fn a_thread_gives_its_result_and_has_its_name() {
        let running = start("named", || thread::current().name().map(str::to_owned));
        assert_eq!(running.result().as_deref(), Some("named"));
    }

    #[test]
    fn a_thread_that_panics_makes_its_program_fail() {
        let running = start("quiet", || resume_unwind(Box::new("its own words")));
        let panic = catch_unwind(AssertUnwindSafe(|| running.result())).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"its own words"));
    }

    #[test]
    fn a_thread_that_is_not_back_goes_on() {
        let (go, wait) = channel::<()>();
        let running = start("waiting", move || wait.recv());
        let running = running
            .result_if_within(Duration::ZERO)
            .expect_err("it waits");
        go.send(()).expect("it still waits");
        assert_eq!(running.result(), Ok(()));
    }
}
