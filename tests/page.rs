//! The page as a client sees it: raw requests to a real port.
#![cfg(any(debug_assertions, feature = "detect-in-release"))]

#[path = "page/client.rs"]
mod client;
#[path = "page/finding.rs"]
mod finding;
#[path = "page/protection.rs"]
mod protection;
#[path = "page/robustness.rs"]
mod robustness;

use client::{address, connect, get, page, send};
use redhanded::dashboard::serve;
use redhanded::error::ServeError;
use std::collections::BTreeSet;
use std::io::Read;
use std::net::{TcpListener, TcpStream};

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";

const PATHS: [(&str, &str); 13] = [
    ("/", HTML),
    ("/wires", HTML),
    ("/guide", HTML),
    ("/assets/style.css", "text/css; charset=utf-8"),
    ("/assets/shared.js", "text/javascript; charset=utf-8"),
    ("/assets/list.js", "text/javascript; charset=utf-8"),
    ("/assets/favicon.svg", "image/svg+xml"),
    ("/api/reports", JSON),
    ("/api/process", JSON),
    ("/api/list?offset=0&limit=1", JSON),
    ("/api/wires", JSON),
    ("/api/guide", HTML),
    ("/api/guide/torn-frame", HTML),
];

#[test]
fn every_path_answers_with_its_type() {
    let page = page();
    for (path, mime) in PATHS {
        let reply = get(&page, path);
        assert_eq!(
            (reply.status, reply.header("Content-Type")),
            (200, Some(mime)),
            "{path}"
        );
        assert!(!reply.body.is_empty(), "{path}");
    }
}

#[test]
fn the_page_asks_only_for_what_is_there() {
    let page = page();
    let mut asked: BTreeSet<String> = ["/", "/wires", "/guide"].map(str::to_owned).into();
    let mut seen = BTreeSet::new();
    while let Some(path) = asked.pop_first() {
        let reply = get(&page, &path);
        assert_eq!(reply.status, 200, "{path}");
        seen.insert(path);
        let absolute = reply
            .body
            .split('"')
            .filter(|word| word.starts_with("/assets/") || word.starts_with("/api/"));
        let absolute = absolute
            .filter(|word| *word != "/api/feed")
            .map(str::to_owned);
        let relative = reply
            .body
            .split('"')
            .filter_map(|word| word.strip_prefix("./"));
        let named = absolute.chain(relative.map(|name| format!("/assets/{name}")));
        asked.extend(named.filter(|path| !seen.contains(path)));
    }
    assert!(seen.len() > 9, "{seen:?}");
}

#[test]
fn a_query_does_not_change_the_path() {
    assert_eq!(get(&page(), "/?utm=1").status, 200);
}

#[test]
fn what_is_not_there_is_not_found() {
    let page = page();
    for path in [
        "/nothing",
        "/assets/",
        "/assets/../Cargo.toml",
        "/report/",
        "/report/none",
        "//",
        "http://evil.example/",
    ] {
        let reply = get(&page, path);
        assert_eq!(
            (reply.status, reply.header("Content-Type")),
            (404, Some(HTML)),
            "{path}"
        );
    }
    for path in [
        "/api/",
        "/api/reports/",
        "/api/reports/none",
        "/api/other",
        "/api/reports/none/sources",
        "/api/guide/none",
    ] {
        let reply = get(&page, path);
        assert_eq!(
            (reply.status, reply.header("Content-Type")),
            (404, Some(JSON)),
            "{path}"
        );
        assert!(reply.body.starts_with("{\"error\":"), "{path}");
    }
}

#[test]
fn the_data_is_an_array_of_reports_and_the_process() {
    let page = page();
    assert!(get(&page, "/api/reports").body.starts_with('['));
    assert!(
        get(&page, "/api/process")
            .body
            .contains(&format!("\"pid\":{}", std::process::id()))
    );
}

#[test]
fn head_answers_as_get_does_without_the_body() {
    let page = page();
    for (path, mime) in PATHS {
        let full = get(&page, path);
        let stream = send(
            &page,
            &format!(
                "HEAD {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
                address(&page)
            ),
        );
        let mut text = String::new();
        (&stream).read_to_string(&mut text).unwrap();
        assert!(
            text.starts_with("HTTP/1.1 200 ") && text.ends_with("\r\n\r\n"),
            "{path}: {text}"
        );
        assert!(
            text.contains(&format!("Content-Type: {mime}\r\n")),
            "{path}: {text}"
        );
        // A finding made meanwhile makes the data longer.
        let is_fixed = !path.starts_with("/api/") || path.starts_with("/api/guide");
        let length = format!("Content-Length: {}\r\n", full.body.len());
        assert!(!is_fixed || text.contains(&length), "{path}: {text}");
    }
}

#[test]
fn dropping_the_dashboard_frees_the_port_and_ends_the_page() {
    let page = page();
    let at = address(&page);
    let idle = connect(&page);
    assert_eq!(get(&page, "/").status, 200);
    drop(page);
    let again = TcpListener::bind(at).expect("the port is free");
    drop((again, idle));
    assert!(TcpStream::connect(at).is_err(), "the port is free");
}

#[test]
fn the_address_has_the_port_that_was_given_and_the_url_leads_to_it() {
    let page = page();
    assert_ne!(address(&page).port(), 0);
    assert!(address(&page).ip().is_loopback());
    assert_eq!(page.url().unwrap(), format!("http://{}/", address(&page)));
    assert!(format!("{page:?}").contains(&address(&page).to_string()));
}

#[test]
fn a_taken_port_is_an_error_that_names_it() {
    let first = page();
    match serve(address(&first)) {
        Err(ServeError::Bind { address: named, .. }) => assert_eq!(named, address(&first)),
        other => panic!("{other:?}"),
    }
}
