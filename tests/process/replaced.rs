//! A program is built again while it runs: its path leads to another program before anything is found.

use crate::launch::{Launch, NO_PAGE};
use crate::link::{Link, Object, frame, only_report};
use redhanded::report::{Frame, Origin};
use redhanded::tungstenite::{Message, Result};
use std::env;
use std::fs;
use std::path::Path;

/// Another program, with other names at the same addresses.
const ANOTHER: &str = "/bin/sh";

/// As a linker does it: the new file takes the path over, and the old one has none any more.
fn replace(executable: &Path) {
    let built = executable.with_extension("new");
    fs::copy(ANOTHER, &built).expect("a copy");
    fs::rename(&built, executable).expect("it takes the path over");
}

/// The line of the second send.
const SECOND: u32 = line!() + 3;

fn second(object: &mut Object) -> Result<()> {
    object.send(Message::text("second"))
}

pub fn rebuilt() {
    replace(&env::current_exe().expect("a path"));
    let mut link = Link::open();
    link.overlap(["first", "second"], second, frame(6));

    let report = only_report();
    let writer = &report.writers[1];
    let site = writer.call_site.as_ref().expect("it is known");
    assert_eq!(site.line, SECOND, "{report}");
    let top = writer.top_application_frame().expect("a frame");
    assert!(top.function.contains("replaced::second"), "{report}");
    assert_eq!(top.line, Some(SECOND), "{report}");
    let is_named = |frame: &Frame| frame.line.is_some() || frame.origin != Origin::App;
    assert!(writer.backtrace.iter().all(is_named), "{report}");
}

#[test]
fn a_program_that_was_rebuilt_while_it_ran_is_shown_with_its_own_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("program");
    fs::copy(env::current_exe().expect("a path"), &copy).expect("a copy");
    Launch::of(rebuilt)
        .with(NO_PAGE)
        .from(copy)
        .run()
        .in_order();
}
