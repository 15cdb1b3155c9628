//! What the page shows, as plain data, and the trait by which it asks for it.

use super::list::Item;
use super::live::{Watching, Wires};
use redhanded_report::{Process, Report};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

/// Where the page has its reports from. It is asked at every request, by several threads.
pub trait Source: Send + Sync {
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
    fn watching(&self) -> Option<Watching> {
        None
    }

    /// Some of the wires that are watched, likewise.
    fn wires(&self, _offset: usize, _limit: usize) -> Option<Wires> {
        None
    }
}

/// How much has been found so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pulse {
    /// Another number whenever a report or its count has changed.
    pub revision: u64,
    /// Reports.
    pub total: usize,
    /// Findings of all of them.
    pub findings: u64,
    /// Findings of reports that are suppressed.
    pub suppressed: u64,
}
