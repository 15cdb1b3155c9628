//! Backtraces as Sentry has them: outermost frame first, each with whose code it is and its source lines.

use super::super::event::clip;
use super::Source;
use super::source::Asked;
use redhanded_report::{Frame, Origin, Workspace, Writer};
use serde_json::{Value, json};

/// How many frames are sent of the inner and of the outer end of a stack. Sentry keeps 250 of both stacks together.
const INNER: usize = 80;
const OUTER: usize = 20;
/// How many frames of each stack have source lines.
const WITH_SOURCE: usize = 30;
/// How long the name of a function or file may be.
const MOST: usize = 512;

/// What the frames of a report are shown with.
pub(super) struct Frames<'f> {
    pub(super) workspace: &'f Workspace,
    pub(super) source: Source<'f>,
    /// When the program began to watch, as the report has it.
    pub(super) since: &'f str,
}

impl Frames<'_> {
    /// The frames of this writer. One without a backtrace has its call site.
    pub(super) fn of(&self, writer: &Writer) -> Vec<Value> {
        let frames = without_ours(&writer.backtrace);
        if frames.is_empty() {
            return call_site(writer)
                .iter()
                .map(|frame| self.frame(frame, true))
                .collect();
        }
        let cut = frames.len().saturating_sub(INNER + OUTER);
        let kept = |index: usize| index < INNER || index >= INNER + cut;
        let numbered = frames.iter().enumerate().filter(|(index, _)| kept(*index));
        let shown: Vec<Value> = numbered
            .map(|(index, frame)| self.frame(frame, index < WITH_SOURCE))
            .collect();
        shown.into_iter().rev().collect()
    }

    fn frame(&self, frame: &Frame, has_source: bool) -> Value {
        let mut value = json!({
            "function": clip(&frame.function, MOST),
            "in_app": frame.origin == Origin::App,
        });
        let Some(file) = &frame.file else {
            return value;
        };
        value["filename"] = clip(&self.workspace.shorten(file), MOST).into();
        value["abs_path"] = clip(file, MOST).into();
        let Some(line) = frame.line.filter(|line| *line > 0) else {
            return value;
        };
        value["lineno"] = line.into();
        if let Some(column) = frame.column {
            value["colno"] = column.into();
        }
        let asked = Asked {
            file,
            line,
            since: self.since,
        };
        if let Some(lines) = has_source.then(|| (self.source)(&asked)).flatten() {
            value["pre_context"] = lines.before.into();
            value["context_line"] = lines.line.into();
            value["post_context"] = lines.after.into();
        }
        value
    }
}

/// The stack without our frames at its inner end, and what the runtime did between them. Else the engine would say that the
/// fault is ours.
fn without_ours(frames: &[Frame]) -> &[Frame] {
    let is_theirs = |frame: &Frame| matches!(frame.origin, Origin::App | Origin::Dependency);
    let theirs = frames.iter().position(is_theirs).unwrap_or(frames.len());
    let inner = frames.get(..theirs).unwrap_or(frames);
    let ours = inner
        .iter()
        .rposition(|frame| frame.origin == Origin::Redhanded);
    let from = ours.map_or(0, |at| at + 1);
    frames.get(from..).unwrap_or(&[])
}

fn call_site(writer: &Writer) -> Option<Frame> {
    let site = writer.call_site.as_ref()?;
    Some(Frame {
        function: writer.operation.clone(),
        file: Some(site.file.clone()),
        line: Some(site.line),
        column: Some(site.column),
        origin: writer.call_site_origin.unwrap_or(Origin::App),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Origin::{App, Dependency, Redhanded, Runtime};

    #[test]
    fn our_frames_at_the_inner_end_are_cut_and_no_others() {
        for (origins, left) in [
            (&[][..], &[][..]),
            (&[App, Redhanded], &[App, Redhanded]),
            (&[Redhanded, Redhanded, App], &[App]),
            (&[Runtime, Redhanded, Runtime, App], &[Runtime, App]),
            (
                &[Redhanded, Dependency, Redhanded, App],
                &[Dependency, Redhanded, App],
            ),
            (&[Runtime, App], &[Runtime, App]),
            (&[Redhanded, Runtime], &[Runtime]),
            (&[Redhanded], &[]),
        ] {
            let frame = |origin: &Origin| Frame {
                function: String::new(),
                file: None,
                line: None,
                column: None,
                origin: *origin,
            };
            let frames: Vec<Frame> = origins.iter().map(frame).collect();
            let is: Vec<Origin> = without_ours(&frames).iter().map(|it| it.origin).collect();
            assert_eq!(is, left, "{origins:?}");
        }
    }
}
