//! Text made safe to print. Names, paths and functions of a report may have any characters.

use super::{Bytes, Frame, Lock, Report, Writer};
use std::borrow::Cow;
use std::fmt::Write;

/// Whether a character drives a terminal, ends a line, or changes the order in which others are shown.
pub(super) fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// The text as one line that is safe to print. Hostile characters are escaped, as `\n` or `\u{1b}`.
pub fn one_line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_hostile(character) {
            clean.extend(character.escape_default())
        } else {
            clean.push(character)
        }
    }
    Cow::Owned(clean)
}

/// The line without what the log of a CI system takes for a command: `::` at the beginning is one for GitHub, and `##` with a
/// word and `[` anywhere is one for GitHub, Azure Pipelines or TeamCity.
pub fn without_command(line: &str) -> String {
    let line = without_marker(line, "\\#");
    if line.trim_start().starts_with("::") {
        line.replacen("::", "\\::", 1)
    } else {
        line
    }
}

/// The JSON without what the log of a CI system takes for a command. It has the same values. In JSON of this crate no line
/// begins with a text, so `::` is never at the beginning of one.
pub fn without_command_in_json(json: &str) -> String {
    without_marker(json, "\\u0023")
}

/// Replaces the second `#` of each `##`, word, `[`.
pub(super) fn without_marker(text: &str, second: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("##") {
        let behind = &rest[at + 2..];
        let word = behind.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        let (kept, replaced) = if word.starts_with('[') {
            (at + 1, second)
        } else {
            (at + 1, "")
        };
        clean.push_str(&rest[..kept]);
        clean.push_str(replaced);
        rest = &rest[if replaced.is_empty() { kept } else { at + 2 }..];
    }
    clean + rest
}

/// The text, or if it has more than `most` bytes, its beginning and how many bytes were left out.
pub(super) fn clip(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let end = (0..=most)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    let kept = &text[..end];
    let mut clipped = kept.to_owned();
    let _ = write!(clipped, "… ({} more bytes)", text.len() - kept.len());
    Cow::Owned(clipped)
}

impl Report {
    /// The report with every text as one line that is safe to print. Names of threads and spans stay as they are: they are
    /// escaped where they are shown.
    pub fn cleaned(&self) -> Report {
        let mut report = self.clone();
        report.visit(&mut |text| {
            if let Cow::Owned(clean) = one_line(text) {
                *text = clean;
            }
        });
        report
    }

    /// Calls `with` for every text except the names of threads and spans.
    fn visit(&mut self, with: &mut dyn FnMut(&mut String)) {
        for text in [
            &mut self.id,
            &mut self.fingerprint,
            &mut self.summary,
            &mut self.first_seen,
            &mut self.last_seen,
            &mut self.process.name,
            &mut self.guide,
        ] {
            with(text);
        }
        let texts = self
            .wire
            .local
            .iter_mut()
            .chain(&mut self.wire.peer)
            .chain(&mut self.process.run)
            .chain(&mut self.process.host)
            .chain(&mut self.process.started)
            .chain(&mut self.process.release)
            .chain(&mut self.group)
            .chain(&mut self.note)
            .chain(&mut self.lock_note);
        texts.for_each(&mut *with);
        self.lock.iter_mut().for_each(|lock| visit_lock(lock, with));
        self.writers
            .iter_mut()
            .for_each(|writer| visit_writer(writer, with));
        self.bytes
            .iter_mut()
            .for_each(|bytes| visit_bytes(bytes, with));
        for sample in &mut self.samples {
            with(&mut sample.seen);
            let texts = sample
                .wire
                .local
                .iter_mut()
                .chain(&mut sample.wire.peer)
                .chain(&mut sample.note);
            texts.chain(&mut sample.lock_note).for_each(&mut *with);
            sample
                .lock
                .iter_mut()
                .for_each(|lock| visit_lock(lock, with));
            sample
                .writers
                .iter_mut()
                .for_each(|writer| visit_writer(writer, with));
            sample
                .bytes
                .iter_mut()
                .for_each(|bytes| visit_bytes(bytes, with));
        }
    }

    /// Calls `with` for the path of every file.
    pub(super) fn visit_files(&mut self, with: &mut dyn FnMut(&mut String)) {
        let locks = self
            .lock
            .iter_mut()
            .chain(self.samples.iter_mut().flat_map(|sample| &mut sample.lock));
        locks
            .filter_map(|lock| lock.created.as_mut())
            .for_each(|site| with(&mut site.file));
        let of_samples = self
            .samples
            .iter_mut()
            .flat_map(|sample| &mut sample.writers);
        for writer in self.writers.iter_mut().chain(of_samples) {
            let made = writer.made.as_mut().and_then(|made| made.at.as_mut());
            let frames = writer.backtrace.iter_mut().chain(&mut writer.dropped_at);
            let files = frames.filter_map(|frame| frame.file.as_mut());
            let locks = writer
                .locks
                .iter_mut()
                .flat_map(|held| [&mut held.lock.created, &mut held.taken]);
            let sites = writer
                .call_site
                .iter_mut()
                .chain(made)
                .chain(locks.flatten())
                .map(|site| &mut site.file);
            files.chain(sites).for_each(&mut *with);
        }
    }
}

fn visit_writer(writer: &mut Writer, with: &mut dyn FnMut(&mut String)) {
    with(&mut writer.operation);
    let texts = writer
        .task
        .iter_mut()
        .chain(&mut writer.outcome)
        .chain(&mut writer.doing)
        .chain(&mut writer.backtrace_missing);
    texts
        .chain(writer.call_site.iter_mut().map(|site| &mut site.file))
        .for_each(&mut *with);
    writer
        .backtrace
        .iter_mut()
        .chain(&mut writer.dropped_at)
        .for_each(|frame| visit_frame(frame, with));
    if let Some(made) = &mut writer.made {
        with(&mut made.kind);
        made.at.iter_mut().for_each(|at| with(&mut at.file));
    }
    for held in &mut writer.locks {
        visit_lock(&mut held.lock, with);
        held.taken
            .iter_mut()
            .for_each(|taken| with(&mut taken.file));
    }
}

fn visit_lock(lock: &mut Lock, with: &mut dyn FnMut(&mut String)) {
    with(&mut lock.kind);
    lock.created
        .iter_mut()
        .for_each(|created| with(&mut created.file));
}

fn visit_frame(frame: &mut Frame, with: &mut dyn FnMut(&mut String)) {
    with(&mut frame.function);
    frame.file.iter_mut().for_each(with);
}

fn visit_bytes(bytes: &mut Bytes, with: &mut dyn FnMut(&mut String)) {
    with(&mut bytes.counted_since);
    with(&mut bytes.proof);
    bytes.frames.iter_mut().for_each(|frame| {
        with(&mut frame.opcode);
        with(&mut frame.bytes);
    });
    bytes
        .ranges
        .iter_mut()
        .for_each(|range| with(&mut range.shown));
    bytes
        .far_end
        .sees
        .iter_mut()
        .chain(&mut bytes.far_end.error)
        .for_each(with);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_characters_are_escaped_and_all_others_stay() {
        assert_eq!(
            one_line("größe ── 日本 'x' \"y\" \\"),
            "größe ── 日本 'x' \"y\" \\"
        );
        assert_eq!(
            one_line("a\nb\r\t\u{1b}[2J\u{9b}1m\u{7f}"),
            "a\\nb\\r\\t\\u{1b}[2J\\u{9b}1m\\u{7f}"
        );
        assert_eq!(
            one_line("a\u{202e}b\u{2028}\u{200b}"),
            "a\\u{202e}b\\u{2028}\\u{200b}"
        );
    }

    #[test]
    fn no_line_is_a_workflow_command() {
        let lines = ["::error::x", "  ::x", "a ##[error]x", "a::b # [x]"].map(without_command);
        assert_eq!(
            lines,
            ["\\::error::x", "  \\::x", "a #\\#[error]x", "a::b # [x]"]
        );
        let lines = ["##vso[x]", "###[x] ##[y]", "## [x]", "##a b["].map(without_command);
        assert_eq!(
            lines,
            ["#\\#vso[x]", "##\\#[x] #\\#[y]", "## [x]", "##a b["]
        );
        assert_eq!(
            without_command_in_json(r###"["##teamcity[x"]"###),
            r##"["#\u0023teamcity[x"]"##
        );
    }

    #[test]
    fn a_clipped_text_says_how_much_is_gone_and_keeps_characters_whole() {
        assert_eq!(clip("größe", 7), "größe");
        assert_eq!(clip("größe", 3), "gr… (5 more bytes)");
    }
}
