//! Goes through what is due, one report at a time.

use super::deliver::{Sender, Sent};
use super::engine::Engine;
use super::envelope::{envelope, file_of};
use super::event::Event;
use super::notes::Notes;
use super::outcome::Pass;
use super::sentry;
use super::survey::Due;
use redhanded_report::{Report, Workspace};
use std::fs;
use std::io;
use std::path::Path;

/// Sends what the engine has not taken yet, and notes what it takes.
pub(super) fn send(
    due: &[Due],
    engine: &Engine,
    notes: &mut Notes,
    sender: &mut Sender,
    pass: &mut Pass,
) {
    let workspace = Workspace::find();
    for (index, due_now) in due.iter().enumerate() {
        let ids = engine.ids(&due_now.group, &due_now.run, due_now.count);
        if ids.iter().all(|id| notes.has(*id)) {
            pass.note_known();
            continue;
        }
        let report = match due_now.read() {
            Ok(report) => report,
            Err(error) => {
                pass.refuse(error);
                continue;
            }
        };
        let mut is_taken = true;
        for item in engine.items(&event(due_now, &report), &workspace) {
            if notes.has(item.id) {
                continue;
            }
            match sender.send(item.endpoint, &item.body) {
                Sent::Taken => {
                    if let Err(error) = notes.note(due_now, item.id) {
                        let why = format!("what is taken cannot be noted: {error}");
                        return pass.stop(due.len() - index, why);
                    }
                }
                Sent::Refused(why) => {
                    is_taken = false;
                    pass.refuse_because(why);
                }
                Sent::Stopped(why) => {
                    return pass.stop(not_known(&due[index..], engine, notes), why);
                }
            }
        }
        pass.note_sent(is_taken);
    }
}

/// How many of these have not been taken.
fn not_known(due: &[Due], engine: &Engine, notes: &Notes) -> usize {
    let is_new = |due: &&Due| {
        let ids = engine.ids(&due.group, &due.run, due.count);
        ids.iter().any(|id| !notes.has(*id))
    };
    due.iter().filter(is_new).count()
}

/// Writes a file for each event. The same event has the same file, so nothing is noted.
pub(super) fn write(due: &[Due], files: &Path, pass: &mut Pass) {
    let workspace = Workspace::find();
    for due in due {
        let report = match due.read() {
            Ok(report) => report,
            Err(error) => {
                pass.refuse(error);
                continue;
            }
        };
        let event = event(due, &report);
        let bytes = envelope(
            event.id(),
            &sentry::event(&event, &workspace, &sentry::source::lines),
        );
        match write_whole(&file_of(files, event.id()), &bytes) {
            Ok(()) => pass.note_sent(true),
            Err(error) => pass.refuse(format!("{}: {error}", files.display())),
        }
    }
}

/// A reader sees the old file or the new one.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let half = path.with_extension("envelope-half");
    fs::write(&half, bytes)?;
    fs::rename(&half, path)
}

fn event<'r>(due: &'r Due, report: &'r Report) -> Event<'r> {
    Event {
        report,
        group: &due.group,
        run: &due.run,
        count: due.count,
    }
}
