//! A storm below a trait. Only backtraces show which report a finding belongs to, and only as many are taken as can be
//! resolved. The other findings are counted, and reported as belonging to no report.
//!
//! As in `storm.rs`, `REDHANDED_TEST_STORM` says how many.
#![cfg(target_os = "linux")] // Memory is read from /proc.
#![allow(unsafe_code)] // `know` is unsafe.

#[path = "storm/support.rs"]
mod support;

use redhanded::{Settings, Stderr, Tap};
use std::io::Write;
use support::{Null, memory, memory_growth_at_rest, storm};

const MOST_GROWTH: u64 = 32 << 20;

#[test]
fn a_storm_below_a_trait_costs_no_memory_and_every_finding_is_counted() {
    redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off))
        .expect("nothing is watched yet");
    let wanted: u64 = std::env::var("REDHANDED_TEST_STORM")
        .map_or(300_000, |count| count.parse().expect("a number"));
    let page = redhanded::dashboard::serve("127.0.0.1:0").expect("a free port");
    let page = page.address().expect("the page is compiled in");
    let null = Null::new();

    let before = memory();
    storm(wanted, page, || {
        let mut tap = Tap::new(null.clone());
        move || {
            tap.write_all(&[0x81, 2, b'h', b'i'])
                .expect("the stream takes it")
        }
    });

    let reports = redhanded::reports();
    let grown = memory_growth_at_rest(before);
    let found: u64 = redhanded::reports().iter().map(|report| report.count).sum();
    let statistics = redhanded::statistics();
    let dropped = statistics.dropped_findings;
    println!(
        "{found} findings in {} report(s), {dropped} in none, memory grew by {} KiB",
        reports.len(),
        grown >> 10
    );
    assert_eq!(found + dropped, statistics.findings);
    assert!(
        statistics.findings >= wanted.max(null.overlaps()),
        "what the stream itself saw overlap is among them"
    );
    assert!(
        found > 0 && reports.len() <= 4,
        "a handful of reports: {}",
        reports.len()
    );
    assert!(
        reports
            .iter()
            .flat_map(|report| &report.writers)
            .all(|writer| !writer.backtrace.is_empty())
    );
    assert!(grown <= MOST_GROWTH, "{grown} bytes");
}
