//! What a report must say about a wrong program.

use crate::common::{PATIENCE, RUNS, run_often};
use crate::evidence::{CutOff, Seen};
use redhanded::report::{Bytes, Kind, Origin, Report, Role, Sample, Wire, Writer};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

/// A writer at this place: its thread, function and line.
macro_rules! here {
    () => {{
        fn here() {}
        $crate::accusation::Site::new(std::any::type_name_of_val(&here), file!(), line!())
    }};
}

/// Where a call is in the source, and on which thread it was made.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    thread: String,
    task: Option<String>,
    function: &'static str,
    file: &'static str,
    line: u32,
}

impl Site {
    /// `inside` is the name of an item in the function.
    pub(crate) fn new(inside: &'static str, file: &'static str, line: u32) -> Self {
        let function = inside.strip_suffix("::here").expect("the item of `here!`");
        // The body of an `async fn`.
        let function = function.strip_suffix("::{{closure}}").unwrap_or(function);
        let thread = thread::current()
            .name()
            .expect("every writer has a name")
            .to_owned();
        let task = tokio::task::try_id().map(|id| id.to_string());
        Site {
            thread,
            task,
            function,
            file,
            line,
        }
    }

    pub(crate) fn did(self, operation: &'static str) -> Expected {
        Expected {
            site: self,
            operation,
            outcomes: &["returned"],
            dropped_with: None,
        }
    }

    pub(crate) fn did_and_failed(self, operation: &'static str) -> Expected {
        Expected {
            outcomes: &["failed"],
            ..self.did(operation)
        }
    }

    /// A call of a library itself that took a part of a frame.
    pub(crate) fn left(self, operation: &'static str) -> Expected {
        Expected {
            outcomes: &["unfinished"],
            ..self.did(operation)
        }
    }

    /// One of the polls of a message. The first one puts the message into the object's buffer and returns.
    pub(crate) fn polled(self, operation: &'static str) -> Expected {
        Expected {
            outcomes: &["returned", "unfinished", "pending"],
            ..self.did(operation)
        }
    }
}

/// A writer as the program knows it.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    site: Site,
    operation: &'static str,
    outcomes: &'static [&'static str],
    /// The function that dropped the object, if it was dropped inside its frame.
    dropped_with: Option<&'static str>,
}

/// Two writers that broke the contract, the first one first, on a socket with these addresses.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) first: Expected,
    pub(crate) second: Expected,
    pub(crate) addresses: Addresses,
    /// One kind, unless it depends on the system's scheduler.
    pub(crate) kinds: &'static [Kind],
    pub(crate) meeting: Meeting,
    /// What the peer has read, if the evidence is to be compared with it.
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

    /// A frame of the first writer with bytes of the second in it, put there inside one call: proved where the kernel
    /// counts.
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

/// One run of a program.
#[derive(Debug)]
pub(crate) struct Run {
    file: &'static str,
    is_first: bool,
}

impl Run {
    /// Waits until so many findings are seen, none of which has both writers back: they are stuck.
    ///
    /// In the first run only. Findings of a pair that is known already just count, when they are complete.
    #[track_caller]
    pub(crate) fn sees_open_findings(&self, count: usize) {
        if !self.is_first {
            return;
        }
        let deadline = Instant::now() + PATIENCE;
        let open = loop {
            let open = reports_of(self.file);
            if open.len() == count {
                break open;
            }
            assert!(
                Instant::now() < deadline,
                "{count} open finding(s) expected: {open:#?}"
            );
            thread::yield_now();
        };
        for report in open {
            assert!(report.open, "{report}");
            assert!(
                report
                    .writers
                    .iter()
                    .all(|writer| writer.thread.name.is_some()),
                "{report}"
            );
            let [first, second] = &report.writers[..] else {
                panic!("two writers in {report}")
            };
            assert!(
                first.ended_us.is_none() && first.outcome.is_none(),
                "the first is stuck: {report}"
            );
            // The first takes its backtrace when it comes back, unless it has been the second of another pair.
            assert_eq!(
                first.backtrace.is_empty(),
                first.backtrace_missing.is_some(),
                "{report}"
            );
            assert!(!second.backtrace.is_empty(), "{report}");
        }
    }
}

/// Runs a program often, and checks that every run adds exactly one finding for each of the pairs that it gives.
#[track_caller]
pub(crate) fn caught_in_every_run(
    file: &'static str,
    mut program: impl FnMut(&Run) -> Vec<Pair> + Send + 'static,
) {
    let runs: Arc<Mutex<Vec<Vec<Pair>>>> = Arc::default();
    let gathered = runs.clone();
    run_often(move |index| {
        let before = reports_of(file);
        let pairs = program(&Run {
            file,
            is_first: index == 0,
        });
        let after = reports_of(file);
        for pair in &pairs {
            let (before, after) = (pair.count_in(&before), pair.count_in(&after));
            assert_eq!(
                after,
                before + 1,
                "run {index} adds one finding of {pair:#?}"
            );
        }
        gathered.lock().unwrap().push(pairs);
    });
    let runs = runs.lock().unwrap();
    for pair in 0..runs[0].len() {
        let report = runs[0][pair]
            .report_in(&reports_of(file))
            .expect("it was counted");
        check(
            &report,
            &runs.iter().map(|pairs| &pairs[pair]).collect::<Vec<_>>(),
        );
    }
}

/// The reports with a writer in this file: programs of other files run at the same time.
pub(crate) fn reports_of(file: &str) -> Vec<Report> {
    let stands_there = |writer: &Writer| {
        writer
            .call_site
            .as_ref()
            .is_some_and(|site| site.file == file)
    };
    redhanded::reports()
        .into_iter()
        .filter(|report| report.writers.iter().any(stands_there))
        .collect()
}

impl Pair {
    fn report_in(&self, reports: &[Report]) -> Option<Report> {
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

    /// Of all kinds. A tear is not also reported as an overlap.
    fn count_in(&self, reports: &[Report]) -> u64 {
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
        assert_eq!(
            first.began_us, 0.0,
            "time is told from when the first began"
        );
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

impl Expected {
    pub(crate) fn dropped_with(self, function: &'static str) -> Expected {
        Expected {
            dropped_with: Some(function),
            ..self
        }
    }

    fn check(&self, writer: &Writer, role: Role) {
        let Site {
            thread,
            task,
            function,
            file,
            line,
        } = &self.site;
        let called = writer
            .call_site
            .as_ref()
            .map(|site| (site.file.as_str(), site.line));
        assert_eq!(writer.role, role);
        assert_eq!(called, Some((*file, *line)), "{writer:#?}");
        assert_eq!(writer.thread.name.as_ref(), Some(thread), "{writer:#?}");
        assert_ne!(writer.thread.id, 0);
        assert_eq!(writer.operation, self.operation);
        assert!(
            writer
                .outcome
                .as_deref()
                .is_some_and(|outcome| self.outcomes.contains(&outcome)),
            "{writer:#?}"
        );
        assert!(
            writer.ended_us.is_some_and(|ended| ended > writer.began_us),
            "{writer:#?}"
        );
        assert_eq!(writer.task, *task, "{writer:#?}");
        let is_there = |name: &str| {
            writer
                .dropped_at
                .iter()
                .any(|frame| frame.function.contains(name))
        };
        match self.dropped_with {
            Some(function) => assert!(
                is_there(function),
                "not dropped with {function}: {:#?}",
                writer.dropped_at
            ),
            None => assert_eq!(writer.dropped_at, []),
        }
        assert_eq!(writer.backtrace_missing, None);
        let top = writer
            .top_application_frame()
            .unwrap_or_else(|| panic!("no frame of the program: {writer:#?}"));
        assert!(
            top.function.contains(function),
            "{} is not {function}",
            top.function
        );
        assert!(
            top.file
                .as_deref()
                .is_some_and(|name| name.ends_with(*file)),
            "{top:#?}"
        );
        assert_eq!((top.line, top.origin), (Some(*line), Origin::App));
    }
}

/// Checks a report in full against what the program knows of each of its runs.
fn check(report: &Report, runs: &[&Pair]) {
    assert!(!report.open, "{report}");
    if runs[0].kinds.len() == 1 {
        assert_eq!(report.count, RUNS as u64, "{report}");
    }
    let is_overlap = report.kind == Kind::Overlap;
    assert_eq!(
        (report.bytes.is_none(), report.note.is_some()),
        (is_overlap, is_overlap),
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
    // Which runs the samples of a kind are from is only known where there is one kind.
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
