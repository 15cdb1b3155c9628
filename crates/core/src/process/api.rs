//! What programs ask a process: its reports, its counters, and where its page is.

use super::page;
use super::running::running;
use super::state::{Running, if_running};
use super::voice;
use crate::statistics::Statistics;
use redhanded_report::Report;

/// Every report of this process, the latest first. Waits until earlier findings are in it: as long as redhanded gets on with them, and
/// thirty seconds at most. A line on standard error says if they are not. [`watch`](crate::watch) fails then.
pub fn reports() -> Vec<Report> {
    let Some(running) = if_running() else {
        return Vec::new();
    };
    settle(running);
    running.collector.store().reports()
}

/// Counters of the whole process. Waits as [`reports`] does.
pub fn statistics() -> Statistics {
    let Some(running) = if_running() else {
        return Statistics::default();
    };
    settle(running);
    running.collector.statistics()
}

/// The URL of the page, if there is one. Waits until it is known.
pub fn url() -> Option<String> {
    let running = running();
    running.ensure_worker();
    running.settle();
    page::url()
}

/// Waits, and says if that was not long enough.
fn settle(running: &Running) {
    if !running.settle() {
        voice::line(format_args!(
            "the collector did not answer in time: what the program has asked for is not complete"
        ));
    }
}
