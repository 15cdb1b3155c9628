//! Stalls of whole processes: when they are reported, and that reporting can be switched off.

use crate::launch::{Launch, NO_PAGE};
use crate::link::in_thread;
use redhanded::Settings;
use redhanded::sync::{Arc, Barrier, Mutex};
#[cfg(target_os = "linux")]
use redhanded::tungstenite::{Message, WebSocket, protocol::Role};
use std::thread;

#[test]
fn a_stall_is_reported_once_and_after_the_set_time() {
    let ended = Launch::of(held_until_reported)
        .with(NO_PAGE)
        .with(("REDHANDED_STALL", "50ms"))
        .run()
        .in_order();
    assert_eq!(
        ended.stderr.matches("redhanded: stall").count(),
        1,
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains("wait for a Mutex by \"waiter\""),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_wait_that_is_shorter_than_the_set_time_is_not_reported() {
    for value in ["1m", "off"] {
        let ended = Launch::of(held_for_a_while)
            .with(NO_PAGE)
            .with(("REDHANDED_STALL", value))
            .run()
            .in_order();
        assert!(!ended.stderr.contains("stall"), "{}", ended.stderr);
    }
}

/// A process that is stopped, as by a debugger or a laptop that sleeps, did not wait meanwhile.
#[cfg(target_os = "linux")]
#[test]
fn a_process_that_was_stopped_for_longer_than_a_stall_has_not_waited() {
    let ended = Launch::of(stopped_while_one_waits)
        .with(NO_PAGE)
        .with(("REDHANDED_STALL", "1s"))
        .run()
        .in_order();
    assert!(!ended.stderr.contains("stall"), "{}", ended.stderr);
}

/// One thread waits for a lock, and a message is queued, for a moment: within it, the process is stopped for three seconds.
#[cfg(target_os = "linux")]
pub fn stopped_while_one_waits() {
    let stream = std::io::Cursor::new(Vec::new());
    let mut websocket = WebSocket::from_raw_socket(stream, Role::Server, None);
    // From now on the worker runs. It notes what is queued at its next tick.
    websocket.write(Message::text("queued")).unwrap();
    thread::sleep(std::time::Duration::from_millis(300));
    held_while(|| {
        let me = std::process::id();
        let stop = format!("kill -STOP {me}; sleep 3; kill -CONT {me}");
        let stopped = std::process::Command::new("sh")
            .args(["-c", &stop])
            .status();
        assert!(stopped.is_ok_and(|status| status.success()));
    });
    websocket.flush().unwrap();
    let waited = std::time::Instant::now();
    // The ticks that follow find nothing late.
    while waited.elapsed() < std::time::Duration::from_millis(300) {
        assert_eq!(redhanded::reports(), []);
        thread::yield_now();
    }
}

pub fn held_until_reported() {
    held_while(|| {
        while redhanded::reports().is_empty() {
            thread::yield_now();
        }
    });
}

/// No event can show that there is no report. So the wait is longer than the time of the default setting, which would
/// report it.
pub fn held_for_a_while() {
    let default = Settings::default().stall.expect("stalls are reported");
    held_while(|| thread::sleep(default + default / 2));
}

fn held_while(hold: impl FnOnce()) {
    let mutex = Arc::new(Mutex::new(()));
    let guard = mutex.lock().expect("no thread panics");
    let waiting = mutex.clone();
    let waiter = in_thread("waiter", move || {
        drop(waiting.lock().expect("no thread panics"))
    });
    hold();
    drop(guard);
    waiter.join().expect("no panic");
}

#[test]
fn a_process_with_a_deadlock_still_ends_reports_it_and_has_its_exit_code() {
    let launch = Launch::of(a_deadlock)
        .with(NO_PAGE)
        .with(("REDHANDED_STALL", "50ms"));
    let ended = launch
        .with(("REDHANDED_EXITCODE", "66"))
        .run()
        .with_code(66);
    assert!(
        ended.stderr.contains("redhanded: stall (open): deadlock: "),
        "{}",
        ended.stderr
    );
}

pub fn a_deadlock() {
    let (a, b) = (Arc::new(Mutex::new(())), Arc::new(Mutex::new(())));
    let both_have_one = Arc::new(Barrier::new(2));
    for (first, second) in [(a.clone(), b.clone()), (b, a)] {
        let both_have_one = both_have_one.clone();
        in_thread("stuck", move || {
            let _first = first.lock().expect("no thread panics");
            both_have_one.wait();
            drop(second.lock());
        });
    }
    while !redhanded::reports()
        .iter()
        .any(|report| report.summary.starts_with("deadlock: "))
    {
        thread::yield_now();
    }
}
