//! The engine under random programs, against an oracle that knows the order of all bytes on the wire.
//!
//! ```text
//! REDHANDED_TEST_STRESS=600 cargo test --test stress -- --nocapture
//! ```
//!
//! Each program has one connection over a real socket, several watched objects on it, and a peer. Its streams take few bytes a
//! call, and refuse some calls with `WouldBlock` or `Interrupted`. They note which object's bytes went out in which order, and
//! the peer's bytes must be these. From them the oracle says what was torn. A failure names the seed:
//! `REDHANDED_TEST_STRESS_SEED=…` runs that program alone.
#![cfg(all(unix, any(debug_assertions, feature = "detect-in-release")))]
#![allow(unsafe_code)] // `know` is unsafe.

mod objects;
mod oracle;
mod program;
mod random;
mod stream;

use oracle::Truth;
use program::Ran;
use random::Random;
use redhanded::report::{Kind, Report};
use redhanded::{Capture, Payload, Settings, Stderr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::time::{Duration, Instant};

const SECONDS: &str = "REDHANDED_TEST_STRESS";
const SEED: &str = "REDHANDED_TEST_STRESS_SEED";
const POLICY: &str = "STRESS_POLICY";

/// What is left of `REDHANDED_TEST_STRESS` for each policy. Without the variable, a few seconds.
fn time() -> Duration {
    let seconds = std::env::var(SECONDS)
        .ok()
        .and_then(|value| value.parse().ok());
    Duration::from_secs_f64(seconds.map_or(2.0, |seconds: f64| seconds / 2.0))
}

#[test]
fn random_programs_are_judged_as_the_oracle_says() {
    run_in_children("observe");
}

#[test]
fn random_programs_under_error_tear_nothing_and_send_nothing_twice() {
    run_in_children("error");
}

/// In processes of their own, because the policy is one for each process, and what is kept of a report is bounded.
fn run_in_children(policy: &str) {
    let start = Instant::now();
    let mut first = 0;
    let only: Option<u64> = std::env::var(SEED)
        .ok()
        .and_then(|value| value.parse().ok());
    loop {
        let seeds = only.map_or(first..first + 50, |seed| seed..seed + 1);
        let executable = std::env::current_exe().expect("this binary");
        let output = Command::new(executable)
            .args(["child", "--exact", "--nocapture"])
            .env(POLICY, policy)
            .env("STRESS_SEEDS", format!("{} {}", seeds.start, seeds.end))
            .output()
            .expect("this binary can be started again");
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{policy}, {seeds:?}: {}\n{text}",
            output.status
        );
        first += 50;
        if only.is_some() || start.elapsed() > time() {
            println!(
                "{first} programs under the policy {policy} in {:?}",
                start.elapsed()
            );
            return;
        }
    }
}

/// Not a test: it runs the programs of the tests.
#[test]
fn child() {
    let Ok(policy) = std::env::var(POLICY) else {
        return;
    };
    let seeds = std::env::var("STRESS_SEEDS").expect("the test names them");
    let (from, to) = seeds.split_once(' ').expect("two numbers");
    let [from, to] = [from, to].map(|number| number.parse::<u64>().expect("a number"));
    let mut failures = Vec::new();
    // Names of functions take most of the time.
    let is_quick = from % 500 != 0;
    let refuses = policy == "error";
    let settings = Settings::default()
        .bind(None)
        .stderr(Stderr::Off)
        .payload(Payload::Show)
        .stall(None)
        .capture(if is_quick {
            Capture::Site
        } else {
            Capture::Overlap
        })
        .policy(if refuses {
            redhanded::Policy::Error
        } else {
            redhanded::Policy::Observe
        });
    redhanded::configure(settings).expect("nothing is watched yet");
    stream::make_known();
    for seed in from..to {
        let judged = catch_unwind(AssertUnwindSafe(|| judge(seed, refuses)));
        match judged {
            Ok(Ok(())) => {}
            Ok(Err(why)) => failures.push(format!("seed {seed}: {why}")),
            Err(panic) => failures.push(format!(
                "seed {seed}: panic: {:?}",
                panic.downcast_ref::<String>()
            )),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Runs one program, and compares what was found with what happened.
fn judge(seed: u64, refuses: bool) -> Result<(), String> {
    let watch = redhanded::watch();
    let mut random = Random::new(seed);
    let ran = program::run(&mut random, refuses, &watch.scope());
    let truth = oracle::truth(&ran.log);
    let reports = watch.findings();
    let shown = || {
        let reports: Vec<_> = reports
            .iter()
            .map(|it| format!("{} x{}: {}\n{it}", it.kind, it.count, it.summary))
            .collect();
        format!(
            "{}\n{truth:?}\n{}\n{}",
            ran.story.join("\n"),
            truth
                .first
                .map_or(String::new(), |place| ran.log.round(place)),
            reports.join("\n")
        )
    };
    let has = |kind: Kind| reports.iter().any(|report| report.kind == kind);
    // Where none of a scope's findings of two lines was kept, those of an earlier program stand for them.
    let own = || {
        let is_own = |report: &&Report| report.wire.local.as_ref() == Some(&ran.local);
        reports.iter().filter(is_own)
    };
    let accuses = |kind: Kind| own().any(|report| report.kind == kind);
    let has_torn_frame = has(Kind::TornFrame) || has(Kind::AbandonedWrite);
    if ran.peer != ran.log.bytes() {
        return Err(format!("changed bytes\n{}", shown()));
    }
    if refuses {
        let is_well = if ran.is_right && (ran.log.has_refusal() || !reports.is_empty()) {
            Err("a right program is refused".to_owned())
        } else if ran.was_refused_at_rest {
            Err("something is refused while nothing is open".to_owned())
        } else if ran.has_shared_tap {
            Ok(())
        } else {
            refuses_well(&ran, &truth)
        };
        return is_well.map_err(|why| format!("{why}\n{}", shown()));
    }
    if truth.frames == 0 && (accuses(Kind::TornFrame) || accuses(Kind::AbandonedWrite)) {
        return Err(format!("false tear of a frame\n{}", shown()));
    }
    if truth.frames == 0 && truth.messages == 0 && accuses(Kind::TornMessage) {
        return Err(format!("false tear of a message\n{}", shown()));
    }
    if ran.is_in_turn && has(Kind::Overlap) {
        return Err(format!("false overlap\n{}", shown()));
    }
    if ran.is_right && !reports.is_empty() {
        return Err(format!("a right program is accused\n{}", shown()));
    }
    if ran.is_certain && truth.frames > 0 && !has_torn_frame {
        return Err(format!("a torn frame is missed\n{}", shown()));
    }
    if ran.is_certain && truth.frames == 0 && truth.messages > 0 && !has(Kind::TornMessage) {
        return Err(format!("a torn message is missed\n{}", shown()));
    }
    if !ran.has_shared_tap && (truth.frames > 0 || truth.messages > 0) && reports.is_empty() {
        return Err(format!("silence beside a tear\n{}", shown()));
    }
    for report in own() {
        wrong_bytes(report, &ran).map_err(|why| format!("{why}\n{}", shown()))?;
    }
    Ok(())
}

/// What is promised of the policy `error`.
fn refuses_well(ran: &Ran, truth: &Truth) -> Result<(), String> {
    if truth.frames > 0 || truth.messages > 0 {
        return Err("torn under `error`".to_owned());
    }
    let sent = oracle::sent(&ran.log);
    if let Some(twice) = oracle::sent_twice(&sent) {
        return Err(format!("message {twice} was sent twice"));
    }
    if let Some(refused) = sent.iter().find(|number| ran.refused.contains(number)) {
        return Err(format!("message {refused} was refused, and sent"));
    }
    Ok(())
}

/// The bytes that a report shows are those of the wire.
fn wrong_bytes(report: &Report, ran: &Ran) -> Result<(), String> {
    let Some(bytes) = &report.bytes else {
        return Ok(());
    };
    let Some(offset) = bytes.offset.filter(|offset| offset.is_exact()) else {
        return Ok(());
    };
    let at = usize::try_from(offset.from).map_err(|_| "an impossible place".to_owned())?;
    let parse = |text: &str| -> Vec<u8> {
        let bytes = text.split_whitespace();
        bytes
            .map(|byte| u8::from_str_radix(byte, 16).expect("payload is shown"))
            .collect()
    };
    let (before, inserted) = match &bytes.ranges[..] {
        [before, inserted, _] => (parse(&before.shown), parse(&inserted.shown)),
        [inserted] => (Vec::new(), parse(&inserted.shown)),
        _ => return Err("unknown ranges".to_owned()),
    };
    // What one operation inserted may lie in several places, and others may have come before it.
    let wire = ran.log.bytes();
    if inserted
        .first()
        .is_some_and(|first| wire.get(at) != Some(first))
    {
        let from = at.saturating_sub(16);
        let round = wire.get(from..wire.len().min(at + 16));
        let log = ran.log.round(at);
        return Err(format!(
            "wrong bytes at {at}: {inserted:02x?}, and there is {round:02x?}\n{log}"
        ));
    }
    // The place in the frame may be known less exactly than that on the wire.
    let is_exact = bytes.byte_of_frame.is_none_or(|place| place.is_exact());
    let is_of_a_writer = !is_exact
        || before.is_empty()
        || ran
            .log
            .writers_until(at)
            .any(|sent| sent.ends_with(&before));
    if !is_of_a_writer {
        return Err(format!("wrong bytes before {at}: {before:02x?}"));
    }
    Ok(())
}
