//! The page as a client sees it: raw requests to a real port.
#![cfg(any(debug_assertions, feature = "detect-in-release"))]

#[path = "page/client.rs"]
mod client;

use client::{
    Overlap, PATIENCE, Reply, address, ask, connect, get, page, send, status_with_headers,
};
use redhanded::dashboard::serve;
use redhanded::error::ServeError;
use redhanded::{Settings, Stderr};
use std::collections::BTreeSet;
use std::io::Read;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Instant;

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
            (404, Some("text/html; charset=utf-8")),
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
            (404, Some("application/json")),
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
fn a_method_that_could_change_something_is_refused() {
    let page = page();
    for method in [
        "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW",
    ] {
        for path in ["/", "/api/reports", "/nothing"] {
            let reply = ask(&page, method, path, "Content-Length: 0\r\n");
            assert_eq!(
                (reply.status, reply.header("Allow")),
                (405, Some("GET, HEAD")),
                "{method} {path}"
            );
        }
    }
    assert_eq!(
        ask(&page, "POST", "/", "Content-Length: 2\r\n\r\nhi").status,
        405
    );
}

#[test]
fn the_page_answers_to_its_loopback_names() {
    let page = page();
    let port = address(&page).port();
    for host in ["127.0.0.1", "localhost", "LocalHost", "[::1]"] {
        assert_eq!(
            status_with_headers(&page, "/api/reports", &format!("Host: {host}:{port}\r\n")),
            200,
            "{host}"
        );
    }
}

#[test]
fn a_request_for_another_host_is_refused() {
    let page = page();
    let port = address(&page).port();
    let other = port ^ 1;
    let foreign = [
        String::new(),
        "Host: \r\n".into(),
        format!("Host: evil.example:{port}\r\n"),
        format!("Host: localhost.evil.example:{port}\r\n"),
        format!("Host: 127.0.0.1.evil.example:{port}\r\n"),
        format!("Host: 127.0.0.1:{other}\r\n"),
        "Host: localhost\r\n".into(),
        format!("Host: localhost:{port}\r\nHost: evil.example\r\n"),
        format!("X-Forwarded-Host: localhost:{port}\r\nHost: evil.example\r\n"),
    ];
    for headers in foreign {
        for path in ["/", "/api/reports", "/assets/list.js", "/nothing"] {
            assert_eq!(
                status_with_headers(&page, path, &headers),
                403,
                "{path} {headers:?}"
            );
        }
    }
}

#[test]
fn the_data_is_refused_to_pages_of_another_site() {
    let page = page();
    assert_eq!(
        ask(
            &page,
            "GET",
            "/api/reports",
            "Sec-Fetch-Site: cross-site\r\n"
        )
        .status,
        403
    );
    assert_eq!(
        ask(
            &page,
            "GET",
            "/api/reports/none",
            "Sec-Fetch-Site: cross-site\r\n"
        )
        .status,
        403
    );
    assert_eq!(
        ask(
            &page,
            "GET",
            "/api/reports",
            "Sec-Fetch-Site: same-origin\r\n"
        )
        .status,
        200
    );
    assert_eq!(
        ask(&page, "GET", "/", "Sec-Fetch-Site: cross-site\r\n").status,
        200,
        "a link to the page may be followed"
    );
}

#[test]
fn every_answer_carries_the_policy_and_none_lets_other_origins_read() {
    let page = page();
    let origin = "Origin: http://evil.example\r\n";
    let replies = [
        ask(&page, "GET", "/", origin),
        ask(&page, "GET", "/api/reports", origin),
        ask(&page, "GET", "/assets/report.js", origin),
        ask(&page, "GET", "/nothing", origin),
        ask(&page, "GET", "/api/nothing", origin),
        ask(&page, "OPTIONS", "/api/reports", origin),
        ask(
            &page,
            "GET",
            "/api/reports",
            "Sec-Fetch-Site: cross-site\r\n",
        ),
        Reply::read(
            &send(&page, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
            true,
        ),
    ];
    for reply in replies {
        let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        assert_eq!(reply.header("Content-Security-Policy"), Some(policy));
        assert_eq!(reply.header("X-Content-Type-Options"), Some("nosniff"));
        assert_eq!(reply.header("Cache-Control"), Some("no-store"));
        assert_eq!(reply.header("Referrer-Policy"), Some("no-referrer"));
        assert_eq!(
            reply.header("Cross-Origin-Resource-Policy"),
            Some("same-origin")
        );
        let cors = reply
            .headers
            .iter()
            .find(|(name, _)| name.to_ascii_lowercase().starts_with("access-control-"));
        assert_eq!(cors, None);
    }
}

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

#[test]
fn an_address_that_others_can_reach_is_refused() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let address: SocketAddr = address.parse().unwrap();
        assert!(
            matches!(serve(address), Err(ServeError::NotLoopback { address: named }) if named == address)
        );
    }
    assert!(matches!(serve("127.0.0.1"), Err(ServeError::Address(_))));
}

#[test]
fn a_finding_is_listed_and_has_a_page_while_its_writers_are_still_inside() {
    redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off)).unwrap();
    let page = page();
    let overlap = Overlap::begin(|two| drop(two.close(None)));

    let deadline = Instant::now() + PATIENCE;
    let text = loop {
        let text = get(&page, "/api/reports").body;
        if text != "[]" {
            break text;
        }
        assert!(Instant::now() < deadline, "no report");
        thread::yield_now();
    };
    let list: serde_json::Value = serde_json::from_str(&text).unwrap();
    let [report] = list.as_array().unwrap().as_slice() else {
        panic!("{text}")
    };
    assert_eq!(
        (&report["schema"], &report["kind"], &report["open"]),
        (&1.into(), &"overlap".into(), &true.into())
    );
    assert_eq!(report["writers"][0]["thread"]["name"], "<b>sender</b>");
    let id = report["id"].as_str().unwrap();
    let one: serde_json::Value =
        serde_json::from_str(&get(&page, &format!("/api/reports/{id}")).body).unwrap();
    assert_eq!(one["id"], report["id"]);
    let shell = get(&page, &format!("/report/{id}"));
    assert_eq!(
        (shell.status, shell.header("Content-Type")),
        (200, Some("text/html; charset=utf-8"))
    );
    assert!(
        !shell.body.contains("sender"),
        "foreign text is not part of the markup"
    );

    let list = get(&page, "/api/list").json();
    let [row] = list["rows"].as_array().unwrap().as_slice() else {
        panic!("{list}")
    };
    assert_eq!(
        (&row["id"], &row["open"], &row["count"]),
        (&report["id"], &true.into(), &1.into())
    );
    assert_eq!(
        (&row["writers"][0], &row["wire"]),
        (&"\"<b>sender</b>\"".into(), &report["wire"])
    );
    assert_eq!(
        (&row["summary"], &row["first_seen"]),
        (&report["summary"], &report["first_seen"])
    );
    assert_eq!(
        (&list["total"], &list["process"]["pid"]),
        (&1.into(), &std::process::id().into())
    );
    assert_eq!(get(&page, "/api/list?text=SENDER").json()["matching"], 1);
    assert_eq!(
        get(&page, "/api/list?kind=torn-frame").json()["matching"],
        0
    );

    let sources = get(&page, &format!("/api/reports/{id}/sources")).json();
    let lines: Vec<_> = sources
        .as_array()
        .unwrap()
        .iter()
        .map(|source| source["lines"].to_string())
        .collect();
    assert!(
        lines
            .iter()
            .any(|lines| lines.contains("one.send(Message::from(")),
        "{sources}"
    );
    for (form, mime, has) in [
        ("json", JSON, "\"schema\": 1"),
        ("text", "text/plain; charset=utf-8", "First writer: "),
        ("markdown", "text/plain; charset=utf-8", "overlap"),
        ("html", HTML, "<!doctype html>"),
        ("sarif", JSON, "2.1.0"),
    ] {
        let reply = get(&page, &format!("/api/reports/{id}/{form}"));
        assert_eq!(
            (reply.status, reply.header("Content-Type")),
            (200, Some(mime)),
            "{form}"
        );
        assert!(reply.body.contains(has), "{form}: {}", reply.body);
        let is_file = reply
            .header("Content-Disposition")
            .is_some_and(|how| how.starts_with("attachment; filename="));
        assert_eq!(is_file, ["html", "sarif"].contains(&form), "{form}");
    }
    assert_eq!(get(&page, &format!("/api/reports/{id}/other")).status, 404);

    overlap.end();
}
