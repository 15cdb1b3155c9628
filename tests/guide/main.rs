//! Every code block of CONCURRENCY.md is a file in `programs/`, letter for letter, and is run here: each wrong one is
//! caught in every run, with its kind and its lines, and each right one gets no report.
#![cfg(any(debug_assertions, feature = "detect-in-release"))]

#[path = "../common/mod.rs"]
#[allow(dead_code)] // The corpus uses all of it.
mod common;

mod blocks;
mod documents;
mod recipes;
mod right;
mod wrong;

use common::RUNS;
use redhanded::report::{Kind, Report};
use redhanded::{Settings, Stderr};
use std::sync::Once;
use std::time::{Duration, Instant};

/// A wait that is longer than this is a stall here.
const STALL: Duration = Duration::from_millis(60);

/// The time after which a test that hangs fails. No test waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// The programs, each in a module of its own.
macro_rules! programs {
    ($($name:ident),* $(,)?) => {
        $(
            #[allow(dead_code)] // Some show more than is called.
            mod $name {
                include!(concat!("programs/", stringify!($name), ".rs"));
            }
        )*

        /// Their names and texts.
        const PROGRAMS: &[(&str, &str)] = &[
            $((stringify!($name), include_str!(concat!("programs/", stringify!($name), ".rs")))),*
        ];
    };
}

programs![
    bounded_queue,
    cancelled_wait,
    cancelled_write,
    closing,
    deadline,
    flushed,
    half_a_frame,
    held_over_a_read,
    hidden_writer,
    keepalive,
    known_stream,
    lock_per_fragment,
    lock_per_message,
    lock_per_step,
    never_flushed,
    one_after_the_other,
    one_object,
    one_order,
    one_owner,
    opposite_order,
    split_and_channel,
    tapped_hyper,
    two_users,
];

fn settle() {
    static SETTLED: Once = Once::new();
    SETTLED.call_once(|| {
        let settings = Settings::default()
            .bind(None)
            .stderr(Stderr::Off)
            .stall(STALL);
        redhanded::configure(settings).expect("nothing is watched yet");
    });
}

/// The reports in which a line of that program appears.
fn reports_of(program: &str) -> Vec<Report> {
    let file = format!("tests/guide/programs/{program}.rs");
    let is_of = |report: &Report| {
        let mut sites = report
            .writers
            .iter()
            .filter_map(|writer| writer.call_site.as_ref());
        sites.any(|site| site.file.ends_with(&file))
    };
    redhanded::reports().into_iter().filter(is_of).collect()
}

#[track_caller]
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            Instant::now() < deadline,
            "{what} does not come: {:#?}",
            redhanded::reports()
        );
        std::thread::yield_now();
    }
}

/// Waits for a report of that program for which the condition holds.
#[track_caller]
fn report_when(program: &str, is_ready: impl Fn(&Report) -> bool) -> Report {
    until(program, || reports_of(program).into_iter().find(&is_ready))
}

/// Runs a wrong program often. It is caught each time, and always with this kind.
#[track_caller]
fn caught(program: &str, kind: Kind, run: impl Fn()) {
    settle();
    let count = || {
        reports_of(program)
            .iter()
            .filter(|report| report.kind == kind)
            .map(|report| report.count)
            .sum::<u64>()
    };
    for number in 1..=RUNS as u64 {
        run();
        until(program, || (count() >= number).then_some(()));
    }
    let others: Vec<Report> = reports_of(program)
        .into_iter()
        .filter(|report| report.kind != kind)
        .collect();
    assert_eq!(others, [], "{program} is a {kind}");
}

/// Runs a right program often. It gets no report.
#[track_caller]
fn clean(program: &str, run: impl Fn()) {
    settle();
    (0..RUNS).for_each(|_| run());
    assert_eq!(reports_of(program), [], "{program} keeps the contract");
}
