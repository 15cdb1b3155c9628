//! What programs ask a process: its reports, its counters, and where its page is.

use super::page;
use super::running::running;
use super::state::if_running;
use crate::statistics::Statistics;
use redhanded_report::Report;

/// Every report of this process, the latest first. Waits until earlier findings are in it, ten seconds at most.
pub fn reports() -> Vec<Report> {
    let Some(running) = if_running() else {
        return Vec::new();
    };
    running.settle();
    running.collector.store().reports()
}

/// Counters of the whole process. Waits as [`reports`] does.
pub fn statistics() -> Statistics {
    let Some(running) = if_running() else {
        return Statistics::default();
    };
    running.settle();
    running.collector.statistics()
}

/// The URL of the page, if there is one. Waits until it is known.
pub fn url() -> Option<String> {
    let running = running();
    running.ensure_worker();
    running.settle();
    page::url()
}
