//! What a hundred thousand idle connections cost: next to nothing, since no look from aside comes to them.
#![cfg(all(
    target_os = "linux",
    any(debug_assertions, feature = "detect-in-release")
))]

use redhanded::{Settings, Stderr, Tap};
use std::fs;
use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

const CONNECTIONS: usize = 100_000;

/// How long the threads of redhanded have run on a processor.
fn time_of_own_threads() -> Duration {
    let threads = fs::read_dir("/proc/self/task").unwrap();
    let own = threads.filter_map(|thread| {
        let thread = thread.unwrap().path();
        let name = fs::read_to_string(thread.join("comm")).ok()?;
        // In nanoseconds, by the scheduler (proc_pid_schedstat of the kernel's documentation).
        let times = fs::read_to_string(thread.join("schedstat")).ok()?;
        let on_processor = times.split(' ').next()?.parse().ok()?;
        name.starts_with("redhanded")
            .then_some(Duration::from_nanos(on_processor))
    });
    own.sum()
}

#[test]
fn idle_connections_cost_the_worker_no_time() {
    redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off))
        .expect("nothing is watched yet");
    let mut taps: Vec<_> = (0..CONNECTIONS)
        .map(|_| Tap::new(Cursor::new(Vec::new())))
        .collect();
    for tap in &mut taps {
        tap.write_all(b"\x82\x01x").unwrap();
    }
    let (began, before) = (Instant::now(), time_of_own_threads());
    // This is how long it is measured, not how long it is waited for.
    std::thread::sleep(Duration::from_secs(2));
    let (took, worked) = (began.elapsed(), time_of_own_threads() - before);
    println!("{CONNECTIONS} idle connections: the worker ran {worked:?} of {took:?}");
    assert!(worked < took / 50, "{worked:?} of {took:?}");
}
