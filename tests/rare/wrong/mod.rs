//! Programs whose two writers seldom meet. Each runs for about a second, and is found in at most a fifth of ordinary runs.

mod blocking_beside_a_task;
mod both_once;
mod bursts_beside_a_slow_writer;
mod close_beside_sends;
mod lock_dropped_at_once;
mod notices_in_a_drop;
mod periods_in_step;
mod pongs_beside_heartbeats;
mod thread_a_request;
mod two_periods;
mod two_tapped_tasks;
mod two_taps;
mod two_tasks;
mod unix_socket;

use crate::harness::Program;

pub(crate) const PROGRAMS: &[Program] = programs![
    blocking_beside_a_task::blocking_beside_a_task,
    both_once::both_once,
    bursts_beside_a_slow_writer::bursts_beside_a_slow_writer,
    close_beside_sends::close_beside_sends,
    lock_dropped_at_once::lock_dropped_at_once,
    notices_in_a_drop::notices_in_a_drop,
    periods_in_step::periods_in_step,
    pongs_beside_heartbeats::pongs_beside_heartbeats,
    thread_a_request::thread_a_request,
    two_periods::two_periods,
    two_tapped_tasks::two_tapped_tasks,
    two_taps::two_taps,
    two_tasks::two_tasks,
    unix_socket::unix_socket,
];
