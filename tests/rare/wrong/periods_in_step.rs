//! Two timers with the same period, of which one is started 8 ms after the other, "so that they never meet".

use crate::harness::{drain, message, ms, open, tcp, time_of_a_run, writes};
use std::thread;
use std::time::{Duration, Instant};

const PERIOD: Duration = ms(80);
const APART: Duration = ms(8);

/// Calls this at multiples of the period, counted from an instant.
fn at_each_tick(from: Instant, mut step: impl FnMut()) {
    let mut next = from;
    while from.elapsed() < time_of_a_run() {
        next += PERIOD;
        thread::sleep(next.saturating_duration_since(Instant::now()));
        step();
    }
}

pub(crate) fn periods_in_step() {
    let (socket, peer) = tcp();
    drain(peer);
    let mut prices = open(socket.try_clone().unwrap());
    let mut depths = open(socket);
    let now = Instant::now();
    thread::scope(|scope| {
        scope.spawn(move || at_each_tick(now, || drop(writes!(prices.send(message())))));
        scope.spawn(move || {
            at_each_tick(now + APART, || drop(writes!(depths.send(message()))));
        });
    });
}
