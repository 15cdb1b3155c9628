//! The list of the wires that are watched now, cut into pages.

use serde::Serialize;

use super::answer::Answer;
use super::live::{Wire, Wires};
use super::query::{BadValue, Query};
use super::source::Source;

/// How many wires a page has if the request does not say, and how many at most.
const DEFAULT_LIMIT: usize = 200;
const MAX_LIMIT: usize = 500;

#[derive(Debug, Serialize)]
struct Page<'a> {
    revision: u64,
    total: usize,
    wires: &'a [Wire],
}

/// The answer to a request for a page of the wires.
pub(super) fn answer(query: &Query, source: &dyn Source) -> Answer {
    let page = query
        .number("offset", 0)
        .and_then(|offset| Ok((offset, query.number("limit", DEFAULT_LIMIT)?)));
    let (offset, limit) = match page {
        Ok((offset, limit)) => (offset, limit.min(MAX_LIMIT)),
        Err(BadValue { name, takes }) => {
            return Answer::error(400, &format!("{name} takes {takes}"));
        }
    };
    let Wires { total, wires } = source.wires(offset, limit).unwrap_or_default();
    Answer::json(&Page {
        revision: source.pulse().revision,
        total,
        wires: &wires,
    })
}
