//! The connections that are watched now: who writes, for how long, and what went out.

use std::collections::BTreeSet;

use serde::Serialize;

use super::answer::Answer;
use super::query::{BadValue, Query};
use super::source::Source;
use crate::report::CallSite;
use crate::wire::{Live, LiveHandle, LiveWire, LiveWriter};
use crate::witness::Stamp;

/// How many wires there are on a page that does not say, and at most.
const DEFAULT_LIMIT: usize = 200;
const MAX_LIMIT: usize = 500;

#[derive(Debug, Serialize)]
struct Wires {
    revision: u64,
    /// How many there are, of which these are some.
    total: usize,
    wires: Vec<Wire>,
}

#[derive(Debug, Serialize)]
struct Wire {
    id: u64,
    local: Option<String>,
    peer: Option<String>,
    encrypted: bool,
    /// How many there are; not all of them may be told one by one.
    handle_count: usize,
    handles: Vec<Handle>,
    /// Those of the handles' writers that have the wire now.
    writing: Vec<Writing>,
    threads: Vec<Thread>,
    findings: u64,
}

#[derive(Debug, Serialize)]
struct Handle {
    id: u64,
    bytes: u64,
    messages: u64,
    /// What it does now, or wrote last.
    operation: Option<String>,
    /// A part of a frame is out, and the rest is not.
    inside_frame: bool,
    writing: Option<Writing>,
}

#[derive(Debug, Clone, Serialize)]
struct Writing {
    handle: u64,
    operation: Option<String>,
    thread: String,
    task: Option<String>,
    site: Option<String>,
    since_us: f64,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Thread {
    thread: String,
}

/// The answer to a question for a page of the wires.
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
    let Live { total, wires } = source.wires(offset, limit).unwrap_or_default();
    let now = Stamp::now();
    let wires = wires.into_iter().map(|live| wire(live, now)).collect();
    Answer::json(&Wires {
        revision: source.pulse().revision,
        total,
        wires,
    })
}

fn wire(live: LiveWire, now: Stamp) -> Wire {
    let threads: BTreeSet<_> = live
        .handles
        .iter()
        .filter_map(|handle| Some(thread(handle.writer.as_ref()?)))
        .collect();
    let handles: Vec<_> = live
        .handles
        .into_iter()
        .map(|live| handle(live, now))
        .collect();
    let owned = |address: Option<&str>| address.map(str::to_owned);
    Wire {
        id: live.id,
        local: owned(live.socket.local()),
        peer: owned(live.socket.peer()),
        encrypted: live.is_encrypted,
        handle_count: live.handle_count,
        writing: handles
            .iter()
            .filter_map(|handle| handle.writing.clone())
            .collect(),
        handles,
        threads: threads
            .into_iter()
            .map(|thread| Thread { thread })
            .collect(),
        findings: live.findings,
    }
}

fn handle(live: LiveHandle, now: Stamp) -> Handle {
    let operation = live.operation.map(|operation| operation.to_string());
    let writer = live.writer.as_ref().filter(|_| live.is_writing);
    Handle {
        id: live.id,
        bytes: live.bytes,
        messages: live.messages,
        inside_frame: live.is_inside_frame,
        writing: writer.map(|writer| Writing {
            handle: live.id,
            operation: operation.clone(),
            thread: thread(writer),
            task: writer.task.map(|task| task.to_string()),
            site: writer.site.call_site().as_ref().map(CallSite::to_string),
            since_us: now.micros_since(writer.since).max(0.0),
        }),
        operation,
    }
}

/// As reports name it.
fn thread(writer: &LiveWriter) -> String {
    let name = writer.thread_name.as_deref().map(str::to_owned);
    crate::report::Thread {
        id: writer.thread,
        name,
    }
    .label()
}
