//! What a report must say about a wrong program.

use crate::common::RUNS;
use crate::evidence::{CutOff, Seen};
use crate::writers::{Expected, Site};
use redhanded::report::{Bytes, Kind, Report, Role, Sample, Wire, Writer};
use std::net::TcpStream;

/// Two writers that broke the contract, the first one first, on a socket with these addresses.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) first: Expected,
    pub(crate) second: Expected,
    pub(crate) addresses: Addresses,
    /// One kind, unless it depends on the system's scheduler.
    pub(crate) kinds: &'static [Kind],
    pub(crate) meeting: Meeting,
    /// What the peer has read, if the evidence is compared with it.
    pub(crate) seen: Option<Seen>,
    /// The same, where the rest of the torn frame never comes.
    pub(crate) cut_off: Option<CutOff>,
}

/// How two writers met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meeting {
    /// On two threads, with two objects, at the same time.
    AtOnce,
    /// One after the other, with two objects.
    InTurn,
    /// One after the other, with one object.
    OnOneObject,
}

impl Pair {
    /// An overlap for which it is not known what became of the bytes.
    pub(crate) fn overlap(first: Expected, second: Expected, addresses: Addresses) -> Self {
        Pair {
            first,
            second,
            addresses,
            kinds: &[Kind::Overlap],
            meeting: Meeting::AtOnce,
            seen: None,
            cut_off: None,
        }
    }

    /// The second writer's bytes inside a frame or message of the first, one call after the other.
    pub(crate) fn in_turn(
        kind: &'static [Kind; 1],
        first: Expected,
        second: Expected,
        addresses: Addresses,
    ) -> Self {
        Pair {
            kinds: kind,
            meeting: Meeting::InTurn,
            ..Pair::overlap(first, second, addresses)
        }
    }

    /// A frame of the first writer with bytes of the second in it, inserted during one call. It is proved where the kernel
    /// counts bytes.
    pub(crate) fn torn(
        first: Expected,
        second: Expected,
        addresses: Addresses,
        seen: Seen,
    ) -> Self {
        let kinds: &[Kind] = if cfg!(target_os = "linux") {
            &[Kind::TornFrame]
        } else {
            &[Kind::Overlap]
        };
        let seen = cfg!(target_os = "linux").then_some(seen);
        Pair {
            kinds,
            seen,
            ..Pair::overlap(first, second, addresses)
        }
    }
}

/// The local and the peer's address.
pub(crate) type Addresses = (Option<String>, Option<String>);

pub(crate) fn addresses(socket: &TcpStream) -> Addresses {
    let (local, peer) = (
        socket.local_addr().expect("a local address"),
        socket.peer_addr().expect("a peer"),
    );
    (Some(local.to_string()), Some(peer.to_string()))
}

impl Pair {
    pub(crate) fn report_in(&self, reports: &[Report]) -> Option<Report> {
        let expected = [self.first.site.line, self.second.site.line];
        let lines = |report: &Report| {
            let [first, second] = &report.writers[..] else {
                panic!("two writers in {report}")
            };
            [first, second].map(|writer| writer.call_site.as_ref().map_or(0, |site| site.line))
        };
        reports
            .iter()
            .filter(|report| self.kinds.contains(&report.kind))
            .find(|it| lines(it) == expected)
            .cloned()
    }

    /// How many findings of this pair there are, of all kinds. A tear must not also be reported as an overlap.
    pub(crate) fn count_in(&self, reports: &[Report]) -> u64 {
        let any = Pair {
            kinds: &[
                Kind::TornFrame,
                Kind::TornMessage,
                Kind::AbandonedWrite,
                Kind::Overlap,
            ],
            ..self.clone()
        };
        let mut left = reports.to_vec();
        let mut count = 0;
        while let Some(report) = any.report_in(&left) {
            left.retain(|other| other.id != report.id);
            count += report.count;
        }
        count
    }

    fn check_bytes(&self, bytes: Option<&Bytes>) {
        if let (Some(seen), Some(bytes)) = (&self.seen, bytes) {
            seen.check(bytes);
        }
        if let Some(cut_off) = &self.cut_off {
            cut_off.check(bytes.expect("a frame was torn"));
        }
    }

    fn check(&self, wire: &Wire, writers: &[Writer]) {
        assert_eq!(
            (&wire.local, &wire.peer),
            (&self.addresses.0, &self.addresses.1)
        );
        let [first, second] = writers else {
            panic!("{writers:#?}")
        };
        self.first.check(first, Role::First);
        self.second.check(second, Role::Second);
        assert_eq!(
            first.handle == second.handle,
            self.meeting == Meeting::OnOneObject,
            "the objects"
        );
        let (first_ended, second_ended) = (
            first.ended_us.expect("it came back"),
            second.ended_us.expect("it, too"),
        );
        assert_eq!(first.began_us, 0.0, "times count from when the first began");
        if self.meeting == Meeting::AtOnce {
            assert_ne!(first.thread.id, second.thread.id, "two threads");
            assert!(
                second.began_us < first_ended && first.began_us < second_ended,
                "they overlap: {writers:#?}"
            );
        } else {
            assert!(
                first_ended <= second.began_us,
                "one after the other: {writers:#?}"
            );
        }
    }
}

/// Checks a report in full against what the program knows of each of its runs.
pub(crate) fn check(report: &Report, runs: &[&Pair]) {
    assert!(!report.open, "{report}");
    if runs[0].kinds.len() == 1 {
        assert_eq!(report.count, RUNS as u64, "{report}");
    }
    let is_overlap = report.kind == Kind::Overlap;
    assert_eq!(report.bytes.is_none(), is_overlap, "{report}");
    // A report of several kinds says how often each was found.
    let is_of_several_kinds = runs[0].kinds.len() > 1 && report.note.is_some();
    assert_eq!(
        report.note.is_some(),
        is_overlap || is_of_several_kinds,
        "{report}"
    );
    assert_eq!(report.id, report.fingerprint);
    assert_eq!(report.process.pid, std::process::id());
    assert_eq!(
        report.dropped.samples,
        report.count - 1 - report.samples.len() as u64
    );
    assert!(report.first_seen < report.last_seen, "{report}");
    if runs[0].kinds.len() == 1 {
        runs[0].check(&report.wire, &report.writers);
    }
    assert!(!report.samples.is_empty());
    // Only where there is one kind is it known which runs the samples are from.
    let samples = report
        .samples
        .iter()
        .zip(&runs[1..])
        .filter(|_| runs[0].kinds.len() == 1);
    runs[0].check_bytes(report.bytes.as_ref());
    for (
        Sample {
            wire,
            writers,
            bytes,
            ..
        },
        run,
    ) in samples
    {
        run.check(wire, writers);
        run.check_bytes(bytes.as_ref());
        assert_ne!(
            wire.id, report.wire.id,
            "every run has a connection of its own"
        );
    }
    let text = report.to_string();
    for Expected {
        site:
            Site {
                thread,
                task,
                function,
                file,
                line,
            },
        operation,
        ..
    } in [&runs[0].first, &runs[0].second]
    {
        let place = format!("{file}:{line}");
        let thread = &task
            .as_ref()
            .map_or_else(|| thread.clone(), |task| format!("task {task}"));
        if runs[0].kinds.len() > 1 {
            continue;
        }
        for part in [thread, *operation, &place] {
            assert!(
                report.summary.contains(part),
                "{part} is not in: {}",
                report.summary
            );
        }
        assert!(text.contains(function), "{function} is not in: {text}");
    }
}
