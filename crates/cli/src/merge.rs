//! Merges the reports of several processes: those with the same fingerprint, or with the same group, become one.

use super::read::MAX_COUNT;
use redhanded_report::{Dropped, Kind, Report, Sample};
use std::collections::{HashMap, HashSet};

/// By what reports are merged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum By {
    /// By fingerprint: the same lines.
    #[default]
    Fingerprint,
    /// By group: the same functions. One without a group stands under its fingerprint.
    Group,
}

impl By {
    fn name(self, report: &Report) -> &str {
        match self {
            By::Fingerprint => &report.fingerprint,
            By::Group => report.group.as_ref().unwrap_or(&report.fingerprint),
        }
    }
}

/// How many findings of one report are kept in full, after the first.
const MAX_SAMPLES: usize = 8;

/// One report for each fingerprint or group, the latest first. It has this as its id.
pub(super) fn merged<'r>(reports: impl IntoIterator<Item = &'r Report>, by: By) -> Vec<Report> {
    let mut by_name: HashMap<&str, Vec<&Report>> = HashMap::new();
    for report in reports {
        by_name.entry(by.name(report)).or_default().push(report);
    }
    let mut merged: Vec<Report> = by_name
        .into_iter()
        .map(|(name, same)| Report {
            id: name.to_owned(),
            ..one_of(without_copies(same))
        })
        .collect();
    merged.sort_by(|one, other| {
        other
            .last_seen
            .cmp(&one.last_seen)
            .then_with(|| one.id.cmp(&other.id))
    });
    merged
}

/// Leaves of copies of the same report, as in two directories, only the latest one. The report seen first comes first.
pub(super) fn without_copies(mut reports: Vec<&Report>) -> Vec<&Report> {
    let key = |report: &Report| {
        (
            report.first_seen.clone(),
            report.fingerprint.clone(),
            report.process.pid,
            report.process.name.clone(),
            report.process.run.clone(),
        )
    };
    reports.sort_by_cached_key(|report| (key(report), u64::MAX - report.count));
    reports.dedup_by_key(|report| key(report));
    reports
}

/// One report of several: the first one of the worst kind, with what the others add to it.
fn one_of(mut reports: Vec<&Report>) -> Report {
    let first_seen = reports[0].first_seen.clone();
    reports.sort_by_key(|report| report.kind);
    let (worst, others) = (reports[0], &reports[1..]);
    let mut one = worst.clone();
    one.first_seen = first_seen;
    if !others.is_empty() && matches!(one.kind, Kind::TornFrame | Kind::TornMessage) {
        // It tells how often each kind was found in one process.
        one.note = None;
    }
    for other in others {
        one.count = one.count.saturating_add(other.count).min(MAX_COUNT);
        one.open |= other.open;
        one.last_seen = one.last_seen.max(other.last_seen.clone());
        let findings = std::iter::once(as_sample(other)).chain(other.samples.iter().cloned());
        one.samples
            .extend(findings.take(MAX_SAMPLES.saturating_sub(one.samples.len())));
    }
    one.samples.truncate(MAX_SAMPLES);
    one.dropped = Dropped {
        samples: one.count.saturating_sub(1 + one.samples.len() as u64),
    };
    // Of one group, a process may have several reports.
    let process = |report: &&Report| {
        (
            report.process.pid,
            report.process.run.clone(),
            report.process.name.clone(),
        )
    };
    let more = reports.iter().map(process).collect::<HashSet<_>>().len() - 1;
    if more > 0 {
        one.process.name.push_str(&format!(
            " (and {more} more {})",
            if more == 1 { "process" } else { "processes" }
        ));
    }
    one
}

fn as_sample(report: &Report) -> Sample {
    Sample {
        wire: report.wire.clone(),
        seen: report.first_seen.clone(),
        writers: report.writers.clone(),
        bytes: report.bytes.clone(),
        note: report.note.clone(),
        lock: report.lock.clone(),
        lock_note: report.lock_note.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use redhanded_report::samples;

    fn report(pid: u32, count: u64, first_seen: &str, last_seen: &str) -> Report {
        let mut report = samples::torn();
        (report.process.pid, report.count) = (pid, count);
        (report.first_seen, report.last_seen) = (first_seen.into(), last_seen.into());
        report
    }

    #[test]
    fn counts_are_added_and_the_first_and_the_last_moment_stay() {
        let reports = [report(2, 5, "b", "c"), report(1, 3, "a", "d")];
        let [one] = &merged(&reports, By::Fingerprint)[..] else {
            panic!("one fingerprint")
        };
        assert_eq!(
            (one.count, one.first_seen.as_str(), one.last_seen.as_str()),
            (8, "a", "d")
        );
        assert_eq!(
            (one.process.pid, one.process.name.as_str()),
            (1, "app (and 1 more process)")
        );
        assert_eq!(
            (
                one.samples.len(),
                one.samples[0].seen.as_str(),
                one.dropped.samples
            ),
            (1, "b", 6)
        );
    }

    #[test]
    fn an_overlap_and_a_tear_of_the_same_two_are_one_report_of_the_tear() {
        let mut overlap = report(1, 5, "a", "b");
        (overlap.kind, overlap.bytes) = (Kind::Overlap, None);
        overlap.note = Some("not torn the first time".into());
        let [one] = &merged(&[overlap, report(2, 1, "c", "d")], By::Fingerprint)[..] else {
            panic!("one fingerprint")
        };
        assert_eq!(
            (one.kind, one.count, &one.note),
            (Kind::TornFrame, 6, &None)
        );
        assert!(one.bytes.is_some() && one.first_seen == "a" && one.process.pid == 2);
    }

    #[test]
    fn copies_of_one_report_count_once_and_the_later_state_stays() {
        let reports = [
            report(1, 3, "a", "b"),
            report(1, 4, "a", "c"),
            report(1, 3, "a", "b"),
        ];
        let [one] = &merged(&reports, By::Fingerprint)[..] else {
            panic!("one fingerprint")
        };
        assert_eq!(
            (one.count, one.last_seen.as_str(), one.process.name.as_str()),
            (4, "c", "app")
        );
    }

    #[test]
    fn samples_are_bounded_and_sums_do_not_overflow() {
        let reports: Vec<Report> = (0..100)
            .map(|pid| report(pid, MAX_COUNT, "a", "b"))
            .collect();
        let [one] = &merged(&reports, By::Fingerprint)[..] else {
            panic!("one fingerprint")
        };
        assert_eq!((one.count, one.samples.len()), (MAX_COUNT, MAX_SAMPLES));
    }

    #[test]
    fn the_latest_comes_first() {
        let mut other = report(1, 1, "a", "c");
        other.fingerprint = "0000000000000000".into();
        other.id.clone_from(&other.fingerprint);
        let reports = merged(&[report(1, 1, "a", "b"), other], By::Fingerprint);
        assert_eq!(
            reports
                .iter()
                .map(|report| report.last_seen.as_str())
                .collect::<Vec<_>>(),
            ["c", "b"]
        );
    }

    #[test]
    fn reports_whose_lines_have_moved_are_one_of_their_group() {
        let before = report(1, 2, "a", "b");
        let mut after = report(2, 3, "c", "d");
        after.fingerprint = "0000000000000000".into();
        let mut unnamed = report(3, 1, "e", "f");
        (unnamed.fingerprint, unnamed.group) = ("1111111111111111".into(), None);
        let all = [before, after, unnamed];
        let ids = |by| {
            let merged = merged(&all, by);
            merged
                .iter()
                .map(|one| (one.id.clone(), one.count))
                .collect::<Vec<_>>()
        };
        let (old, new, none) = ("67fc86ee1004ed7e", "0000000000000000", "1111111111111111");
        let counted = |id: &str, count| (id.to_owned(), count);
        assert_eq!(
            ids(By::Fingerprint),
            [counted(none, 1), counted(new, 3), counted(old, 2)]
        );
        assert_eq!(
            ids(By::Group),
            [counted(none, 1), counted("24a7e05281885b3f", 5)]
        );
    }

    #[test]
    fn two_reports_of_one_process_and_moment_are_no_copies() {
        let one = report(1, 2, "a", "b");
        let mut other = report(1, 3, "a", "b");
        other.fingerprint = "0000000000000000".into();
        let [both] = &merged(&[one, other], By::Group)[..] else {
            panic!("one group")
        };
        assert_eq!((both.count, both.process.name.as_str()), (5, "app"));
    }
}
