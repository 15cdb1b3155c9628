//! The report that is verified: its two writers are the plan of every run.

use crate::read;
use redhanded_report::near_miss::{NearMisses, Side};
use redhanded_report::{Kind, Report, Writer, group};
use std::fmt;
use std::path::Path;

/// The fault that is looked for.
#[derive(Debug)]
pub(super) struct Planned {
    /// What the runs get as `REDHANDED_PLAN`.
    pub(super) plan: NearMisses,
    /// The first and the second writer of the report.
    pub(super) sides: [Side; 2],
    /// The two were on the connection at the same time in one of its findings. Only then can a hold bring them there again.
    pub(super) have_overlapped: bool,
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
            have_overlapped: have_overlapped(report),
            group: of_report(report),
        })
    }

    /// Whether a report is of the same fault: of the same group, or of the same two calls, whatever they did to each other. A group
    /// without functions has all calls of its files, and so is not enough.
    pub(super) fn is_of(&self, report: &Report) -> bool {
        let [first, second] = &report.writers[..] else {
            return false;
        };
        let [one, other] = &self.sides;
        let have_functions = self.sides.iter().all(|side| side.function.is_some());
        (have_functions && of_report(report) == self.group)
            || (one.is_writer(first) && other.is_writer(second))
            || (one.is_writer(second) && other.is_writer(first))
    }
}

/// Whether the second writer came before the first was back, in one of the findings that are there in full.
fn have_overlapped(report: &Report) -> bool {
    let of_samples = report.samples.iter().map(|sample| &sample.writers);
    let mut findings = std::iter::once(&report.writers).chain(of_samples);
    let is_overlap = |writers: &Vec<Writer>| match &writers[..] {
        [first, second] => {
            // The times of a writer that was held leave its hold out. A hold only brings overlaps about.
            let was_held = first.held_us.is_some() || second.held_us.is_some();
            was_held || first.ended_us.is_none_or(|ended| second.began_us < ended)
        }
        _ => false,
    };
    report.kind == Kind::Overlap || findings.any(is_overlap)
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
    use redhanded_report::samples;

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
    fn other_calls_of_the_same_files_are_another_fault_where_no_function_is_known() {
        let mut report = samples::torn();
        report.group = None;
        for writer in &mut report.writers {
            writer.backtrace.clear();
        }
        let planned = Planned::of(&report).expect("two writers");
        assert!(planned.is_of(&report));
        for writer in &mut report.writers {
            writer.call_site.as_mut().unwrap().line += 700;
        }
        assert!(!planned.is_of(&report));
    }

    #[test]
    fn two_writers_in_turn_have_not_overlapped() {
        for (first_ended, second_began, held, expected) in [
            (Some(5.0), 4.0, None, true),
            (Some(5.0), 5.0, None, false),
            (Some(5.0), 9.0, None, false),
            (Some(5.0), 9.0, Some(8_000.0), true),
            (None, 9.0, None, true),
        ] {
            let mut report = samples::torn();
            report.writers[0].held_us = held;
            report.writers[0].ended_us = first_ended;
            report.writers[1].began_us = second_began;
            assert_eq!(have_overlapped(&report), expected);
            report.kind = Kind::Overlap;
            assert!(have_overlapped(&report));
        }
        let mut report = samples::torn();
        report.writers[1].began_us = 9.0;
        report.samples = vec![redhanded_report::Sample {
            wire: report.wire.clone(),
            seen: String::new(),
            writers: samples::torn().writers,
            bytes: None,
            note: None,
            lock: None,
            lock_note: None,
        }];
        assert!(have_overlapped(&report));
    }

    #[test]
    fn what_has_no_two_writers_of_a_connection_cannot_be_verified() {
        let mut one = samples::torn();
        one.writers.pop();
        let error = Planned::of(&one).expect_err("one writer");
        assert!(error.to_string().contains("no pair"), "{error}");
    }
}
