//! The report that is verified: its two writers are the plan of every run.

use crate::read;
use redhanded_report::near_miss::{NearMisses, Side};
use redhanded_report::{Report, group};
use std::fmt;
use std::path::Path;

/// The fault that is looked for.
#[derive(Debug)]
pub(super) struct Planned {
    /// What the runs get as `REDHANDED_PLAN`.
    pub(super) plan: NearMisses,
    /// The first and the second writer of the report.
    pub(super) sides: [Side; 2],
    group: String,
}

/// Why a report cannot be verified.
#[derive(Debug)]
pub(super) enum PlanError {
    Unreadable(redhanded_report::ReportFileError),
    /// The file has so many reports.
    NotOne(usize),
    /// It is about a lock, or has one writer.
    NoPair,
}

impl Planned {
    pub(super) fn read(path: &Path) -> Result<Planned, PlanError> {
        let mut reports = read::file(path).map_err(PlanError::Unreadable)?;
        let report = reports.pop();
        match report.filter(|_| reports.is_empty()) {
            Some(report) => Planned::of(&report),
            None => Err(PlanError::NotOne(reports.len())),
        }
    }

    pub(super) fn of(report: &Report) -> Result<Planned, PlanError> {
        let plan = NearMisses::plan_of(report).ok_or(PlanError::NoPair)?;
        let sides = plan.pairs.first().map(|pair| pair.sides.clone());
        Ok(Planned {
            sides: sides.ok_or(PlanError::NoPair)?,
            plan,
            group: of_report(report),
        })
    }

    /// Whether a report is of the same fault: of the same group, or of the same two calls, whatever they did to each other.
    pub(super) fn is_of(&self, report: &Report) -> bool {
        let [first, second] = &report.writers[..] else {
            return false;
        };
        let [one, other] = &self.sides;
        of_report(report) == self.group
            || (one.is_writer(first) && other.is_writer(second))
            || (one.is_writer(second) && other.is_writer(first))
    }
}

/// A report whose names are not known has the group of what is known.
fn of_report(report: &Report) -> String {
    let known = report.group.clone();
    known.unwrap_or_else(|| group(report.kind, &report.writers))
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlanError::Unreadable(error) => error.fmt(f),
            PlanError::NotOne(0) => f.write_str("verify: there is no report in the file"),
            PlanError::NotOne(_) => f.write_str("verify: give the file of one report"),
            PlanError::NoPair => f.write_str(
                "verify: the report does not have two writers of one connection, and so no pair that could be held",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use redhanded_report::{Kind, samples};

    #[test]
    fn a_report_is_of_the_same_fault_by_its_group_or_by_its_two_calls() {
        let mut report = samples::torn();
        report.group = None;
        report.writers[1].backtrace[1].function = "app::answer".to_owned();
        let planned = Planned::of(&report).expect("two writers");
        assert!(planned.is_of(&report));
        let changed = |change: fn(&mut Report)| {
            let mut report = report.clone();
            change(&mut report);
            planned.is_of(&report)
        };
        assert!(changed(|it| it.kind = Kind::AbandonedWrite));
        assert!(changed(|it| it.writers.swap(0, 1)));
        assert!(changed(|it| {
            for writer in &mut it.writers {
                writer.call_site.as_mut().unwrap().line += 7;
            }
        }));
        assert!(!changed(|it| it.writers[1].operation = "flush".to_owned()));
        assert!(!changed(|it| {
            it.writers[1].call_site.as_mut().unwrap().line = 7;
            it.writers[1].backtrace[1].function = "app::other".to_owned();
        }));
        assert!(!changed(|it| drop(it.writers.pop())));
    }

    #[test]
    fn what_has_no_two_writers_of_a_connection_cannot_be_verified() {
        let mut one = samples::torn();
        one.writers.pop();
        let error = Planned::of(&one).expect_err("one writer");
        assert!(error.to_string().contains("no pair"), "{error}");
    }
}
