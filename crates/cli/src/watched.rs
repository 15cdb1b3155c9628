//! How much was watched in the processes whose reports are looked at, as their records say.

use redhanded_report::near_miss;
use redhanded_report::record::{ProcessRecord, read_all};
use std::io;
use std::path::{Path, PathBuf};

/// What is to be said of the processes that have left records in these places. `None` if there is no record.
pub(super) fn sentence(places: &[PathBuf]) -> Option<String> {
    let records = places.iter().flat_map(|place| of_place(place));
    of_records(&records.collect::<Vec<_>>())
}

/// Whether a process in one of these places has held writers as long as they ever are, as far as it has said so.
pub(super) fn has_full_holds(places: &[PathBuf]) -> bool {
    let near_misses = places
        .iter()
        .flat_map(|place| near_miss::read_all(place).unwrap_or_default());
    let mut read = near_misses.filter_map(|(_, near_misses)| near_misses.ok());
    read.any(|near_misses| near_misses.mode.starts_with("full"))
}

/// The records in one place. A file of reports has none.
fn of_place(place: &Path) -> Vec<io::Result<ProcessRecord>> {
    // A folder that cannot be listed has been named already, with its reports.
    let records = read_all(place).unwrap_or_default();
    records.into_iter().map(|(_, record)| record).collect()
}

fn of_records(records: &[io::Result<ProcessRecord>]) -> Option<String> {
    if records.is_empty() {
        return None;
    }
    let read: Vec<_> = records.iter().flatten().collect();
    let total = |count: fn(&ProcessRecord) -> u64| {
        let counts = read.iter().map(|record| count(record));
        counts.fold(0, u64::saturating_add)
    };
    let mut sentence = format!(
        "{}, {} watched",
        counted(records.len() as u64, "process", "processes"),
        counted(total(ProcessRecord::watched), "connection", "connections"),
    );
    let unknown = total(ProcessRecord::unknown);
    if unknown > 0 {
        sentence += &format!(", {unknown} of them on a stream of a type that is not known");
    }
    let unfinished = read.iter().filter(|record| !record.is_complete).count();
    if unfinished > 0 {
        let processes = counted(unfinished as u64, "process", "processes");
        sentence += &format!("; {processes} did not end in order");
    }
    let forks = total(|record| record.forks);
    if forks > 0 {
        let children = counted(forks, "forked child", "forked children");
        sentence += &format!("; {children} watched each by itself");
    }
    let unread = records.len() - read.len();
    if unread > 0 {
        let records = counted(unread as u64, "record", "records");
        sentence += &format!("; {records} could not be read");
    }
    Some(sentence)
}

fn counted(count: u64, one: &str, several: &str) -> String {
    let noun = if count == 1 { one } else { several };
    format!("{count} {noun}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use redhanded_report::record::{Connections, SCHEMA, UnknownStreams};
    use std::collections::BTreeMap;

    fn record(count: u64) -> ProcessRecord {
        ProcessRecord {
            schema: SCHEMA,
            pid: 1,
            program: "chat".to_owned(),
            started: 0,
            is_complete: true,
            connections: vec![Connections {
                library: "Tap".to_owned(),
                version: String::new(),
                count,
            }],
            unknown_streams: Vec::new(),
            forks: 0,
            reports: BTreeMap::new(),
            suppressed: 0,
            problems: Vec::new(),
        }
    }

    #[test]
    fn records_are_one_sentence() {
        let hindered = ProcessRecord {
            is_complete: false,
            forks: 2,
            unknown_streams: vec![UnknownStreams {
                type_name: "Locked".to_owned(),
                library: "Tap".to_owned(),
                count: 3,
            }],
            ..record(7)
        };
        let unreadable = || Err(io::ErrorKind::InvalidData.into());
        let endless = format!("2 processes, {} connections watched", u64::MAX);
        for (records, sentence) in [
            (vec![], None),
            (vec![Ok(record(1))], Some("1 process, 1 connection watched")),
            (vec![Ok(record(1)), Ok(record(u64::MAX))], Some(&*endless)),
            (
                vec![Ok(record(1)), Ok(hindered), unreadable()],
                Some(
                    "3 processes, 8 connections watched, 3 of them on a stream of a type that is not known; 1 process did \
                     not end in order; 2 forked children watched each by itself; 1 record could not be read",
                ),
            ),
        ] {
            assert_eq!(of_records(&records).as_deref(), sentence);
        }
    }
}
