//! More events than a stock Bugsink takes in five minutes: all arrive after its limits, and none twice.

use crate::bugsink::Bugsink;
use crate::program::{as_it_is, change, reports_in, run};
use crate::push;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;
use std::{env, fs, thread};

const JOBS: usize = 500;
/// How many jobs push at once.
const AT_ONCE: usize = 3;

#[test]
fn flood_of_five_hundred_jobs_arrives_after_the_limits_of_the_engine() {
    if env::var_os("REDHANDED_TEST_FLOOD").is_none() {
        println!("REDHANDED_TEST_FLOOD=1 runs it, in about six minutes");
        return;
    }
    let (bugsink, directory) = (Bugsink::start(), tempfile::tempdir().expect("a directory"));
    let first = run(&as_it_is(), directory.path(), "job-0");
    let jobs: Vec<PathBuf> = (0..JOBS).map(|number| copy(&first, number)).collect();
    let (began, queue) = (Instant::now(), Mutex::new(jobs.iter()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let job = queue.lock().expect("no panic").next();
                    let Some(job) = job else { return };
                    deliver(&bugsink, job);
                }
            });
        }
    });
    println!("{} events in {:?}", bugsink.events(), began.elapsed());
    assert_eq!(bugsink.issues().len(), 3);
    assert_eq!(bugsink.events(), 3 * JOBS as u64);
}

/// Pushes until all is taken. An engine that is overloaded may not answer in time, and then nothing is lost.
fn deliver(bugsink: &Bugsink, job: &Path) {
    let ended = || {
        let mut command = push::command([job], "sentry");
        let ended = command.env("SENTRY_DSN", bugsink.dsn()).status();
        ended.expect("it starts").code()
    };
    while ended() == Some(69) {}
    assert_eq!(ended(), Some(0));
}

/// The reports of another job: another host and another run.
fn copy(first: &Path, number: usize) -> PathBuf {
    let job = first.with_file_name(format!("copy-{number}"));
    fs::create_dir(&job).expect("our own directory");
    for file in reports_in(first) {
        let copy = job.join(file.file_name().expect("a name"));
        fs::copy(&file, &copy).expect("our own directory");
        change(&copy, |report| {
            report["process"]["host"] = json!(format!("job-{number}"));
            report["process"]["run"] = json!(format!("{number:016x}"));
        });
    }
    job
}
