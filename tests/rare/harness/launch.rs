//! The parent's side: many runs, each in a process of its own, some at a time.

use super::{Measured, Mode};
use redhanded::report::near_miss;
use std::collections::VecDeque;
use std::env;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// What is in the path of the one test that calls [`run_wanted`](super::run_wanted), and in that of no other.
const CHILD: &str = "child";

/// The variable that names the program to run. It is not a setting of the crate.
const PROGRAM: &str = "TEST_PROGRAM";

/// The time after which a program that hangs is ended. No test waits for it.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many processes run at the same time: `REDHANDED_TEST_PROCESSES`, or so many. They mostly sleep.
const AT_A_TIME: usize = 4;

fn at_a_time() -> usize {
    let variable = env::var("REDHANDED_TEST_PROCESSES");
    variable.map_or(AT_A_TIME, |count| count.parse().expect("a number"))
}

/// In a process that was started here: the name of its program.
pub(super) fn wanted() -> Option<String> {
    env::var(PROGRAM).ok()
}

/// One run of one program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job {
    pub(crate) program: &'static str,
    pub(crate) mode: Mode,
    /// What `REDHANDED_CAPTURE` is set to.
    pub(crate) capture: &'static str,
}

/// Carries out all jobs, in this order, and returns what each has measured.
#[track_caller]
pub(crate) fn run_all(jobs: &[Job]) -> Vec<(Job, Measured)> {
    let left: Mutex<VecDeque<Job>> = Mutex::new(jobs.iter().copied().collect());
    let (done, results) = channel();
    thread::scope(|scope| {
        for _ in 0..at_a_time() {
            let (left, done) = (&left, done.clone());
            scope.spawn(move || {
                let next = || {
                    left.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .pop_front()
                };
                while let Some(job) = next() {
                    done.send((job, run(job))).expect("the results are awaited");
                }
            });
        }
        drop(done);
        results.iter().collect()
    })
}

/// Runs the program to its end, with no settings but these.
#[track_caller]
fn run(job: Job) -> Measured {
    let directory = tempfile::tempdir().expect("a directory");
    let mut command = Command::new(env::current_exe().expect("the path of this binary"));
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("REDHANDED_") {
            command.env_remove(name);
        }
    }
    let mut child = command
        .args([CHILD, "--nocapture"])
        .env(PROGRAM, job.program)
        .env("REDHANDED_BIND", "off")
        .env("REDHANDED_STDERR", "off")
        .env("REDHANDED_CAPTURE", job.capture)
        .env("REDHANDED_PROVOKE", job.mode.value())
        // A new one for each run: a plan would help the next.
        .env("REDHANDED_REPORT_DIR", directory.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("this binary can be started again");
    let (to_here, said) = channel();
    let mut pipe = child.stdout.take().expect("it is piped");
    let reader = thread::spawn(move || {
        let mut text = String::new();
        let _ = pipe.read_to_string(&mut text);
        let _ = to_here.send(text);
    });
    let Ok(text) = said.recv_timeout(PATIENCE) else {
        let _ = child.kill();
        let _ = child.wait();
        panic!("{job:?} was still running after {PATIENCE:?}");
    };
    reader.join().expect("the reader does not panic");
    let status = child.wait().expect("the child is ours");
    assert!(status.success(), "{job:?}: {status}\n{text}");
    let mut measured =
        Measured::read(&text).unwrap_or_else(|| panic!("{job:?} told nothing:\n{text}"));
    for (name, near_misses) in near_miss::read_all(directory.path()).expect("a folder, or none") {
        let near_misses = near_misses.unwrap_or_else(|error| panic!("{name}: {error}"));
        measured.add_holds(&near_misses);
    }
    measured
}
