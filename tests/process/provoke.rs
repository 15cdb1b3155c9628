//! Held writers, in whole processes: what the settings switch on, what is written of near misses, and what the next run makes of
//! it.

use crate::launch::{Ended, Launch, NO_PAGE};
use crate::link::Link;
use futures_util::SinkExt;
use redhanded::report::near_miss::{FOLDER, NearMissPair, NearMisses, read_all};
use redhanded::report::{Kind, Report};
use redhanded::tokio_tungstenite::WebSocketStream;
use redhanded::tungstenite::Message;
use redhanded::tungstenite::protocol::Role;
use std::future::Future;
use std::path::Path;
use std::sync::Barrier;
use std::time::Duration;
use std::{env, thread};

/// Set for a run in which one writer has come back before the other one begins.
const APART: &str = "TEST_APART";

/// How often the two write.
const ROUNDS: usize = 3;

const ONE: u32 = line!() + 17;
const OTHER: u32 = line!() + 21;

/// On each of some connections, each of two threads writes once.
pub fn two_that_write_once() {
    let is_apart = env::var_os(APART).is_some();
    for _ in 0..ROUNDS {
        let link = Link::open();
        let (mut one, mut other, together) = (link.object(), link.object(), Barrier::new(2));
        let together = || {
            if !is_apart {
                together.wait();
            }
        };
        thread::scope(|scope| {
            let first = scope.spawn(|| {
                together();
                one.send(Message::text("one")).expect("sent");
            });
            let first = is_apart.then(|| first.join());
            let second = scope.spawn(|| {
                together();
                other.send(Message::text("other")).expect("sent");
            });
            drop((first, second.join()));
        });
    }
}

/// Two tasks on one thread, each with an object of its own on one socket. No poll of one comes inside a poll of the other.
pub fn two_tasks_on_one_thread() {
    let link = Link::open();
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let tasks = [(); 2].map(|()| tokio::spawn(sends_often(&link)));
        for task in tasks {
            task.await.expect("no panic");
        }
    });
}

fn sends_often(link: &Link) -> impl Future<Output = ()> + Send + use<> {
    let socket = link.socket.try_clone().expect("a descriptor");
    async move {
        socket.set_nonblocking(true).expect("a socket");
        let socket = tokio::net::UnixStream::from_std(socket).expect("a runtime");
        let mut object = WebSocketStream::from_raw_socket(socket, Role::Server, None).await;
        for _ in 0..ROUNDS {
            object.send(Message::text("hello")).await.expect("sent");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

#[test]
fn only_half_a_frame_brings_two_tasks_of_one_thread_to_meet() {
    for (mode, kinds) in [("full", &[][..]), ("full+split", &[Kind::TornFrame])] {
        let directory = tempfile::tempdir().expect("a folder");
        Launch::of(two_tasks_on_one_thread)
            .with(NO_PAGE)
            .with(("REDHANDED_REPORT_DIR", directory.path()))
            .with(("REDHANDED_PROVOKE", mode))
            .run()
            .in_order();
        let reports = reports(directory.path());
        let found: Vec<_> = reports.iter().map(|report| report.kind).collect();
        assert_eq!(found, kinds, "{mode}");
    }
}

fn run(directory: &Path, settings: &[(&str, &str)]) -> Ended {
    let mut launch = Launch::of(two_that_write_once)
        .with(NO_PAGE)
        .with(("REDHANDED_REPORT_DIR", directory));
    for setting in settings {
        launch = launch.with(*setting);
    }
    launch.run().in_order()
}

fn reports(directory: &Path) -> Vec<Report> {
    let entries = directory.read_dir().expect("the directory is there");
    let files = entries.map(|entry| entry.expect("an entry").path());
    let reports = files.filter(|path| path.is_file()).map(|path| {
        let text = std::fs::read_to_string(path).expect("text");
        Report::from_json(&text).expect("a report")
    });
    reports.collect()
}

/// The near misses of the only process that has left some.
fn near_misses(directory: &Path) -> NearMisses {
    let mut all = read_all(directory).expect("a list");
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0).1.expect("near misses")
}

/// The pair of the two call sites.
fn the_pair(near_misses: &NearMisses) -> &NearMissPair {
    let lines = |pair: &NearMissPair| {
        let line = |side: &redhanded::report::near_miss::Side| {
            side.call_site.as_ref().map(|site| site.line)
        };
        let mut lines = [line(&pair.sides[0]), line(&pair.sides[1])];
        lines.sort_unstable();
        lines
    };
    let mut pairs = near_misses.pairs.iter();
    let pair = pairs.find(|pair| lines(pair) == [Some(ONE), Some(OTHER)]);
    pair.unwrap_or_else(|| panic!("{near_misses:#?}"))
}

/// There is one report, of both lines. Gives for how many milliseconds its writers were held.
#[track_caller]
fn found(directory: &Path) -> Vec<f64> {
    let reports = reports(directory);
    let [report] = &reports[..] else {
        panic!("{reports:#?}")
    };
    assert_eq!(report.kind, Kind::Overlap);
    let mut lines: Vec<_> = report
        .writers
        .iter()
        .map(|writer| writer.call_site.as_ref().map(|site| site.line))
        .collect();
    lines.sort_unstable();
    assert_eq!(lines, [Some(ONE), Some(OTHER)]);
    let held = report.writers.iter().filter_map(|writer| writer.held_us);
    held.map(|us| us / 1000.0).collect()
}

#[test]
fn each_call_site_is_held_once_where_the_other_handle_has_not_written_yet() {
    let directory = tempfile::tempdir().expect("a folder");
    run(directory.path(), &[("REDHANDED_PROVOKE", "full")]);
    let held = found(directory.path());
    assert!(held.iter().all(|ms| *ms > 0.0), "{held:?}");
    let near_misses = near_misses(directory.path());
    assert_eq!(near_misses.mode, "full");
    assert!(the_pair(&near_misses).met >= 1, "{near_misses:#?}");
}

#[test]
fn a_near_miss_is_written_and_the_next_run_holds_its_call_sites_first() {
    let directory = tempfile::tempdir().expect("a folder");
    let light = ("REDHANDED_PROVOKE", "light");
    run(directory.path(), &[light, (APART, "1")]);
    assert_eq!(reports(directory.path()), []);
    let first = near_misses(directory.path());
    let pair = the_pair(&first);
    assert_eq!((pair.met, first.mode.as_str()), (0, "light"));
    // On a busy machine, a thread may begin late.
    assert!((1..=3).contains(&pair.near), "{pair:?}");
    assert!(pair.nearest_us.is_some_and(|us| us > 0.0), "{pair:?}");

    let file = directory.path().join(FOLDER);
    let plan = file.read_dir().expect("a list").next().expect("a file");
    let plan = plan.expect("an entry").path();
    let next = tempfile::tempdir().expect("a folder");
    let planned = ("REDHANDED_PLAN", plan.to_str().expect("text"));
    run(next.path(), &[planned]);
    found(next.path());

    run(directory.path(), &[light]);
    found(directory.path());
}

#[test]
fn no_writer_is_held_by_default_nor_where_that_is_off() {
    for settings in [&[][..], &[("REDHANDED_PROVOKE", "off")]] {
        let directory = tempfile::tempdir().expect("a folder");
        let settings = [settings, &[(APART, "1")]].concat();
        run(directory.path(), &settings);
        assert!(!directory.path().join(FOLDER).exists());
    }
}

#[test]
fn what_is_no_mode_and_what_is_no_plan_are_named() {
    let directory = tempfile::tempdir().expect("a folder");
    let settings = [
        ("REDHANDED_PROVOKE", "hard"),
        ("REDHANDED_PLAN", "/none/plan.json"),
        (APART, "1"),
    ];
    let ended = run(directory.path(), &settings);
    let lines = ended.lines();
    let has = |parts: [&str; 2]| {
        let mut lines = lines.iter();
        lines.any(|line| parts.iter().all(|part| line.contains(part)))
    };
    assert!(
        has([
            "REDHANDED_PROVOKE=\"hard\"",
            "off, light, full or full+split"
        ]),
        "{ended}"
    );
    assert!(
        has(["REDHANDED_PLAN=/none/plan.json", "going on without it"]),
        "{ended}"
    );
}
