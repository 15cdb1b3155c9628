//! Directories and files of reports that cannot be written: each process prints one line about it.

use crate::files::{directory, file_name, two_reports};
use crate::launch::{Ended, Launch, NO_PAGE, report_files};
use crate::link::{LARGE, Link, frame, large, only_report};
use std::path::PathBuf;
use std::{env, fs, process};

/// Whatever happens to the reports, the program does its own work and ends with its own code.
pub fn ends_with_7() {
    two_reports();
    assert_eq!(redhanded::reports().len(), 2);
    process::exit(7);
}

fn writing(program: impl Fn(), directory: impl AsRef<std::ffi::OsStr>) -> Launch {
    Launch::of(program)
        .with(NO_PAGE)
        .with(("REDHANDED_REPORT_DIR", directory))
}

/// What was printed, without the lines of reports.
fn lines(ended: &Ended) -> Vec<&str> {
    let is_report = |line: &str| line.starts_with("redhanded: overlap");
    let lines = ended.lines().into_iter();
    lines.filter(|line| !is_report(line)).collect()
}

/// Checks that there is one line about the directory, which names the setting as it was given.
#[track_caller]
fn assert_one_line_names(ended: &Ended, directory: &str) {
    let [line] = lines(ended)[..] else {
        panic!("one line: {ended}")
    };
    let named = format!("redhanded: REDHANDED_REPORT_DIR={directory}: reports cannot be written: ");
    assert!(line.starts_with(&named), "{ended}");
}

#[test]
fn a_directory_below_a_file_is_one_line() {
    let directory = directory();
    let file = directory.path().join("file");
    fs::write(&file, "").expect("our own directory");
    let below = file.join("reports");
    let ended = writing(ends_with_7, &below).run().with_code(7);
    assert_one_line_names(&ended, &below.display().to_string());
}

#[test]
fn a_file_in_the_place_of_the_directory_is_one_line() {
    let directory = directory();
    let file = directory.path().join("file");
    fs::write(&file, "the user's own").expect("our own directory");
    let ended = writing(ends_with_7, &file).run().with_code(7);
    assert_one_line_names(&ended, &file.display().to_string());
    assert_eq!(
        fs::read_to_string(&file).expect("still there"),
        "the user's own"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn an_unwritable_directory_is_named_before_there_is_a_report() {
    // No user can make a file there, not even root.
    let ended = writing(crate::settings::goes_on, "/proc")
        .run()
        .with_code(7);
    assert_one_line_names(&ended, "/proc");
}

#[test]
fn a_hostile_name_of_a_directory_cannot_break_the_line() {
    let directory = directory();
    let file = directory.path().join("file");
    fs::write(&file, "").expect("our own directory");
    let ended = writing(ends_with_7, file.join("a\nredhanded: forged\u{1b}[2J"))
        .run()
        .with_code(7);
    assert_eq!(lines(&ended).len(), 1, "{ended}");
    assert!(!ended.stderr.contains('\u{1b}'), "{ended}");
}

#[test]
fn a_full_disk_is_one_line_and_leaves_no_half_files() {
    // As when the disk is full, a write comes back short and the next one fails.
    let directory = directory();
    let launch = writing(ends_with_7, directory.path()).under("trap '' XFSZ; ulimit -f 1");
    let ended = launch.run().with_code(7);
    assert_one_line_names(&ended, &directory.path().display().to_string());
    assert_eq!(report_files(&directory).len(), 0);
}

#[test]
fn a_report_that_cannot_be_written_beside_one_that_can_is_still_one_line() {
    let directory = directory();
    let launch = writing(one_is_in_the_way, directory.path()).with(("REDHANDED_POLICY", "error"));
    let ended = launch.run().with_code(7);
    assert_one_line_names(&ended, &directory.path().display().to_string());
}

pub fn one_is_in_the_way() {
    let directory = reports_directory();
    let mut link = Link::open();
    link.refuse(1);
    // A disk may have room for a small report and none for a large one. Here, a directory is in the file's place.
    let report = only_report();
    let file = directory.join(file_name(&report));
    fs::remove_file(&file).expect("it is there when `reports` comes back");
    fs::create_dir(&file).expect("our own directory");
    for refusals in 1..=5 {
        link.refuse(1);
        refuse_close(&mut link);
        assert_eq!(
            redhanded::reports()
                .iter()
                .map(|report| report.count)
                .sum::<u64>(),
            1 + 2 * refusals
        );
    }
    process::exit(7);
}

fn refuse_close(link: &mut Link) {
    let (mut one, mut other) = (link.object(), link.object());
    let first = link.occupy(move || one.send(large()));
    other.close(None).expect_err("the first has the connection");
    link.drain(frame(LARGE));
    first
        .join()
        .expect("no panic")
        .expect("the peer has read everything");
}

#[test]
fn a_report_that_could_not_be_written_is_written_as_soon_as_it_can_be() {
    let directory = directory();
    let launch = writing(room_again, directory.path()).with(("REDHANDED_POLICY", "error"));
    let ended = launch.run().in_order();
    assert_one_line_names(&ended, &directory.path().display().to_string());
    assert_eq!(report_files(&directory).len(), 1, "{ended}");
}

pub fn room_again() {
    let directory = reports_directory();
    let mut link = Link::open();
    // The directory is made when the first connection is watched. After that, other programs may remove it.
    drop(link.object());
    assert_eq!(redhanded::reports(), []);
    // The record of the process is in it.
    fs::remove_dir_all(&directory).expect("it is our own");
    fs::write(&directory, "in the way").expect("our own place");
    link.refuse(1);
    assert_eq!(only_report().count, 1);
    fs::remove_file(&directory).expect("our own file");
    fs::create_dir(&directory).expect("our own place");
}

/// Where this program's reports are written.
fn reports_directory() -> PathBuf {
    env::var_os("REDHANDED_REPORT_DIR")
        .expect("the test has set it")
        .into()
}
