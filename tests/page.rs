//! The page as a client sees it: raw requests to a real port.
#![cfg(any(debug_assertions, feature = "detect-in-release"))]

use redhanded::dashboard::{Dashboard, serve};
use redhanded::error::ServeError;
use redhanded::tungstenite::{Message, WebSocket, protocol::Role};
use redhanded::{Settings, Stderr};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

/// Ends a test that would hang; no test waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(30);

const PATHS: [(&str, &str); 9] = [
    ("/", "text/html; charset=utf-8"),
    ("/assets/style.css", "text/css; charset=utf-8"),
    ("/assets/shared.js", "text/javascript; charset=utf-8"),
    ("/assets/list.js", "text/javascript; charset=utf-8"),
    ("/assets/report.js", "text/javascript; charset=utf-8"),
    ("/assets/wire.js", "text/javascript; charset=utf-8"),
    ("/assets/favicon.svg", "image/svg+xml"),
    ("/api/reports", "application/json"),
    ("/api/process", "application/json"),
];

struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Reply {
    /// Reads one answer; of a body only what `Content-Length` says.
    fn read(from: &TcpStream, with_body: bool) -> Self {
        let mut from = BufReader::new(from);
        let mut line = || {
            let mut line = String::new();
            from.read_line(&mut line).unwrap();
            line.trim_end().to_owned()
        };
        let status = line().split(' ').nth(1).expect("a status line").parse().unwrap();
        let headers: Vec<_> = std::iter::from_fn(|| Some(line()).filter(|line| !line.is_empty()))
            .map(|line| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap())
            .collect();
        let mut reply = Reply { status, headers, body: String::new() };
        if with_body {
            let mut body = vec![0; reply.header("Content-Length").unwrap().parse().unwrap()];
            from.read_exact(&mut body).unwrap();
            reply.body = String::from_utf8(body).unwrap();
        }
        reply
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

fn page() -> Dashboard {
    serve("127.0.0.1:0").unwrap()
}

fn address(page: &Dashboard) -> SocketAddr {
    page.address().expect("the page has an address")
}

fn connect(page: &Dashboard) -> TcpStream {
    let stream = TcpStream::connect(address(page)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn send(page: &Dashboard, request: &str) -> TcpStream {
    let mut stream = connect(page);
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

fn ask(page: &Dashboard, method: &str, path: &str, further: &str) -> Reply {
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n{further}\r\n", address(page));
    Reply::read(&send(page, &request), method != "HEAD")
}

fn get(page: &Dashboard, path: &str) -> Reply {
    ask(page, "GET", path, "")
}

fn status_with_headers(page: &Dashboard, path: &str, headers: &str) -> u16 {
    Reply::read(&send(page, &format!("GET {path} HTTP/1.1\r\n{headers}\r\n")), true).status
}

#[test]
fn every_path_answers_with_its_type() {
    let page = page();
    for (path, mime) in PATHS {
        let reply = get(&page, path);
        assert_eq!((reply.status, reply.header("Content-Type")), (200, Some(mime)), "{path}");
        assert!(!reply.body.is_empty(), "{path}");
    }
}

#[test]
fn the_page_asks_only_for_what_is_there() {
    let page = page();
    let sources = PATHS.iter().map(|(path, _)| path).filter(|path| !path.starts_with("/api/"));
    let text: String = sources.map(|path| get(&page, path).body).collect();
    let absolute = text.split('"').filter(|word| word.starts_with("/assets/") || word.starts_with("/api/"));
    let relative = text.split('"').filter_map(|word| word.strip_prefix("./")).map(|name| format!("/assets/{name}"));
    let asked: Vec<_> = absolute.map(str::to_owned).chain(relative).collect();
    assert!(asked.len() > 5, "{asked:?}");
    for path in asked {
        assert_eq!(get(&page, &path).status, 200, "{path}");
    }
}

#[test]
fn a_query_does_not_change_the_path() {
    assert_eq!(get(&page(), "/?utm=1").status, 200);
}

#[test]
fn what_is_not_there_is_not_found() {
    let page = page();
    for path in
        ["/nothing", "/assets/", "/assets/../Cargo.toml", "/report/", "/report/none", "//", "http://evil.example/"]
    {
        let reply = get(&page, path);
        assert_eq!((reply.status, reply.header("Content-Type")), (404, Some("text/html; charset=utf-8")), "{path}");
    }
    for path in ["/api/", "/api/reports/", "/api/reports/none", "/api/other"] {
        let reply = get(&page, path);
        assert_eq!((reply.status, reply.header("Content-Type")), (404, Some("application/json")), "{path}");
        assert!(reply.body.starts_with("{\"error\":"), "{path}");
    }
}

#[test]
fn the_data_is_an_array_of_reports_and_the_process() {
    let page = page();
    assert!(get(&page, "/api/reports").body.starts_with('['));
    assert!(get(&page, "/api/process").body.contains(&format!("\"pid\":{}", std::process::id())));
}

#[test]
fn head_answers_as_get_does_without_the_body() {
    let page = page();
    for (path, mime) in PATHS {
        let full = get(&page, path);
        let stream =
            send(&page, &format!("HEAD {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", address(&page)));
        let mut text = String::new();
        (&stream).read_to_string(&mut text).unwrap();
        assert!(text.starts_with("HTTP/1.1 200 ") && text.ends_with("\r\n\r\n"), "{path}: {text}");
        assert!(text.contains(&format!("Content-Type: {mime}\r\n")), "{path}: {text}");
        assert!(text.contains(&format!("Content-Length: {}\r\n", full.body.len())), "{path}: {text}");
    }
}

#[test]
fn a_method_that_could_change_something_is_refused() {
    let page = page();
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW"] {
        for path in ["/", "/api/reports", "/nothing"] {
            let reply = ask(&page, method, path, "Content-Length: 0\r\n");
            assert_eq!((reply.status, reply.header("Allow")), (405, Some("GET, HEAD")), "{method} {path}");
        }
    }
    assert_eq!(ask(&page, "POST", "/", "Content-Length: 2\r\n\r\nhi").status, 405);
}

#[test]
fn the_page_answers_to_its_loopback_names() {
    let page = page();
    let port = address(&page).port();
    for host in ["127.0.0.1", "localhost", "LocalHost", "[::1]"] {
        assert_eq!(status_with_headers(&page, "/api/reports", &format!("Host: {host}:{port}\r\n")), 200, "{host}");
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
            assert_eq!(status_with_headers(&page, path, &headers), 403, "{path} {headers:?}");
        }
    }
}

#[test]
fn the_data_is_refused_to_pages_of_another_site() {
    let page = page();
    assert_eq!(ask(&page, "GET", "/api/reports", "Sec-Fetch-Site: cross-site\r\n").status, 403);
    assert_eq!(ask(&page, "GET", "/api/reports/none", "Sec-Fetch-Site: cross-site\r\n").status, 403);
    assert_eq!(ask(&page, "GET", "/api/reports", "Sec-Fetch-Site: same-origin\r\n").status, 200);
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
        ask(&page, "GET", "/api/reports", "Sec-Fetch-Site: cross-site\r\n"),
        Reply::read(&send(&page, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"), true),
    ];
    for reply in replies {
        let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        assert_eq!(reply.header("Content-Security-Policy"), Some(policy));
        assert_eq!(reply.header("X-Content-Type-Options"), Some("nosniff"));
        assert_eq!(reply.header("Cache-Control"), Some("no-store"));
        assert_eq!(reply.header("Referrer-Policy"), Some("no-referrer"));
        assert_eq!(reply.header("Cross-Origin-Resource-Policy"), Some("same-origin"));
        let cors = reply.headers.iter().find(|(name, _)| name.to_ascii_lowercase().starts_with("access-control-"));
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
    assert!(clients.into_iter().all(|client| client.join().unwrap() == 200));
}

#[test]
fn a_body_that_never_comes_does_not_stop_the_page() {
    let page = page();
    let lengths = ["1024", "1025", "2000", "65536", "65537", "4611686018427387904", "18446744073709551615"];
    let unfinished: Vec<_> = lengths
        .iter()
        .flat_map(|length| {
            let post = format!("POST / HTTP/1.1\r\nHost: {}\r\nContent-Length: {length}\r\n", address(&page));
            [send(&page, &format!("{post}\r\n")), send(&page, &format!("{post}Expect: 100-continue\r\n\r\n"))]
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
        assert_eq!(ask(&page, "POST", "/", &format!("Content-Length: {length}\r\n\r\n{body}")).status, 405);
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
    assert!(TcpStream::connect(at).is_err(), "nobody listens");
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
        assert!(matches!(serve(address), Err(ServeError::NotLoopback { address: named }) if named == address));
    }
    assert!(matches!(serve("127.0.0.1"), Err(ServeError::Address(_))));
}

#[test]
fn a_finding_is_listed_and_has_a_page_while_its_writers_are_still_inside() {
    redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off)).unwrap();
    let page = page();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let mut peer = listener.accept().unwrap().0;
    let mut one = WebSocket::from_raw_socket(socket.try_clone().unwrap(), Role::Client, None);
    let mut two = WebSocket::from_raw_socket(socket, Role::Client, None);

    let sender = thread::Builder::new().name("<b>sender</b>".into());
    let sender = sender.spawn(move || drop(one.send(Message::from(vec![0u8; 64 << 20])))).unwrap();
    // With its first byte here and no room for the others, the sender is inside and stays there.
    peer.read_exact(&mut [0]).unwrap();
    let closer = thread::spawn(move || drop(two.close(None)));

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
    let [report] = list.as_array().unwrap().as_slice() else { panic!("{text}") };
    assert_eq!((&report["schema"], &report["kind"], &report["open"]), (&1.into(), &"overlap".into(), &true.into()));
    assert_eq!(report["writers"][0]["thread"]["name"], "<b>sender</b>");
    let id = report["id"].as_str().unwrap();
    let one: serde_json::Value = serde_json::from_str(&get(&page, &format!("/api/reports/{id}")).body).unwrap();
    assert_eq!(one["id"], report["id"]);
    let shell = get(&page, &format!("/report/{id}"));
    assert_eq!((shell.status, shell.header("Content-Type")), (200, Some("text/html; charset=utf-8")));
    assert!(!shell.body.contains("sender"), "foreign text is not part of the markup");

    drop(peer);
    sender.join().unwrap();
    closer.join().unwrap();
}
