//! What is in the directories: of each report only what its events are counted by, so that one report at a time is in memory.

use super::event::{group_of, run_of};
use super::outcome::Pass;
use crate::read;
use crate::say;
use redhanded_report::{Kind, Report, ReportFileError};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How old a report must be before a follower sends it. By then the names of its functions are in it.
const NAMED_AFTER: Duration = Duration::from_secs(10);
/// How old an open report must be before a follower sends it: one whose writer has not come back, and which lacks its
/// backtrace.
const OPEN_FOR: Duration = Duration::from_secs(60);

/// The files that were looked at, as they were.
#[derive(Debug, Default)]
pub(super) struct Survey {
    files: BTreeMap<PathBuf, Looked>,
    /// The places that cannot be read, as it was said.
    wrong: BTreeSet<String>,
}

#[derive(Debug)]
struct Looked {
    /// When it was changed, and its length. `None` if it is to be looked at again.
    stamp: Option<(Option<SystemTime>, u64)>,
    entries: Vec<Entry>,
    is_wrong: bool,
}

/// What an event is counted by.
#[derive(Debug, Clone)]
struct Entry {
    fingerprint: String,
    group: String,
    run: String,
    kind: Kind,
    count: u64,
}

/// The reports of one event, each with its file.
type ByFingerprint<'s> = HashMap<&'s str, (&'s Path, &'s Entry)>;

/// An event that may have to be sent, and where its report is.
#[derive(Debug, Clone)]
pub(super) struct Due {
    pub(super) path: PathBuf,
    pub(super) fingerprint: String,
    pub(super) group: String,
    pub(super) run: String,
    /// How many findings of the group there are in this run, in all its reports.
    pub(super) count: u64,
}

impl Survey {
    /// Looks at all files that have changed. A follower leaves out what is too new.
    pub(super) fn look(&mut self, places: &[PathBuf], follows: bool, pass: &mut Pass) {
        let mut before = std::mem::take(&mut self.files);
        let wrong_before = std::mem::take(&mut self.wrong);
        for place in places {
            let paths = match read::files_of(place) {
                Ok(paths) => paths,
                Err(error) => {
                    pass.note_unreadable();
                    let line = format!("{}: cannot be read: {error}", place.display());
                    if !wrong_before.contains(&line) {
                        say(&line);
                    }
                    self.wrong.insert(line);
                    continue;
                }
            };
            for path in paths {
                let stamp = fs::metadata(&path).ok().map(|it| stamp(&it));
                let known = before.remove(&path);
                let looked = match known {
                    Some(known) if stamp.is_some() && known.stamp == stamp => known,
                    known => look_at(&path, stamp, follows, known.is_some_and(|it| it.is_wrong)),
                };
                if looked.is_wrong {
                    pass.note_unreadable();
                }
                self.files.insert(path, looked);
            }
        }
    }

    /// The events of everything that was looked at: one for each group and run.
    pub(super) fn due(&self) -> Vec<Due> {
        let mut events: HashMap<(&str, &str), ByFingerprint> = HashMap::new();
        for (path, entry) in self.entries() {
            let event = events.entry((&entry.group, &entry.run)).or_default();
            let same = event.entry(&entry.fingerprint).or_insert((path, entry));
            // The same report may be in two directories. It is the same findings, counted once.
            if entry.count > same.1.count {
                *same = (path, entry);
            }
        }
        let mut due: Vec<Due> = events.into_values().filter_map(Due::of).collect();
        due.sort_by(|one, other| (&one.path, &one.group).cmp(&(&other.path, &other.group)));
        due
    }

    fn entries(&self) -> impl Iterator<Item = (&Path, &Entry)> {
        let entries = |(path, looked)| {
            let (path, looked): (&PathBuf, &Looked) = (path, looked);
            looked
                .entries
                .iter()
                .map(move |entry| (path.as_path(), entry))
        };
        self.files.iter().flat_map(entries)
    }
}

impl Due {
    /// The report of the worst kind, and of these the one with the most findings, stands for all of its group and run.
    fn of(reports: ByFingerprint) -> Option<Due> {
        let count = reports
            .values()
            .fold(0_u64, |sum, (_, entry)| sum.saturating_add(entry.count));
        let first = |(path, entry): &(&Path, &Entry)| {
            let fingerprint = entry.fingerprint.clone();
            (
                entry.kind,
                std::cmp::Reverse(entry.count),
                path.to_path_buf(),
                fingerprint,
            )
        };
        let (path, entry) = reports.into_values().min_by_key(first)?;
        Some(Due {
            path: path.to_owned(),
            fingerprint: entry.fingerprint.clone(),
            group: entry.group.clone(),
            run: entry.run.clone(),
            count,
        })
    }

    /// Reads the report again. The error is one line.
    pub(super) fn read(&self) -> Result<Report, String> {
        let reports = read::file(&self.path).map_err(|error| error.to_string())?;
        let is_ours =
            |report: &Report| report.fingerprint == self.fingerprint && run_of(report) == self.run;
        let found = reports.into_iter().find(is_ours);
        found.ok_or_else(|| format!("{}: has changed meanwhile", self.path.display()))
    }
}

fn stamp(metadata: &Metadata) -> (Option<SystemTime>, u64) {
    (metadata.modified().ok(), metadata.len())
}

fn look_at(
    path: &Path,
    stamp: Option<(Option<SystemTime>, u64)>,
    follows: bool,
    is_told: bool,
) -> Looked {
    let reports = match file(path) {
        Ok(reports) => reports,
        Err(error) => {
            if !is_told {
                say(&error.to_string());
            }
            return Looked {
                stamp: None,
                entries: Vec::new(),
                is_wrong: true,
            };
        }
    };
    let now = SystemTime::now();
    let is_due = |report: &&Report| !follows || is_ripe(report, now);
    let entries: Vec<Entry> = reports.iter().filter(is_due).map(Entry::of).collect();
    Looked {
        stamp: stamp.filter(|_| entries.len() == reports.len()),
        entries,
        is_wrong: false,
    }
}

/// Opening a pipe would wait for a writer.
fn file(path: &Path) -> Result<Vec<Report>, ReportFileError> {
    if fs::metadata(path).is_ok_and(|it| !it.is_file()) {
        return Err(ReportFileError {
            file: path.to_owned(),
            reason: "is not a file".to_owned(),
        });
    }
    read::file(path)
}

impl Entry {
    fn of(report: &Report) -> Entry {
        Entry {
            fingerprint: report.fingerprint.clone(),
            group: group_of(report),
            run: run_of(report),
            kind: report.kind,
            count: report.count,
        }
    }
}

/// Whether a report of a program that still runs has all that it will have. A time in the future is of another clock.
fn is_ripe(report: &Report, now: SystemTime) -> bool {
    let needed = if report.open { OPEN_FOR } else { NAMED_AFTER };
    let seen = humantime::parse_rfc3339(&report.first_seen);
    let age = seen.map(|seen| now.duration_since(seen));
    !matches!(age, Ok(Ok(age)) if age < needed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use redhanded_report::samples;

    #[test]
    fn a_follower_waits_for_names_and_for_a_writer_that_is_away() {
        let mut report = samples::torn();
        let seen = humantime::parse_rfc3339(&report.first_seen).expect("a time");
        let after = |seconds| seen + Duration::from_secs(seconds);
        assert!(!is_ripe(&report, after(9)) && is_ripe(&report, after(10)));
        report.open = true;
        assert!(!is_ripe(&report, after(59)) && is_ripe(&report, after(60)));
        assert!(is_ripe(&report, seen - Duration::from_secs(1)));
    }

    /// Fingerprint, group, run and count of a report.
    type Said<'t> = (&'t str, &'t str, &'t str, u64);

    /// A survey of files with these reports each.
    fn survey(files: &[(&str, &[Said<'_>])]) -> Survey {
        let entry = |(fingerprint, group, run, count): &Said<'_>| Entry {
            fingerprint: (*fingerprint).to_owned(),
            group: (*group).to_owned(),
            run: (*run).to_owned(),
            kind: Kind::Overlap,
            count: *count,
        };
        let looked = |entries: &[Said<'_>]| Looked {
            stamp: None,
            entries: entries.iter().map(entry).collect(),
            is_wrong: false,
        };
        let files = files.iter();
        Survey {
            files: files
                .map(|(path, entries)| (PathBuf::from(path), looked(entries)))
                .collect(),
            ..Survey::default()
        }
    }

    #[test]
    fn the_worst_report_of_a_group_stands_for_all() {
        let mut survey = survey(&[
            ("a/1", &[("f1", "g", "r", 7)]),
            ("a/2", &[("f2", "g", "r", 1)]),
        ]);
        let torn = survey.files.get_mut(Path::new("a/2")).expect("a file");
        torn.entries[0].kind = Kind::TornFrame;
        let due = survey.due();
        assert_eq!(
            (due.len(), &*due[0].fingerprint, due[0].count),
            (1, "f2", 8)
        );
    }

    #[test]
    fn the_findings_of_a_group_are_counted_by_run_and_copies_once() {
        let due = survey(&[
            ("a/1", &[("f1", "g", "r", 3)]),
            ("a/2", &[("f2", "g", "r", 5), ("f1", "g", "s", 1)]),
            ("b/1", &[("f1", "g", "r", 2)]),
            ("b/3", &[("f3", "h", "r", 1)]),
        ])
        .due();
        let due: Vec<_> = due
            .iter()
            .map(|it| {
                (
                    it.path.to_str().expect("text"),
                    &*it.fingerprint,
                    &*it.run,
                    it.count,
                )
            })
            .collect();
        let expected = [
            ("a/2", "f1", "s", 1),
            ("a/2", "f2", "r", 8),
            ("b/3", "f3", "r", 1),
        ];
        let mut sorted = due.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, expected);
    }
}
