//! The page answers whatever its other connections do.

use crate::client::{address, ask, connect, get, page, send};
use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::{Arc, Barrier};
use std::thread;

#[test]
fn the_page_answers_while_other_connections_stay_idle() {
    let page = page();
    let idle: Vec<_> = (0..20).map(|_| connect(&page)).collect();
    let half = send(&page, "GET / HTTP/1.1\r\nHo");
    assert_eq!(get(&page, "/").status, 200);
    drop((idle, half));
}

#[test]
fn a_burst_of_connections_is_answered_in_full() {
    let page = Arc::new(page());
    let start = Arc::new(Barrier::new(16));
    let clients: Vec<_> = (0..16)
        .map(|_| {
            let (page, start) = (page.clone(), start.clone());
            thread::spawn(move || {
                start.wait();
                get(&page, "/assets/report.js").status
            })
        })
        .collect();
    assert!(
        clients
            .into_iter()
            .all(|client| client.join().unwrap() == 200)
    );
}

#[test]
fn a_body_that_never_comes_does_not_stop_the_page() {
    let page = page();
    let lengths = [
        "1024",
        "1025",
        "2000",
        "65536",
        "65537",
        "4611686018427387904",
        "18446744073709551615",
    ];
    let unfinished: Vec<_> = lengths
        .iter()
        .flat_map(|length| {
            let post = format!(
                "POST / HTTP/1.1\r\nHost: {}\r\nContent-Length: {length}\r\n",
                address(&page)
            );
            [
                send(&page, &format!("{post}\r\n")),
                send(&page, &format!("{post}Expect: 100-continue\r\n\r\n")),
            ]
        })
        .collect();
    assert_eq!(get(&page, "/").status, 200);
    drop(unfinished);
    assert_eq!(get(&page, "/").status, 200);
}

#[test]
fn a_body_is_ignored() {
    let page = page();
    for length in [10, 1024, 4000] {
        let body = "x".repeat(length);
        assert_eq!(
            ask(
                &page,
                "POST",
                "/",
                &format!("Content-Length: {length}\r\n\r\n{body}")
            )
            .status,
            405
        );
    }
}

#[test]
fn nonsense_does_not_stop_the_page() {
    let page = page();
    for nonsense in NONSENSE {
        drop(send(&page, nonsense));
    }
    assert_eq!(get(&page, "/").status, 200);
}

#[test]
fn no_request_that_is_not_http_as_the_page_takes_it_gets_anything() {
    let page = page();
    let host = address(&page);
    let mut requests: Vec<String> = NONSENSE.map(str::to_owned).into();
    // With the right host, so that it is not refused for that.
    let lines = LINES.map(|line| format!("{line}\r\nHost: {host}\r\n\r\n"));
    let heads = HEADS.map(|head| format!("GET / HTTP/1.1\r\nHost: {host}{head}\r\n\r\n"));
    requests.extend(lines.into_iter().chain(heads));
    requests.push(format!(
        "GET /{} HTTP/1.1\r\nHost: {host}\r\n\r\n",
        "a".repeat(100_000)
    ));
    requests.push(format!(
        "GET / HTTP/1.1\r\nHost: {host}\r\n{}\r\n",
        "A: b\r\n".repeat(5_000)
    ));
    requests.push(format!(
        "GET / HTTP/1.1\r\nHost: {host}\r\nA: {}\r\n\r\n",
        "b".repeat(100_000)
    ));
    assert!(requests.len() >= 50, "{}", requests.len());
    for request in &requests {
        let mut stream = connect(&page);
        // The page may have closed before all of it is written.
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        let is_refusal = answer.is_empty()
            || answer.starts_with("HTTP/1.1 4")
            || answer.starts_with("HTTP/1.1 5");
        let shown = request.chars().take(80).collect::<String>();
        assert!(is_refusal, "{shown:?}: {answer}");
    }
    assert_eq!(get(&page, "/").status, 200);
}

/// No requests at all.
const NONSENSE: [&str; 17] = [
    "\r\n\r\n",
    "\n\n",
    "\0\0\0\0\r\n\r\n",
    " \r\n\r\n",
    "GET\r\n\r\n",
    "GET /\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    "GET / HTTP/1.1",
    "GET / HTTP/1.1\r\n",
    "GET / HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost:\r\n\r\n",
    "GET / HTTP/1.1\r\nbad header\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "\u{16}\u{3}é\r\n",
    "{}",
    "EHLO page\r\n",
];

/// First lines that the page refuses.
const LINES: [&str; 17] = [
    "get / HTTP/1.1",
    "G\0T / HTTP/1.1",
    "GET / HTTP/1.2",
    "GET / HTTP/2",
    "GET / http/1.1",
    "GET  / HTTP/1.1",
    "GET / HTTP/1.1 more",
    "GET\t/ HTTP/1.1",
    "GET nowhere HTTP/1.1",
    "GET * HTTP/1.1",
    "GET /\0 HTTP/1.1",
    "GET /%00 HTTP/1.1",
    "GET //127.0.0.1/ HTTP/1.1",
    "CONNECT 127.0.0.1:80 HTTP/1.1",
    "TRACE / HTTP/1.1",
    "POST / HTTP/1.1",
    "OPTIONS * HTTP/1.1",
];

/// What stands behind the right host, and is refused.
const HEADS: [&str; 13] = [
    "0",
    ".evil.example",
    "@evil.example",
    "#",
    "\0",
    "\r\nHost: evil.example",
    "\r\nHost : evil.example",
    "\r\n continued",
    "\r\nName",
    "\r\n: value",
    "\r\nNa me: value",
    "\r\nName: va\0lue",
    "\r\nN\u{e4}me: value",
];
