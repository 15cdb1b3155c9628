//! The list of reports: filtered, sorted and cut into pages, so that a browser never has to hold all of it.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::de::{IntoDeserializer, value};
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::live::Watching;
use super::query::{BadValue, Query};
use super::source::Source;
use redhanded_report::record::UnknownStreams;
use redhanded_report::{Kind, Lock, Origin, Process, Report, Wire, Writer};

/// How many rows a page has if the request does not say, and how many at most.
const DEFAULT_LIMIT: usize = 200;
const MAX_LIMIT: usize = 1000;

/// The longest text of a row. Names come from the program, and may have any length.
const MAX_TEXT: usize = 400;

/// A report as lists need it, without a copy of what is large.
pub struct Item {
    /// What it says.
    pub report: Box<dyn ListedReport>,
    /// When it was found first, as RFC 3339 in UTC.
    pub first_seen: String,
    /// When it was found last, likewise.
    pub last_seen: String,
    /// How many findings it has.
    pub count: u64,
    /// Whether a writer of one of them has not come back.
    pub open: bool,
}

/// What lists show of a report, and search in it.
pub trait ListedReport: Send + Sync {
    /// The report's name in the page's addresses.
    fn id(&self) -> &str;

    /// The kind of the findings.
    fn kind(&self) -> Kind;

    /// One sentence.
    fn summary(&self) -> &str;

    /// The connection.
    fn wire(&self) -> &Wire;

    /// The lock, if the report is about one.
    fn lock(&self) -> Option<&Lock>;

    /// The writers, the first one first.
    fn writers(&self) -> &[Writer];
}

/// One report of a list of reports in memory.
struct Saved(Arc<Vec<Report>>, usize);

impl Saved {
    fn report(&self) -> &Report {
        &self.0[self.1]
    }
}

impl ListedReport for Saved {
    fn id(&self) -> &str {
        &self.report().id
    }

    fn kind(&self) -> Kind {
        self.report().kind
    }

    fn summary(&self) -> &str {
        &self.report().summary
    }

    fn wire(&self) -> &Wire {
        &self.report().wire
    }

    fn lock(&self) -> Option<&Lock> {
        self.report().lock.as_ref()
    }

    fn writers(&self) -> &[Writer] {
        &self.report().writers
    }
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Item")
            .field("id", &self.report.id())
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

impl Item {
    /// Every report of a list in memory.
    pub(super) fn saved(reports: &Arc<Vec<Report>>) -> Vec<Self> {
        let item = |(index, report): (usize, &Report)| Item {
            count: report.count,
            open: report.open,
            first_seen: report.first_seen.clone(),
            last_seen: report.last_seen.clone(),
            report: Box::new(Saved(reports.clone(), index)),
        };
        reports.iter().enumerate().map(item).collect()
    }

    fn row(&self) -> Row<'_> {
        let writers = self.report.writers();
        let site = |writer: &Writer| writer.call_site.as_ref().map(|site| cut(site.to_string()));
        Row {
            id: self.report.id(),
            kind: self.report.kind(),
            summary: cut(self.report.summary().to_owned()),
            open: self.open,
            count: self.count,
            first_seen: &self.first_seen,
            last_seen: &self.last_seen,
            sites: writers.iter().map(site).collect(),
            writers: writers.iter().map(|writer| cut(writer.label())).collect(),
            operations: writers
                .iter()
                .map(|writer| cut(writer.operation.clone()))
                .collect(),
            wire: self.report.wire(),
            lock: self.report.lock(),
        }
    }

    /// Writes everything that the filter searches, in lower case.
    fn write_words(&self, into: &mut String) {
        into.clear();
        let mut write = |text: &str| {
            if text.is_ascii() {
                let start = into.len();
                into.push_str(text);
                into[start..].make_ascii_lowercase();
            } else {
                into.extend(text.chars().flat_map(char::to_lowercase));
            }
            into.push('\n');
        };
        write(self.report.summary());
        for writer in self.report.writers() {
            write(&writer.label());
            write(&writer.thread_label());
            if let Some(site) = &writer.call_site {
                write(&site.to_string());
            }
            let frames = writer
                .backtrace
                .iter()
                .filter(|frame| frame.origin == Origin::App);
            frames.for_each(|frame| write(&frame.function));
        }
    }
}

/// A text, shortened for a row.
fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_TEXT) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// What is said of so many types of streams that are not known.
const MAX_HINTS: usize = 3;

fn hints(unknown: Vec<UnknownStreams>) -> Vec<String> {
    let sentences = unknown.iter().map(|streams| cut(streams.sentence()));
    sentences.take(MAX_HINTS).collect()
}

#[derive(Debug, Serialize)]
struct List<'a> {
    revision: u64,
    total: usize,
    matching: usize,
    rows: Vec<Row<'a>>,
    process: Option<Process>,
    suppressed: u64,
    dropped: u64,
    watching: Option<Watching>,
    /// A sentence for each type of streams that is not known, of some of them.
    hints: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    id: &'a str,
    kind: Kind,
    summary: String,
    open: bool,
    count: u64,
    first_seen: &'a str,
    last_seen: &'a str,
    sites: Vec<Option<String>>,
    writers: Vec<String>,
    operations: Vec<String>,
    wire: &'a Wire,
    lock: Option<&'a Lock>,
}

/// The answer to a request for a page of the list.
pub(super) fn answer(query: &Query, source: &dyn Source) -> Answer {
    match Wanted::of(query) {
        Ok(wanted) => Answer::json(&wanted.list(&source.items(), source)),
        Err(BadValue { name, takes }) => Answer::error(400, &format!("{name} takes {takes}")),
    }
}

/// Which part of the list is wanted, and in which order.
#[derive(Debug)]
struct Wanted {
    sort: Sort,
    is_ascending: bool,
    kinds: Vec<Kind>,
    words: Vec<String>,
    offset: usize,
    limit: usize,
}

#[derive(Debug, Clone, Copy)]
enum Sort {
    LastSeen,
    FirstSeen,
    Count,
    Kind,
}

impl Wanted {
    fn of(query: &Query) -> Result<Wanted, BadValue> {
        let sorts = [Sort::LastSeen, Sort::FirstSeen, Sort::Count, Sort::Kind];
        let names = ["last_seen", "first_seen", "count", "kind"];
        let kinds = query
            .value("kind")
            .unwrap_or_default()
            .split(',')
            .filter(|kind| !kind.is_empty());
        let kind = |name: &str| {
            let known =
                Kind::deserialize(IntoDeserializer::<value::Error>::into_deserializer(name));
            known.map_err(|_| BadValue {
                name: "kind",
                takes: "kinds of reports, with commas between them",
            })
        };
        let words = query.value("text").unwrap_or_default().split_whitespace();
        Ok(Wanted {
            sort: sorts[query.word("sort", "last_seen, first_seen, count or kind", &names)?],
            is_ascending: query.word("order", "desc or asc", &["desc", "asc"])? == 1,
            kinds: kinds.map(kind).collect::<Result<_, _>>()?,
            words: words.map(str::to_lowercase).collect(),
            offset: query.number("offset", 0)?,
            limit: query.number("limit", DEFAULT_LIMIT)?.min(MAX_LIMIT),
        })
    }

    fn list<'a>(&self, items: &'a [Item], source: &dyn Source) -> List<'a> {
        let mut text = String::new();
        let mut matching: Vec<&Item> = items
            .iter()
            .filter(|item| self.matches(item, &mut text))
            .collect();
        matching.sort_unstable_by(|one, other| self.compare(one, other));
        let pulse = source.pulse();
        List {
            revision: pulse.revision,
            total: items.len(),
            matching: matching.len(),
            rows: matching
                .iter()
                .skip(self.offset)
                .take(self.limit)
                .map(|item| item.row())
                .collect(),
            process: source.process(),
            suppressed: pulse.suppressed,
            dropped: source.dropped(),
            watching: source.watching(),
            hints: hints(source.unknown_streams()),
        }
    }

    fn matches(&self, item: &Item, text: &mut String) -> bool {
        if !self.kinds.is_empty() && !self.kinds.contains(&item.report.kind()) {
            return false;
        }
        if self.words.is_empty() {
            return true;
        }
        item.write_words(text);
        self.words.iter().all(|word| text.contains(word))
    }

    /// Equal rows are in the order of time, and then of their names: a fixed order puts no row on two pages.
    fn compare(&self, one: &Item, other: &Item) -> Ordering {
        let by = match self.sort {
            Sort::LastSeen => one.last_seen.cmp(&other.last_seen),
            Sort::FirstSeen => one.first_seen.cmp(&other.first_seen),
            Sort::Count => one.count.cmp(&other.count),
            Sort::Kind => one.report.kind().cmp(&other.report.kind()),
        };
        let by = if self.is_ascending { by } else { by.reverse() };
        by.then_with(|| other.last_seen.cmp(&one.last_seen))
            .then_with(|| one.report.id().cmp(other.report.id()))
    }
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
