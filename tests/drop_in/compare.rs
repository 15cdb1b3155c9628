//! How two transcripts of the same program are made and compared.

use redhanded::{Settings, Stderr};
use std::sync::Once;

/// Runs a program with each of two libraries, checks that the transcripts are equal, and returns the transcript.
///
/// The program is a block. In it, `$lib` is the library, and `$log` is the transcript.
macro_rules! same_transcript {
    ($($watched:ident)::+, $($raw:ident)::+; $lib:ident, $log:ident => $program:block) => {{
        crate::compare::quiet();
        let watched = {
            use $($watched)::+ as $lib;
            let $log = crate::scripted::Log::default();
            $program
            $log.lines()
        };
        let raw = {
            use $($raw)::+ as $lib;
            let $log = crate::scripted::Log::default();
            $program
            $log.lines()
        };
        crate::compare::assert_same(&watched, &raw);
        watched
    }};
}
pub(crate) use same_transcript;

/// No page on a public port, and no output. To be called before a test makes its first WebSocket.
pub(crate) fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off)).unwrap()
    });
}

/// Checks that two transcripts are equal. Shows the first difference, and the lines before it.
#[track_caller]
pub(crate) fn assert_same(watched: &[String], raw: &[String]) {
    assert!(!raw.is_empty(), "the program wrote nothing down");
    if watched == raw {
        return;
    }
    let common = watched
        .iter()
        .zip(raw)
        .take_while(|(watched, raw)| watched == raw)
        .count();
    panic!(
        "after\n  {}\nthe watched library did\n  {}\nand the library itself\n  {}",
        raw[common.saturating_sub(5)..common].join("\n  "),
        watched.get(common).map_or("nothing", String::as_str),
        raw.get(common).map_or("nothing", String::as_str),
    );
}
