//! A storm: millions of overlapping writes cost a counter each.
//!
//! The default is a million. For ten million, in an optimised build:
//!
//! ```text
//! REDHANDED_TEST_STORM=10000000 cargo test --release --features detect-in-release --test storm -- --nocapture
//! ```
#![cfg(target_os = "linux")] // Memory is read from /proc.
#![allow(unsafe_code)] // `know` is unsafe.

#[path = "storm/support.rs"]
mod support;

use redhanded::tungstenite::Message;
use redhanded::tungstenite::protocol::{Role, WebSocket};
use redhanded::{Settings, Stderr};
use support::{Null, memory, memory_growth_at_rest, storm};

const MOST_GROWTH: u64 = 16 << 20;

#[test]
fn a_storm_of_overlaps_costs_no_memory_and_the_page_answers_during_it() {
    redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off))
        .expect("nothing is watched yet");
    let wanted: u64 = std::env::var("REDHANDED_TEST_STORM")
        .map_or(1_000_000, |count| count.parse().expect("a number"));
    let page = redhanded::dashboard::serve("127.0.0.1:0").expect("a free port");
    let page = page.address().expect("the page is compiled in");
    let null = Null::new();

    let before = memory();
    storm(wanted, page, || {
        let mut websocket = WebSocket::from_raw_socket(null.clone(), Role::Server, None);
        let message = Message::text("storm");
        move || {
            websocket
                .send(message.clone())
                .expect("the stream takes it")
        }
    });

    let reports = redhanded::reports();
    let grown = memory_growth_at_rest(before);
    let found: u64 = redhanded::reports().iter().map(|report| report.count).sum();
    println!(
        "{found} findings in {} report(s), memory grew by {} KiB",
        reports.len(),
        grown >> 10
    );
    assert!(found >= wanted);
    assert_eq!(
        found,
        redhanded::statistics().findings,
        "every finding belongs to a report"
    );
    assert!(
        found >= null.overlaps(),
        "what the stream itself saw overlap is among them"
    );
    assert!(
        reports.len() <= 4,
        "a handful of reports: {}",
        reports.len()
    );
    assert!(grown <= MOST_GROWTH, "{grown} bytes");
}
