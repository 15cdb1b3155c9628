//! Races: the same threads run in both states.

use crate::mock::{Mock, quiet};
use redhanded::report::Report;
use redhanded::testing::{Outcome, Race, race};
use redhanded::tungstenite::{WebSocket, protocol::Role};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

#[test]
fn the_functions_have_one_signature_in_both_states() {
    let _: fn(usize, fn(usize)) -> Outcome = race;
    let _: fn(usize) -> Race = Race::of;
    let _: fn(Race, u64) -> Race = Race::seed;
    let _: fn(Race, u64) -> Race = Race::rounds;
    let _: fn(Race, Duration) -> Race = Race::time;
    let _: fn(&Race, fn(usize)) -> Outcome = Race::run;
    let _: fn(&Outcome) -> &[Report] = Outcome::findings;
    let _: fn(&Outcome) -> u64 = Outcome::seed;
    let _: fn(&Outcome) -> u64 = Outcome::rounds;
    let _: fn(&Outcome) = Outcome::assert_clean;
}

#[test]
fn every_racer_runs_once_a_round_on_a_thread_with_its_name() {
    quiet();
    let calls = Mutex::new(Vec::new());
    let outcome = Race::of(3).rounds(4).run(|racer| {
        let name = thread::current().name().map(str::to_owned);
        calls.lock().unwrap().push((racer, name));
    });
    let mut calls = calls.into_inner().unwrap();
    calls.sort();
    let name = |racer| Some(format!("racer {racer}"));
    let expected: Vec<_> = (0..3)
        .flat_map(|racer| [racer; 4])
        .map(|racer| (racer, name(racer)))
        .collect();
    assert_eq!((calls, outcome.rounds()), (expected, 4));
}

#[test]
fn a_race_ends_when_its_time_is_up_and_runs_one_round_at_least() {
    quiet();
    let outcome = Race::of(2).time(Duration::ZERO).run(|_| {});
    assert_eq!(outcome.rounds(), 1);
    assert_eq!(Race::of(0).rounds(0).run(|_| {}).rounds(), 1);
}

#[test]
fn a_panic_is_passed_on_and_the_others_are_waited_for() {
    quiet();
    let ended = Mutex::new(0);
    let raced = catch_unwind(AssertUnwindSafe(|| {
        race(3, |racer| {
            if racer == 1 {
                std::panic::resume_unwind(Box::new("its own words"));
            }
            *ended.lock().unwrap() += 1;
        })
    }));
    assert_eq!(raced.unwrap_err().downcast_ref(), Some(&"its own words"));
    assert_eq!(ended.into_inner().unwrap(), 2);
}

#[test]
fn one_lock_is_clean() {
    quiet();
    let writer = Mutex::new(WebSocket::from_raw_socket(
        Mock::default(),
        Role::Server,
        None,
    ));
    let outcome = Race::of(2)
        .rounds(8)
        .run(|_| writer.lock().unwrap().send("text".into()).unwrap());
    outcome.assert_clean();
    assert_eq!(outcome.rounds(), 8);
}
