//! The page answers whatever its other connections do.

use crate::client::{address, ask, connect, get, page, send};
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
    for nonsense in [
        "\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nbad header\r\n\r\n",
        "\u{16}\u{3}é\r\n",
    ] {
        drop(send(&page, nonsense));
    }
    assert_eq!(get(&page, "/").status, 200);
}
