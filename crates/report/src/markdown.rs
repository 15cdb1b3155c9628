//! Reports as Markdown, for a ticket on GitHub or GitLab.
//!
//! Everything that comes from a report stands in code, inline or in a block. Escaping would not be enough: an escaped
//! `@name` or `#123` becomes text again before mentions and references are looked for, and a person would be notified.

use super::clean::{clip, one_line};
use super::{Frame, Origin, Report, Workspace, Writer};
use std::fmt::{self, Write};

/// How long the text is at most. GitHub takes 65,536 characters.
///
/// Bytes are counted here, and two for each line end, because a browser sends two. No other way to count gives more.
pub const MAX_MARKDOWN: usize = 65_000;

/// How much of it the text of the tear takes at most.
const MAX_TEAR: usize = 12_000;

/// How much is kept free for the text behind the stacks.
const RESERVE: usize = 700;

const MAX_SENTENCE: usize = 700;
const MAX_NAME: usize = 250;

/// How many locks of a writer are named.
const MAX_LOCKS: usize = 8;

impl Report {
    /// The report as Markdown, complete in itself and shorter than [`MAX_MARKDOWN`], with its paths shortened. What does
    /// not fit is trimmed, and the text says so. Frames of others are trimmed before the application's, and outer frames
    /// before inner ones.
    ///
    /// ```
    /// use redhanded_report::{Report, Workspace};
    ///
    /// fn ticket(report: &Report) -> String {
    ///     report.to_markdown(&Workspace::find())
    /// }
    /// ```
    pub fn to_markdown(&self, workspace: &Workspace) -> String {
        within(&self.cleaned().shortened(workspace), MAX_MARKDOWN - 1)
    }
}

/// Several reports as one text of Markdown, shorter than [`MAX_MARKDOWN`]. If some do not fit, the text says how many.
pub fn to_markdown(reports: &[Report], workspace: &Workspace) -> String {
    let mut text = String::new();
    for (index, report) in reports.iter().enumerate() {
        let left = (MAX_MARKDOWN - 1).saturating_sub(weight(&text) + RESERVE);
        let one = within(
            &report.cleaned().shortened(workspace),
            left / (reports.len() - index).min(4),
        );
        if weight(&one) + 10 > left {
            let _ = writeln!(
                text,
                "\n---\n\n{} more report(s) do not fit here.",
                reports.len() - index
            );
            break;
        }
        if index > 0 {
            text.push_str("\n---\n\n");
        }
        text.push_str(&one);
    }
    text
}

/// The length of a text as [`MAX_MARKDOWN`] counts it.
fn weight(text: &str) -> usize {
    text.len() + text.bytes().filter(|byte| *byte == b'\n').count()
}

/// The report as Markdown. The tear and the stacks are trimmed, so that it is not longer than `budget`.
fn within(report: &Report, budget: usize) -> String {
    let mut text = String::new();
    // Writing to a `String` does not fail.
    let _ = head(&mut text, report);
    let _ = report
        .writers
        .iter()
        .try_for_each(|writer| writer_head(&mut text, writer));
    let left = |text: &str| budget.saturating_sub(weight(text) + RESERVE);
    if report.bytes.is_some() {
        let most = MAX_TEAR.min(left(&text) / 2);
        tear(&mut text, report, most);
    }
    let stacks = report.writers.iter().flat_map(|writer| {
        let backtrace = (writer, "Backtrace", &writer.backtrace);
        [
            backtrace,
            (
                writer,
                "Where its object was dropped, backtrace",
                &writer.dropped_at,
            ),
        ]
    });
    let stacks: Vec<_> = stacks.filter(|(_, _, frames)| !frames.is_empty()).collect();
    for (index, (writer, title, frames)) in stacks.iter().enumerate() {
        let most = left(&text) / (stacks.len() - index);
        stack(&mut text, writer, title, frames, most);
    }
    let _ = foot(&mut text, report);
    text
}

fn head(text: &mut String, report: &Report) -> fmt::Result {
    let open = if report.open { " (open)" } else { "" };
    writeln!(text, "### redhanded: {}{open}\n", report.kind)?;
    writeln!(text, "{}\n", Code(&report.summary, MAX_SENTENCE))?;
    writeln!(text, "{}\n", report.kind.meaning())?;
    if let Some(note) = &report.note {
        writeln!(text, "> {}\n", Code(note, MAX_SENTENCE))?;
    }
    if let Some(note) = &report.lock_note {
        writeln!(text, "> {}\n", Code(note, MAX_SENTENCE))?;
    }
    let (first, last) = (Code(&report.first_seen, 40), Code(&report.last_seen, 40));
    writeln!(
        text,
        "- count {}, first seen {first}, last seen {last}",
        report.count
    )?;
    let address =
        |address: &Option<String>| Code(address.as_deref().unwrap_or("unknown"), 100).to_string();
    let (local, peer) = (address(&report.wire.local), address(&report.wire.peer));
    match &report.lock {
        Some(lock) => writeln!(text, "- {}", Code(&lock.to_string(), MAX_NAME))?,
        None => writeln!(text, "- wire {}: {local} to {peer}", report.wire.id)?,
    }
    let (name, pid) = (Code(&report.process.name, 100), report.process.pid);
    write!(text, "- process {name} ({pid})")?;
    if let Some(release) = &report.process.release {
        write!(text, ", release {}", Code(release, 100))?;
    }
    write!(text, "\n- fingerprint {}", Code(&report.fingerprint, 40))?;
    if let Some(group) = &report.group {
        write!(text, ", group {}", Code(group, 40))?;
    }
    writeln!(text)
}

fn writer_head(text: &mut String, writer: &Writer) -> fmt::Result {
    write!(
        text,
        "\n**{}**: {}",
        writer.title(),
        Code(&writer.operation, MAX_NAME)
    )?;
    write!(text, " by {}", Code(&writer.label(), MAX_NAME))?;
    if writer.task.is_some() {
        write!(text, " on {}", Code(&writer.thread_label(), MAX_NAME))?;
    }
    if let Some(site) = &writer.call_site {
        let place = format!(
            "{}:{}:{}",
            clip(&site.file, MAX_NAME),
            site.line,
            site.column
        );
        write!(text, ", called at {}", Code(&place, MAX_SENTENCE))?;
        if writer.is_called_by_library() {
            write!(text, " (of a library)")?;
        }
    }
    writeln!(text, "\n")?;
    let handle = if writer.is_at_lock() {
        String::new()
    } else {
        let made = writer.made.as_ref();
        let made = made.map(|made| format!(" ({})", Code(&made.to_string(), MAX_SENTENCE)));
        format!("handle {}{}, ", writer.handle, made.unwrap_or_default())
    };
    write!(text, "- {handle}began at {} µs", micros(writer.began_us))?;
    match (writer.ended_us, &writer.outcome) {
        (Some(ended), Some(outcome)) => {
            writeln!(text, ", {} at {} µs", Code(outcome, 40), micros(ended))?
        }
        _ => writeln!(text, ", has not come back")?,
    }
    if let Some(held) = writer.held() {
        writeln!(text, "- {held}")?;
    }
    if let Some(doing) = &writer.doing {
        writeln!(text, "- meanwhile it was in {}", Code(doing, MAX_SENTENCE))?;
    }
    if !writer.spans.is_empty() {
        let spans: Vec<_> = writer
            .spans
            .iter()
            .take(16)
            .map(|span| one_line(clip(span, 60).as_ref()).into_owned())
            .collect();
        writeln!(
            text,
            "- in spans {}",
            Code(&spans.join(" > "), MAX_SENTENCE)
        )?;
    }
    for held in writer.locks.iter().take(MAX_LOCKS) {
        writeln!(text, "- holds a {}", Code(&held.to_string(), MAX_NAME))?;
    }
    if writer.backtrace.is_empty() {
        let why = writer
            .backtrace_missing
            .as_deref()
            .unwrap_or("no reason was given");
        writeln!(text, "- no backtrace: {}", Code(why, MAX_NAME))?;
    } else if let Some(missing) = &writer.backtrace_missing {
        writeln!(text, "- in the backtrace: {}", Code(missing, MAX_NAME))?;
    }
    Ok(())
}

fn tear(text: &mut String, report: &Report, most: usize) {
    let Some(bytes) = &report.bytes else { return };
    let all = bytes.tear_text(report.kind).to_string();
    let lines: Vec<String> = all
        .lines()
        .map(|line| clip(line, MAX_SENTENCE).into_owned())
        .collect();
    let kept = fitting(&lines, most);
    let trimmed = lines.len() - kept;
    text.push('\n');
    fenced(text, &lines[..kept]);
    if trimmed > 0 {
        let _ = writeln!(text, "\n({trimmed} lines of this were trimmed.)");
    }
}

/// A stack that can be unfolded. The application's frames come first, and every frame has its number.
fn stack(text: &mut String, writer: &Writer, title: &str, frames: &[Frame], most: usize) {
    let is_own = |frame: &Frame| frame.origin == Origin::App;
    let numbered = || frames.iter().enumerate();
    let own = numbered().filter(|(_, frame)| is_own(frame));
    let (own_count, count) = (own.clone().count(), frames.len());
    let lines: Vec<String> = own
        .chain(numbered().filter(|(_, frame)| !is_own(frame)))
        .map(|(number, frame)| line(number, frame))
        .collect();
    let kept = fitting(&lines, most.saturating_sub(250));
    let role = writer.title().to_lowercase();
    let _ = writeln!(
        text,
        "\n<details{}>\n<summary>{title} of the {role}: {count} frames, {own_count} of them the application's</summary>\n",
        if own_count > 0 { " open" } else { "" }
    );
    let (in_front, behind) = lines[..kept].split_at(kept.min(own_count));
    fenced(text, in_front);
    if !behind.is_empty() {
        let _ = writeln!(text, "\nOf others:\n");
        fenced(text, behind);
    }
    if kept < count {
        let own_trimmed = own_count.saturating_sub(kept);
        let _ = writeln!(
            text,
            "\n({} frames were trimmed, {own_trimmed} of them the application's.)",
            count - kept
        );
    }
    let _ = writeln!(text, "\n</details>");
}

fn line(number: usize, frame: &Frame) -> String {
    let place = frame.file.as_ref().map(|file| match frame.line {
        Some(line) => format!(" at {}:{line}", clip(file, MAX_NAME)),
        None => format!(" in {}", clip(file, MAX_NAME)),
    });
    let origin = if frame.origin == Origin::App {
        ""
    } else {
        frame.origin.name()
    };
    let origin = if origin.is_empty() {
        String::new()
    } else {
        format!(" ({origin})")
    };
    format!(
        "#{number} {}{}{origin}",
        clip(&frame.function, MAX_SENTENCE),
        place.unwrap_or_default()
    )
}

fn foot(text: &mut String, report: &Report) -> fmt::Result {
    let (kept, dropped) = (report.samples.len(), report.dropped.samples);
    if kept > 0 || dropped > 0 {
        writeln!(
            text,
            "\n{kept} more finding(s) are in the report's JSON, {dropped} were counted and not kept."
        )?;
    }
    writeln!(
        text,
        "\nWhy this is wrong, and how to put it right: {}",
        report.guide_link()
    )
}

/// How many of the lines fit, from the first on.
fn fitting(lines: &[String], most: usize) -> usize {
    let mut left = most;
    lines
        .iter()
        .take_while(|line| {
            left.checked_sub(line.len() + 2)
                .inspect(|less| left = *less)
                .is_some()
        })
        .count()
}

/// The lines as a code block.
fn fenced(text: &mut String, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let longest = lines
        .iter()
        .map(|line| longest_run(line))
        .max()
        .unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let _ = writeln!(text, "{fence}text\n{}\n{fence}", lines.join("\n"));
}

/// A text as inline code, with at most so many bytes. Everything in it is shown as it is.
struct Code<'t>(&'t str, usize);

impl fmt::Display for Code<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = clip(self.0, self.1);
        if text.trim().is_empty() {
            return f.write_str("(nothing)");
        }
        let fence = "`".repeat(longest_run(&text) + 1);
        let is_at_edge = |edge: char| edge == '`' || edge == ' ';
        let blank = if text.starts_with(is_at_edge) || text.ends_with(is_at_edge) {
            " "
        } else {
            ""
        };
        write!(f, "{fence}{blank}{text}{blank}{fence}")
    }
}

/// The length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or(0)
}

/// A time as reports have it. A number that no clock gives is not written with all its digits, which may be 300.
fn micros(time: f64) -> String {
    if time.abs() < 1e15 {
        format!("{time:.1}")
    } else {
        format!("{time:e}")
    }
}

impl Report {
    /// Where the guide explains the kind. The report's own link counts if it leads into a guide of this crate.
    pub fn guide_link(&self) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/:.#-_".contains(c);
        let is_ours =
            self.guide.starts_with("https://docs.rs/redhanded/") && self.guide.len() < 200;
        if is_ours && self.guide.chars().all(is_plain) {
            self.guide.clone()
        } else {
            self.kind.guide_url()
        }
    }
}

#[cfg(test)]
mod tests;
