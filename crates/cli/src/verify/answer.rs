//! What is said in the end: a fact, and the exit code that goes with it.

use super::counted::{Counted, OfSide};
use super::left::{Found, Left};
use crate::{DONE, FOUND};
use redhanded_report::near_miss::Side;
use redhanded_report::{CallSite, one_line};
use std::fmt::Write;

/// Nothing is known: not that the fault is there, and not that it is gone.
pub(super) const UNKNOWN: u8 = 3;

/// What has happened in all runs.
#[derive(Debug)]
pub(super) struct Outcome<'o> {
    pub(super) sides: &'o [Side; 2],
    /// The two were on the connection at the same time when they were found.
    pub(super) have_overlapped: bool,
    pub(super) runs: u32,
    pub(super) left: &'o Left,
    pub(super) pair: Counted,
    pub(super) found: Option<&'o Found>,
    /// How many runs the command failed in, the first of them, and how it ended.
    pub(super) failures: u32,
    pub(super) first_failure: Option<(u32, String)>,
}

/// The exit code, and one sentence a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) code: u8,
    pub(super) text: String,
}

impl Outcome<'_> {
    pub(super) fn answer(&self) -> Answer {
        let (code, mut text) = match self.found {
            Some(found) => (FOUND, self.found_again(found)),
            None => self.not_found(),
        };
        text.push('\n');
        for further in self.further() {
            let _ = writeln!(text, "  {}", one_line(&further));
        }
        Answer { code, text }
    }

    fn found_again(&self, found: &Found) -> String {
        let (kind, summary) = (found.kind, one_line(&found.summary));
        let file = found.file.display().to_string();
        format!(
            "found again in run {}: {kind}, {summary} ({})",
            self.runs,
            one_line(&file)
        )
    }

    /// Without a report: what speaks for the fix, or why nothing is known.
    fn not_found(&self) -> (u8, String) {
        let in_runs = in_runs(self.runs);
        let pair = &self.pair;
        if self.left.processes == 0 {
            let text = format!("no watched process {in_runs}: nothing is known");
            return (UNKNOWN, text);
        }
        if pair.met > 0 {
            let text = format!(
                "found again: the two call sites met {in_runs}, and no report of it could be read"
            );
            return (FOUND, text);
        }
        if pair.processes == 0 {
            let text =
                format!("no process {in_runs} has told which call sites came: nothing is known");
            return (UNKNOWN, text);
        }
        if let Some(text) = self.not_reached() {
            return (UNKNOWN, format!("{text} {in_runs}: nothing is known"));
        }
        let came = self.came();
        match self.why_unknown() {
            Some(why) => (UNKNOWN, format!("{came}; {why}")),
            None => (DONE, came),
        }
    }

    fn not_reached(&self) -> Option<&'static str> {
        let reached = self.pair.sides.each_ref().map(|side| side.is_reached());
        match reached {
            [true, true] => None,
            [true, false] => Some("the second call site was never reached"),
            [false, true] => Some("the first call site was never reached"),
            [false, false] => Some("neither call site was reached"),
        }
    }

    /// How often the two came, and what came of it.
    fn came(&self) -> String {
        let (in_runs, pair) = (in_runs(self.runs), &self.pair);
        let came = pair.came(self.sides);
        if !pair.were_together {
            let alone = pair.came_alone(self.sides);
            let times = times(came.saturating_add(alone));
            return if came == 0 {
                format!(
                    "the two call sites came {times} {in_runs}, always to a connection with one handle, and never met"
                )
            } else {
                format!(
                    "the two call sites came {times} {in_runs}, were never seen on one connection at the same time, and never met"
                )
            };
        }
        let held = times(pair.held());
        let mut text = format!(
            "the two call sites came to one connection {} {in_runs}, were held {held}, and never met",
            times(came)
        );
        for reason in &pair.ordered {
            let _ = write!(text, "; ordered: {}", one_line(reason));
        }
        text
    }

    /// Why it is not known that the fault is gone, though both calls came and did not meet.
    fn why_unknown(&self) -> Option<String> {
        let (left, pair) = (self.left, &self.pair);
        let nothing_more = "nothing more is known";
        if !self.have_overlapped {
            return Some(format!(
                "in the report they wrote in turn, which no hold brings about: {nothing_more}"
            ));
        }
        if self.first_failure.is_some() {
            return Some(format!("the command failed: {nothing_more}"));
        }
        if left.unfinished > 0 {
            let processes = counted(left.unfinished, "process", "processes");
            return Some(format!(
                "{processes} did not end in order, and may not have told all: {nothing_more}"
            ));
        }
        if let Some(problem) = &left.problem {
            return Some(format!("{}: {nothing_more}", one_line(problem)));
        }
        if pair.holding < left.processes {
            return Some(format!(
                "not every process has held writers, as REDHANDED_PROVOKE=full asks for: {nothing_more}"
            ));
        }
        if left.suppressed > 0 {
            let findings = counted(left.suppressed, "finding", "findings");
            return Some(format!("{findings} suppressed: {nothing_more}"));
        }
        if !pair.were_together && pair.with_both == 0 {
            return Some(format!("not in the same process: {nothing_more}"));
        }
        if !pair.were_together && pair.dropped > 0 {
            return Some(format!("not all pairs were listed: {nothing_more}"));
        }
        if !pair.were_together && left.unknown > 0 {
            let connections = counted(left.unknown, "connection", "connections");
            return Some(format!(
                "{connections} on streams of a type that is not known: {nothing_more}"
            ));
        }
        let was_tried = pair.held() > 0 || !pair.ordered.is_empty() || !pair.were_together;
        (!was_tried).then(|| nothing_more.to_owned())
    }

    /// The two calls, and what else is to be known.
    fn further(&self) -> Vec<String> {
        let left = self.left;
        let mut lines: Vec<String> = ["first", "second"]
            .into_iter()
            .zip(self.sides)
            .zip(&self.pair.sides)
            .map(|((name, side), counted)| {
                let came = counted.came.saturating_add(counted.came_alone);
                let now = moved(side, counted);
                format!("{name}: {}{now}, came {}", described(side), times(came))
            })
            .collect();
        if self.found.is_some() {
            lines.clear();
        }
        lines.extend(self.failure());
        if left.others > 0 {
            let reports = counted(left.others, "report", "reports");
            lines.push(format!("{reports} of other faults"));
        }
        if left.forks > 0 {
            let children = counted(left.forks, "forked child", "forked children");
            lines.push(format!("{children} not watched"));
        }
        if self.pair.dropped > 0 && self.found.is_none() {
            lines.push(format!(
                "{} pairs and call sites were not listed",
                self.pair.dropped
            ));
        }
        lines
    }

    fn failure(&self) -> Option<String> {
        let (run, ended) = self.first_failure.as_ref()?;
        let in_runs = match self.failures {
            1 => format!("in run {run}"),
            failures => format!("in {failures} runs, first in run {run}"),
        };
        Some(format!("the command failed {in_runs} ({ended})"))
    }
}

fn described(side: &Side) -> String {
    let function = || {
        side.function
            .clone()
            .unwrap_or_else(|| "a place that is not known".to_owned())
    };
    let place = side.call_site.as_ref().map(CallSite::to_string);
    format!("{} at {}", side.operation, place.unwrap_or_else(function))
}

/// Where a call is now, if not on the line of the report.
fn moved(side: &Side, counted: &OfSide) -> String {
    let before = side.call_site.as_ref().map(|site| site.line);
    let now: Vec<String> = counted
        .lines
        .iter()
        .filter(|(_, line)| Some(*line) != before)
        .map(|(file, line)| format!("{file}:{line}"))
        .collect();
    if now.is_empty() {
        String::new()
    } else {
        format!(" (now at {})", now.join(", "))
    }
}

fn in_runs(runs: u32) -> String {
    format!("in {}", counted(runs.into(), "run", "runs"))
}

fn times(count: u64) -> String {
    counted(count, "time", "times")
}

fn counted(count: u64, one: &str, several: &str) -> String {
    let noun = if count == 1 { one } else { several };
    format!("{count} {noun}")
}

#[cfg(test)]
mod tests;
