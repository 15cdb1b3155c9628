//! The trait by which the page asks for all that it shows.

use super::list::Item;
use super::live::{Watching, Wires};
use redhanded_report::record::UnknownStreams;
use redhanded_report::{Process, Report};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

/// What the page shows. It is asked at every request, by several threads.
pub trait Source: Send + Sync {
    /// Every report, the latest first.
    fn reports(&self) -> Arc<Vec<Report>>;

    /// One report.
    fn report(&self, id: &str) -> Option<Report>;

    /// The process that made the reports, if it was one.
    fn process(&self) -> Option<Process>;

    /// How many reports and findings there are.
    fn pulse(&self) -> Pulse {
        let reports = self.reports();
        let state: Vec<_> = reports
            .iter()
            .map(|report| (&report.id, report.count, report.open))
            .collect();
        let hash = BuildHasherDefault::<DefaultHasher>::new().hash_one(state);
        Pulse {
            // JavaScript's numbers have 53 bits.
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

    /// How much is watched. `None` for saved reports.
    fn watching(&self) -> Option<Watching> {
        None
    }

    /// The connections on streams of a type that is not known, so far.
    fn unknown_streams(&self) -> Vec<UnknownStreams> {
        Vec::new()
    }

    /// Some of the wires that are watched. `None` for saved reports.
    fn wires(&self, _offset: usize, _limit: usize) -> Option<Wires> {
        None
    }

    /// The socket of the page has this descriptor from now on.
    #[doc(hidden)]
    fn listens_on(&self, _descriptor: i32) {}
}

/// How many reports and findings there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pulse {
    /// A number that changes whenever a report or its count does.
    pub revision: u64,
    /// How many reports there are.
    pub total: usize,
    /// How many findings they have together.
    pub findings: u64,
    /// How many findings belong to suppressed reports.
    pub suppressed: u64,
}
