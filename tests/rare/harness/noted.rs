//! What a program notes in its process while it runs, and what is found there in the end.

use super::{Measured, Mode};
use redhanded::report::{Kind, Origin, Report};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A line of a program.
type Line = (&'static str, u32);

/// The lines that race: one, if both writers are at the same, or two.
static SITES: Mutex<Vec<Line>> = Mutex::new(Vec::new());
static SENDS: AtomicU64 = AtomicU64::new(0);
static LONGEST: AtomicU64 = AtomicU64::new(0);
static SLOW: AtomicU64 = AtomicU64::new(0);
static FAILED: AtomicU64 = AtomicU64::new(0);
static LATE: AtomicU64 = AtomicU64::new(0);

/// A send that takes so much longer than the longest hold is slow.
const SLOWER: Duration = Duration::from_millis(5);

/// The longest hold in this process.
static LONGEST_HOLD: LazyLock<Duration> = LazyLock::new(|| {
    let value = std::env::var("REDHANDED_PROVOKE").unwrap_or_default();
    let mode = Mode::ALL.into_iter().find(|mode| mode.value() == value);
    mode.map_or(Duration::ZERO, Mode::longest_hold)
});

/// This line races with another, or with itself.
pub(crate) fn note_site(file: &'static str, line: u32) {
    let mut sites = SITES.lock().unwrap_or_else(PoisonError::into_inner);
    if !sites.contains(&(file, line)) {
        sites.push((file, line));
    }
}

/// Makes a send, and notes how long it took and whether it failed.
pub(crate) fn sent<T, E>(send: impl FnOnce() -> Result<T, E>) {
    let began = Instant::now();
    let result = send();
    note_send(began, &result);
}

/// Notes a send that began then and ends now.
pub(crate) fn note_send<T, E>(began: Instant, result: &Result<T, E>) {
    let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    SENDS.fetch_add(1, Relaxed);
    LONGEST.fetch_max(micros, Relaxed);
    let hold = LazyLock::force(&LONGEST_HOLD);
    SLOW.fetch_add(u64::from(began.elapsed() > *hold + SLOWER), Relaxed);
    if result.is_err() {
        FAILED.fetch_add(1, Relaxed);
    }
}

/// Notes whether what began then ends within its deadline.
pub(crate) fn note_deadline(began: Instant, deadline: Duration) {
    if began.elapsed() > deadline {
        LATE.fetch_add(1, Relaxed);
    }
}

/// What was found and measured in this process, as the line that the parent reads.
pub(super) fn told(wall: Duration) -> String {
    let reports = redhanded::reports();
    let mut sites = SITES.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert!(sites.len() <= 2, "three lines race: {sites:?}");
    if let &[only] = &sites[..] {
        sites.push(only);
    }
    sites.sort_unstable();
    let mut measured = Measured {
        wall,
        sends: SENDS.load(Relaxed),
        longest: Duration::from_micros(LONGEST.load(Relaxed)),
        slow: SLOW.load(Relaxed),
        failed: FAILED.load(Relaxed),
        late: LATE.load(Relaxed),
        ..Measured::default()
    };
    for report in &reports {
        if is_of(report, &sites) {
            measured.found += report.count;
        } else {
            measured.strange += report.count;
            eprintln!("{report}");
        }
    }
    measured.line()
}

/// Whether the report is of two writers on one wire, and names these lines. Without backtraces there is no line of the program
/// where a library calls: then there is none that contradicts.
fn is_of(report: &Report, sites: &[Line]) -> bool {
    let is_race = matches!(
        report.kind,
        Kind::Overlap | Kind::TornFrame | Kind::TornMessage
    );
    let [first, second] = &report.writers[..] else {
        return false;
    };
    let mut named: Vec<(&str, u32)> = Vec::new();
    for writer in [first, second] {
        let is_ours = writer.call_site_origin == Some(Origin::App);
        let site = writer.call_site.as_ref().filter(|_| is_ours);
        named.extend(site.map(|site| (&*site.file, site.line)));
    }
    named.sort_unstable();
    let has_backtraces = std::env::var("REDHANDED_CAPTURE").as_deref() != Ok("site");
    let are_named = if has_backtraces {
        named == sites
    } else {
        named.iter().all(|line| sites.contains(line))
    };
    is_race && are_named && first.handle != second.handle
}
