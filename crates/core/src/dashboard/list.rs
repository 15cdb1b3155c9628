//! The list of reports: filtered, sorted and cut into pages here, so that a browser never has to hold them all.

use std::cmp::Ordering;
use std::sync::Arc;

use serde::de::{IntoDeserializer, value};
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::query::{BadValue, Query};
use super::source::Source;
use crate::collector::Listed;
use crate::report::{Kind, Lock, Origin, Process, Report, Wire, Writer};

/// How many rows there are on a page that does not say, and at most.
const DEFAULT_LIMIT: usize = 200;
const MAX_LIMIT: usize = 1000;

/// What a row says of a place or an operation is cut here: names are anybody's, and as long as they like.
const MAX_TEXT: usize = 400;

/// A report as lists need it.
#[derive(Debug)]
pub(crate) struct Item {
    body: Body,
    first_seen: String,
    last_seen: String,
    count: u64,
    open: bool,
}

#[derive(Debug)]
enum Body {
    Live(Listed),
    Saved(Arc<Vec<Report>>, usize),
}

impl Item {
    pub(super) fn live(listed: Listed) -> Self {
        let (first_seen, last_seen) = (listed.first_seen(), listed.last_seen());
        Item {
            count: listed.count,
            open: listed.open,
            first_seen,
            last_seen,
            body: Body::Live(listed),
        }
    }

    /// All of some reports that are there already.
    pub(super) fn saved(reports: &Arc<Vec<Report>>) -> Vec<Self> {
        let item = |(index, report): (usize, &Report)| Item {
            count: report.count,
            open: report.open,
            first_seen: report.first_seen.clone(),
            last_seen: report.last_seen.clone(),
            body: Body::Saved(reports.clone(), index),
        };
        reports.iter().enumerate().map(item).collect()
    }

    fn id(&self) -> &str {
        match &self.body {
            Body::Live(listed) => listed.id(),
            Body::Saved(reports, index) => &reports[*index].id,
        }
    }

    fn kind(&self) -> Kind {
        match &self.body {
            Body::Live(listed) => listed.kind(),
            Body::Saved(reports, index) => reports[*index].kind,
        }
    }

    fn summary(&self) -> &str {
        match &self.body {
            Body::Live(listed) => listed.summary(),
            Body::Saved(reports, index) => &reports[*index].summary,
        }
    }

    fn wire(&self) -> &Wire {
        match &self.body {
            Body::Live(listed) => listed.wire(),
            Body::Saved(reports, index) => &reports[*index].wire,
        }
    }

    fn lock(&self) -> Option<&Lock> {
        match &self.body {
            Body::Live(listed) => listed.lock(),
            Body::Saved(reports, index) => reports[*index].lock.as_ref(),
        }
    }

    fn writers(&self) -> &[Writer] {
        match &self.body {
            Body::Live(listed) => listed.writers(),
            Body::Saved(reports, index) => &reports[*index].writers,
        }
    }

    fn row(&self) -> Row<'_> {
        let writers = self.writers();
        let site = |writer: &Writer| writer.call_site.as_ref().map(|site| cut(site.to_string()));
        Row {
            id: self.id(),
            kind: self.kind(),
            summary: cut(self.summary().to_owned()),
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
            wire: self.wire(),
            lock: self.lock(),
        }
    }

    /// Everything that a person may look for, in lower case.
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
        write(self.summary());
        for writer in self.writers() {
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

/// Text that a row can hold.
fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_TEXT) {
        text.truncate(end);
        text.push('…');
    }
    text
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

#[derive(Debug, Serialize)]
struct Watching {
    wires: u64,
    handles: u64,
}

/// The answer to a question for a page of the list.
pub(super) fn answer(query: &Query, source: &dyn Source) -> Answer {
    match Wanted::of(query) {
        Ok(wanted) => Answer::json(&wanted.list(&source.items(), source)),
        Err(BadValue { name, takes }) => Answer::error(400, &format!("{name} takes {takes}")),
    }
}

/// What part of the list is wanted.
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
        let watching = source.watching();
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
            watching: watching.map(|watching| Watching {
                wires: watching.wires,
                handles: watching.handles,
            }),
        }
    }

    fn matches(&self, item: &Item, text: &mut String) -> bool {
        if !self.kinds.is_empty() && !self.kinds.contains(&item.kind()) {
            return false;
        }
        if self.words.is_empty() {
            return true;
        }
        item.write_words(text);
        self.words.iter().all(|word| text.contains(word))
    }

    /// Where all else is the same, the latest comes first, and then any fixed order will do: no row may be on two pages.
    fn compare(&self, one: &Item, other: &Item) -> Ordering {
        let by = match self.sort {
            Sort::LastSeen => one.last_seen.cmp(&other.last_seen),
            Sort::FirstSeen => one.first_seen.cmp(&other.first_seen),
            Sort::Count => one.count.cmp(&other.count),
            Sort::Kind => one.kind().cmp(&other.kind()),
        };
        let by = if self.is_ascending { by } else { by.reverse() };
        by.then_with(|| other.last_seen.cmp(&one.last_seen))
            .then_with(|| one.id().cmp(other.id()))
    }
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
