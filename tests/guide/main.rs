//! Every code block of CONCURRENCY.md is a file in `programs/`, letter for letter, and is run here: each wrong one is
//! caught in every run, with its kind and its lines, and each right one gets no report.
#![cfg(any(debug_assertions, feature = "detect-in-release"))]

#[path = "../common/asynchronous.rs"]
#[allow(dead_code)] // The corpus uses all of it.
mod asynchronous;
#[path = "../common/mod.rs"]
#[allow(dead_code)] // The corpus uses all of it.
mod common;
#[path = "../common/stalls.rs"]
mod stalls;

mod blocks;
mod documents;
mod recipes;
mod right;
mod wrong;

use common::{Peer, RUNS, until};
use redhanded::raw::tungstenite as library;
use redhanded::report::{Kind, Report};
use stalls::settle;
use std::net::TcpStream;

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
    tapped_smol,
    two_users,
];

/// An unwatched client at the peer's end.
fn plain(peer: Peer<TcpStream>) -> library::WebSocket<TcpStream> {
    library::WebSocket::from_raw_socket(peer.stream, library::protocol::Role::Client, None)
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
