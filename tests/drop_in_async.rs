//! The watched library of asynchronous streams does one to one what the library does: polls, bytes, results and errors.
//!
//! Every program here is run twice, with `redhanded::watched::tokio_tungstenite` and with
//! `redhanded::raw::tokio_tungstenite`, over streams that play the same script and write down every call. The two
//! transcripts must be equal.

#[path = "drop_in_async/closing.rs"]
mod closing;
#[path = "drop_in_async/connecting.rs"]
mod connecting;
#[path = "drop_in_async/halves.rs"]
mod halves;
#[path = "drop_in_async/handshakes.rs"]
mod handshakes;
#[path = "drop_in_async/messages.rs"]
mod messages;
#[path = "drop_in_async/polled.rs"]
mod polled;
#[path = "drop_in_async/runtimes.rs"]
mod runtimes;
#[path = "drop_in/scripted.rs"]
mod scripted;
#[path = "drop_in/steps.rs"]
mod steps;
#[path = "drop_in_async/tap.rs"]
mod tap;

use redhanded::{Settings, Stderr};
use std::sync::Once;

/// Runs a program with each of the two libraries, wants equal transcripts, and gives the transcript.
///
/// The program is a block; the library is called `$lib` in it, and `$log` is the transcript to be.
macro_rules! one_to_one {
    ($lib:ident, $log:ident => $program:block) => {{
        crate::quiet();
        let watched = {
            use redhanded::watched::tokio_tungstenite as $lib;
            let $log = crate::scripted::Log::default();
            $program
            $log.lines()
        };
        let raw = {
            use redhanded::raw::tokio_tungstenite as $lib;
            let $log = crate::scripted::Log::default();
            $program
            $log.lines()
        };
        crate::assert_same(&watched, &raw);
        watched
    }};
}
pub(crate) use one_to_one;

/// No page on everyone's port, and nothing printed. To be called before a test makes its first stream.
fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off)).unwrap());
}

/// Shows where two transcripts part, and what came before.
#[track_caller]
fn assert_same(watched: &[String], raw: &[String]) {
    assert!(!raw.is_empty(), "the program wrote nothing down");
    if watched == raw {
        return;
    }
    let common = watched.iter().zip(raw).take_while(|(watched, raw)| watched == raw).count();
    panic!(
        "after\n  {}\nthe watched library did\n  {}\nand the library itself\n  {}",
        raw[common.saturating_sub(5)..common].join("\n  "),
        watched.get(common).map_or("nothing", String::as_str),
        raw.get(common).map_or("nothing", String::as_str),
    );
}
