//! Programs that keep the contract, most of them with several objects on one socket. None is accused, none of their sends
//! fails, and each ends.

mod channels;
mod deadlines;
mod ends;
mod locks;
mod peer;
mod runtimes;
mod tasks;
mod turns;

use crate::harness::Program;
use std::time::Duration;

pub(crate) const PROGRAMS: &[Program] = programs![
    channels::conditions_of_a_queue,
    channels::replies_through_channels,
    channels::tokens_through_channels,
    deadlines::a_lock_within_50_ms,
    deadlines::a_permit_within_50_ms,
    ends::a_panic_under_a_lock,
    ends::close_behind_the_workers,
    ends::notices_in_a_drop_under_a_lock,
    locks::a_lock_of_parking_lot,
    locks::a_lock_of_readers_and_writers,
    locks::a_lock_that_spins,
    locks::a_watched_lock_of_readers_and_writers,
    locks::taps_behind_a_lock,
    runtimes::block_on_in_blocking_threads,
    runtimes::blocking_sends_of_another_executor,
    runtimes::dropped_sends,
    runtimes::tasks_of_a_local_set,
    runtimes::tasks_of_another_executor,
    runtimes::tasks_of_one_thread,
    tasks::a_lock_of_tokio,
    tasks::a_semaphore,
    tasks::each_task_joined,
    tasks::turns_by_notify,
    turns::a_greeting_once,
    turns::phases_of_a_barrier,
    turns::requests_and_answers,
    turns::unparked_threads,
    turns::writers_joined,
];

/// What the peer answers decides whose turn it is. The answer may come before the call that caused it is back: then both
/// calls do overlap, with holds and without.
pub(crate) const TURNS_THROUGH_THE_PEER: &[Program] = programs![
    turns::answers_to_the_other,
    peer::answered_on_a_unix_socket,
    peer::answered_pipelines,
    peer::answered_taps,
    peer::answered_tasks,
    peer::answered_threads,
    peer::answers_read_by_a_third,
    peer::every_second_message_answered,
    peer::three_answered_threads,
];

/// How long a program works, about: `RIGHT_MS`.
pub(crate) fn time_of_work() -> Duration {
    let time = std::env::var("RIGHT_MS").map_or(300, |time| time.parse().expect("a number"));
    Duration::from_millis(time)
}

/// How often a program does what takes about so many milliseconds. The work is the same whatever the holds, so that its time
/// tells what they cost.
pub(crate) fn rounds(each: u64) -> u64 {
    u64::try_from(time_of_work().as_millis()).expect("a short time") / each + 1
}
