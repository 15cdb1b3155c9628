//! Where the page has its reports from.

use super::list::Item;
use crate::collector::{self, Pulse};
use crate::report::{Process, Report};
use crate::wire;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

/// What the page shows. It is asked at every request, by several threads.
pub(crate) trait Source: Send + Sync {
    /// Every report, the latest first.
    fn reports(&self) -> Arc<Vec<Report>>;

    /// One report.
    fn report(&self, id: &str) -> Option<Report>;

    /// The process whose reports these are, if it is one.
    fn process(&self) -> Option<Process>;

    /// How much there is.
    fn pulse(&self) -> Pulse {
        let reports = self.reports();
        let state: Vec<_> = reports
            .iter()
            .map(|report| (&report.id, report.count, report.open))
            .collect();
        let hash = BuildHasherDefault::<DefaultHasher>::new().hash_one(state);
        Pulse {
            // What a script can hold as a number.
            revision: hash >> 11,
            total: reports.len(),
            findings: reports.iter().map(|report| report.count).sum(),
            suppressed: 0,
        }
    }

    /// Every report as lists need it, in no order.
    fn items(&self) -> Vec<Item> {
        Item::saved(&self.reports())
    }

    /// How many findings belong to no report.
    fn dropped(&self) -> u64 {
        0
    }

    /// How much is watched, if these are the reports of a live process.
    fn watching(&self) -> Option<wire::Watching> {
        None
    }

    /// Some of the wires that are watched, likewise.
    fn wires(&self, _offset: usize, _limit: usize) -> Option<wire::Live> {
        None
    }
}

/// The reports of this process, as they are now.
#[derive(Debug)]
pub(super) struct Live;

impl Source for Live {
    fn reports(&self) -> Arc<Vec<Report>> {
        Arc::new(collector::reports_now())
    }

    fn report(&self, id: &str) -> Option<Report> {
        collector::report_now(id)
    }

    fn process(&self) -> Option<Process> {
        Some(Process::this())
    }

    fn pulse(&self) -> Pulse {
        collector::pulse()
    }

    fn items(&self) -> Vec<Item> {
        collector::listed_now()
            .into_iter()
            .map(Item::live)
            .collect()
    }

    fn dropped(&self) -> u64 {
        collector::dropped_now()
    }

    fn watching(&self) -> Option<wire::Watching> {
        Some(wire::watching())
    }

    fn wires(&self, offset: usize, limit: usize) -> Option<wire::Live> {
        collector::live(offset, limit)
    }
}
