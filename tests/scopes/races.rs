//! A race of two objects on one socket finds them, and one of two that take turns does not.

use crate::{beside, drained, pair::writer};
use redhanded::report::Report;
use redhanded::testing::{Race, race};
use redhanded::tungstenite::{Message, WebSocket};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

/// An object behind a lock of its own.
type Writer = Mutex<WebSocket<TcpStream>>;

/// Takes long to send, so that the writers overlap.
fn long_message() -> Message {
    Message::binary(vec![7; 1 << 20])
}

fn send_all(writer: &Writer) {
    writer
        .lock()
        .expect("no thread panics")
        .send(long_message())
        .expect("the peer reads");
}

#[test]
fn two_locks_around_one_socket_are_caught_long_before_the_bounds() {
    let _beside = beside();
    let stream = drained();
    let writers = [(); 2].map(|()| Mutex::new(writer(&stream)));
    let outcome = race(2, |racer| send_all(&writers[racer]));
    let [report] = outcome.findings() else {
        panic!("{:?}", outcome.findings())
    };
    assert!(
        outcome.rounds() < Race::DEFAULT_ROUNDS,
        "it ends when something is found: {}",
        outcome.rounds()
    );
    let mut names: Vec<&str> = report
        .writers
        .iter()
        .filter_map(|writer| writer.thread.name.as_deref())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["racer 0", "racer 1"]);
}

#[test]
fn what_was_found_fails_the_test_with_every_report_and_the_seed() {
    let _beside = beside();
    let stream = drained();
    let writers = [(); 2].map(|()| Mutex::new(writer(&stream)));
    let outcome = Race::of(2).seed(0x5eed).run(|racer| {
        // On a line of its own: where the machine is busy, they meet because one is held, and none is where the pair is known.
        let mut writer = writers[racer].lock().expect("no thread panics");
        writer.send(long_message()).expect("the peer reads");
    });
    let panic =
        catch_unwind(AssertUnwindSafe(|| outcome.assert_clean())).expect_err("there are findings");
    let said = panic.downcast_ref::<String>().expect("a message");
    let in_full = outcome
        .findings()
        .iter()
        .all(|report: &Report| said.contains(&report.to_string()));
    assert!(in_full && said.contains("the seed 0x5eed"), "{said}");
}

#[test]
fn two_locks_around_two_sockets_and_one_lock_around_one_are_clean() {
    let _beside = beside();
    let writers = [(); 2].map(|()| Mutex::new(writer(&drained())));
    let outcome = Race::of(2)
        .rounds(20)
        .run(|racer| send_all(&writers[racer]));
    outcome.assert_clean();
    assert_eq!(outcome.rounds(), 20);
    let turns = Mutex::new(());
    let stream = drained();
    let writers = [(); 2].map(|()| Mutex::new(writer(&stream)));
    let outcome = Race::of(2).rounds(20).run(|racer| {
        let _mine = turns.lock().expect("no thread panics");
        send_all(&writers[racer]);
    });
    outcome.assert_clean();
}
