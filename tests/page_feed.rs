//! The feed as a browser gets it: which events, when, and for how many subscribers.
#![cfg(any(debug_assertions, feature = "detect-in-release"))]

#[path = "page/client.rs"]
mod client;

use client::{Overlap, PATIENCE, Reply, address, ask, connect_to, get, page, send, wait_for};
use redhanded::dashboard::Dashboard;
use redhanded::tungstenite::{Message, WebSocket};
use redhanded::{Settings, Stderr};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Once;
use std::time::{Duration, Instant};

const MAX_SUBSCRIBERS: usize = 16;

/// One event: its name and its data.
type Event = (String, serde_json::Value);

struct Subscriber(BufReader<TcpStream>);

impl Subscriber {
    fn of(page: &Dashboard) -> Self {
        Self::at(address(page))
    }

    fn at(page: SocketAddr) -> Self {
        Self::try_at(page).expect("a subscription")
    }

    /// `None` if there are too many subscribers.
    fn try_at(page: SocketAddr) -> Option<Self> {
        let mut stream = connect_to(page);
        write!(
            stream,
            "GET /api/feed HTTP/1.1\r\nHost: {page}\r\nAccept: text/event-stream\r\n\r\n"
        )
        .unwrap();
        let mut stream = BufReader::new(stream);
        let mut status = String::new();
        stream.read_line(&mut status).unwrap();
        if status.contains(" 503 ") {
            return None;
        }
        assert!(status.contains(" 200 "), "{status}");
        let headers: Vec<_> = (&mut stream)
            .lines()
            .map(Result::unwrap)
            .take_while(|line| !line.is_empty())
            .collect();
        assert!(
            headers.contains(&"Content-Type: text/event-stream".to_owned()),
            "{headers:?}"
        );
        assert!(
            headers.contains(&"Cache-Control: no-store".to_owned()),
            "{headers:?}"
        );
        assert!(
            !headers
                .iter()
                .any(|header| header.starts_with("Content-Length")),
            "{headers:?}"
        );
        Some(Subscriber(stream))
    }

    /// The next event. `None` at the end of the feed.
    fn next(&mut self) -> Option<Event> {
        let mut name = None;
        for line in (&mut self.0).lines() {
            let line = line.expect("a line of the feed");
            match line.split_once(": ") {
                Some(("event", event)) => name = Some(event.to_owned()),
                Some(("data", data)) => return Some((name?, serde_json::from_str(data).unwrap())),
                _ => {}
            }
        }
        None
    }

    fn changed(&mut self) -> serde_json::Value {
        let (name, data) = self.next().expect("an event");
        assert_eq!(name, "changed");
        data
    }
}

fn quietly() {
    static CONFIGURED: Once = Once::new();
    CONFIGURED.call_once(|| {
        redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off)).unwrap()
    });
}

#[test]
fn a_subscriber_gets_the_counts_at_once() {
    quietly();
    let first = Subscriber::of(&page()).changed();
    assert!(
        first["revision"].is_u64() && first["total"].is_u64() && first["findings"].is_u64(),
        "{first}"
    );
}

#[test]
fn a_new_finding_is_sent_within_a_second() {
    quietly();
    let page = page();
    let mut subscriber = Subscriber::of(&page);
    let mut total = subscriber.changed()["total"].as_u64().unwrap();
    let seconds: [fn(&mut WebSocket<TcpStream>); 4] = [
        |two| drop(two.close(None)),
        |two| drop(two.send(Message::text("a"))),
        |two| drop(two.send(Message::Ping("b".into()))),
        |two| drop(two.send(Message::binary("c"))),
    ];
    let mut times = Vec::new();
    for second in seconds {
        let began = Instant::now();
        let overlap = Overlap::begin(second);
        while subscriber.changed()["total"].as_u64().unwrap() == total {}
        times.push(began.elapsed());
        total = get(&page, "/api/list").json()["total"].as_u64().unwrap();
        overlap.end();
    }
    println!("a new finding was sent after {times:?}");
    // The first finding waits for the debug information, and other tests may take the processor from any of the others.
    let best = times.into_iter().skip(1).min().unwrap();
    assert!(best < Duration::from_secs(1), "{best:?}");
}

#[test]
fn the_revision_is_that_of_the_list() {
    quietly();
    let page = page();
    let mut subscriber = Subscriber::of(&page);
    let mut latest = subscriber.changed();
    let overlap = Overlap::begin(|two| drop(two.send(Message::Pong("d".into()))));
    let local = overlap.local.to_string();
    wait_for("row", || {
        let list = get(&page, &format!("/api/list?limit=1000&text={}", "pong")).json();
        let rows = list["rows"].as_array().unwrap().clone();
        rows.into_iter().find(|row| row["wire"]["local"] == *local)
    });
    overlap.end();
    wait_for("same revision", || {
        let list = get(&page, "/api/list?limit=0").json()["revision"].clone();
        while latest["revision"].as_u64() < list.as_u64() {
            latest = subscriber.changed();
        }
        (latest["revision"] == list).then_some(())
    });
}

#[test]
fn the_number_of_subscribers_is_limited_and_the_page_still_answers() {
    quietly();
    let page = page();
    let mut subscribers: Vec<_> = (0..MAX_SUBSCRIBERS)
        .map(|_| Subscriber::of(&page))
        .collect();
    let refused = get(&page, "/api/feed");
    assert_eq!(refused.status, 503);
    assert_eq!(get(&page, "/").status, 200);
    assert_eq!(
        subscribers.iter_mut().map(Subscriber::changed).count(),
        MAX_SUBSCRIBERS
    );
    drop(subscribers.pop());
    wait_for("free place", || Subscriber::try_at(address(&page)));
}

#[test]
fn a_request_for_the_head_does_not_subscribe() {
    quietly();
    let page = page();
    for _ in 0..=MAX_SUBSCRIBERS {
        let reply = ask(&page, "HEAD", "/api/feed", "");
        assert_eq!(
            (reply.status, reply.header("Content-Type")),
            (200, Some("text/event-stream"))
        );
    }
    Subscriber::of(&page).changed();
}

#[test]
fn a_subscriber_that_sends_data_is_disconnected() {
    quietly();
    let page = page();
    let mut stream = send(
        &page,
        &format!("GET /api/feed HTTP/1.1\r\nHost: {}\r\n\r\n", address(&page)),
    );
    assert_eq!(Reply::read(&stream, false).status, 200);
    let _ = stream.write_all(&[b'x'; 4096]);
    // The page closes the connection, with a reset if it has not read everything.
    let _ = stream.read_to_end(&mut Vec::new());
    Subscriber::of(&page).changed();
}

#[test]
fn dropping_the_page_ends_the_feed() {
    quietly();
    let page = page();
    let mut subscriber = Subscriber::of(&page);
    subscriber.changed();
    drop(page);
    let mut rest = String::new();
    let _ = subscriber.0.read_to_string(&mut rest);
    assert!(!rest.contains("event: end"), "the process goes on: {rest}");
}

/// The variable that makes this binary, started again, the program that ends.
const PROGRAM: &str = "REDHANDED_TEST_ENDS";

/// Not a test: the program of the next test, in a process of its own. It ends on command.
#[test]
fn program_that_ends() {
    if std::env::var_os(PROGRAM).is_none() {
        return;
    }
    let overlap = Overlap::begin(|two| drop(two.close(None)));
    println!("\nthe page is on {}", redhanded::url().expect("a page"));
    std::io::stdin().read_line(&mut String::new()).unwrap();
    // Both writers are still inside.
    std::mem::forget(overlap);
    std::process::exit(7);
}

#[test]
fn the_end_of_the_process_is_sent_and_waits_for_no_subscriber() {
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args([
            "program_that_ends",
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ])
        .envs([
            (PROGRAM, "1"),
            ("REDHANDED_BIND", "127.0.0.1:0"),
            ("REDHANDED_STDERR", "off"),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let page = lines
        .find_map(|line| {
            Some(
                line.unwrap()
                    .strip_prefix("the page is on http://")?
                    .to_owned(),
            )
        })
        .unwrap();
    let page: SocketAddr = page.trim_end_matches('/').parse().unwrap();
    let mut subscribers: Vec<_> = (0..3).map(|_| Subscriber::at(page)).collect();
    // This subscriber never reads.
    let silent = Subscriber::at(page);
    subscribers
        .iter_mut()
        .for_each(|subscriber| drop(subscriber.changed()));

    program.stdin.take().unwrap().write_all(b"end\n").unwrap();
    for subscriber in &mut subscribers {
        let events: Vec<_> = std::iter::from_fn(|| subscriber.next()).collect();
        assert_eq!(
            events.last().map(|(name, _)| name.as_str()),
            Some("end"),
            "{events:?}"
        );
        let (_, last) = &events[events.len() - 2];
        assert_eq!(
            last["findings"], 1,
            "the findings are sent before the end: {events:?}"
        );
    }
    let ended = Instant::now();
    assert_eq!(program.wait().unwrap().code(), Some(7));
    assert!(ended.elapsed() < PATIENCE);
    drop(silent);
}
