//! A lock that the standard library makes for the application: the report names the line of the application.

use crate::common::start;
use crate::{Line, line_here, next_line, report_when, settle};
use redhanded::sync::{Arc, Mutex, RwLock};

#[derive(Default)]
struct Room {
    #[allow(dead_code)] // Only made.
    name: String,
    users: Mutex<Vec<u32>>,
}

#[track_caller]
fn assert_made_at(made: Line, first: Line, second: Line) {
    let report = report_when(first, second, |report| !report.open);
    let created = report.lock.as_ref().and_then(|lock| lock.created.clone());
    let created = created.unwrap_or_else(|| panic!("{report}"));
    assert_eq!((created.file.as_str(), created.line), (made.0, made.1));
    let held = &report.writers[0].locks[0].lock.created;
    assert_eq!(held.as_ref(), Some(&created), "{report}");
}

#[test]
fn a_lock_in_the_default_of_an_arc_is_made_where_the_arc_is() {
    settle();
    let made = next_line(line_here!());
    let lock: Arc<RwLock<u32>> = Arc::default();
    let (guard, first) = (lock.read().unwrap(), line_here!());
    let writing = lock.clone();
    let second = next_line(next_line(line_here!()));
    let writer = start("writer", move || {
        *writing.write().unwrap() += 1;
    });
    report_when(first, second, |report| report.open);
    drop(guard);
    writer.result();
    assert_made_at(made, first, second);
}

#[test]
fn a_lock_in_a_derived_default_is_made_where_the_default_is_derived() {
    settle();
    let room: Arc<Room> = Arc::default();
    let (guard, first) = (room.users.lock().unwrap(), line_here!());
    let entering = room.clone();
    let second = next_line(next_line(line_here!()));
    let enters = start("enters", move || {
        entering.users.lock().unwrap().push(1);
    });
    report_when(first, second, |report| report.open);
    drop(guard);
    enters.result();
    assert_made_at(Line(file!(), 7), first, second);
}
