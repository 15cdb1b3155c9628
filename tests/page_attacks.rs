//! The page under attack: by a hostile web page, by broken clients, and by clients that use up resources.
#![cfg(any(debug_assertions, feature = "detect-in-release"))]

#[path = "page/client.rs"]
mod client;

use client::{
    PATIENCE, Reply, address, ask, connect, connect_to, get, page, send, status_with_headers,
};
use redhanded::dashboard::Dashboard;
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

/// The paths whose answers have data of the program.
const DATA: [&str; 10] = [
    "/api/list",
    "/api/feed",
    "/api/reports",
    "/api/reports/67fc86ee1004ed7e",
    "/api/reports/67fc86ee1004ed7e/sources",
    "/api/reports/67fc86ee1004ed7e/html",
    "/api/wires",
    "/api/process",
    "/api/guide",
    "/api/",
];

/// What a browser sends with the request of a foreign page.
const FOREIGN: [&str; 8] = [
    "Origin: http://evil.example\r\n",
    "Origin: null\r\n",
    "Origin: http://localhost\r\n",
    "Origin: http://localhost:3000\r\nSec-Fetch-Site: same-site\r\n",
    "Sec-Fetch-Site: cross-site\r\n",
    "Sec-Fetch-Site: same-site\r\n",
    "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site\r\n",
    "Sec-Fetch-Site: same-origin\r\nOrigin: http://evil.example\r\n",
];

#[test]
fn a_foreign_page_gets_no_data() {
    let page = page();
    for path in DATA {
        for headers in FOREIGN {
            for method in ["GET", "HEAD"] {
                let reply = ask(&page, method, path, headers);
                assert_eq!(reply.status, 403, "{method} {path} {headers:?}");
                let cors = reply
                    .headers
                    .iter()
                    .any(|(name, _)| name.to_ascii_lowercase().starts_with("access-control-"));
                assert!(!cors, "{method} {path} {headers:?}");
            }
        }
    }
}

#[test]
fn the_page_itself_and_a_person_who_types_the_address_get_the_data() {
    let page = page();
    let own = format!(
        "Origin: http://{}\r\nSec-Fetch-Site: same-origin\r\n",
        address(&page)
    );
    for headers in [
        own.as_str(),
        "Sec-Fetch-Site: same-origin\r\n",
        "Sec-Fetch-Site: none\r\n",
        "",
    ] {
        for path in ["/api/list", "/api/reports", "/api/wires"] {
            assert_eq!(
                ask(&page, "GET", path, headers).status,
                200,
                "{path} {headers:?}"
            );
        }
    }
}

#[test]
fn a_host_name_that_was_made_to_point_here_gets_no_data() {
    let page = page();
    let port = address(&page).port();
    for path in DATA
        .into_iter()
        .chain(["/", "/wires", "/guide", "/assets/style.css"])
    {
        for name in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "0.0.0.0",
            "127.1",
            "2130706433",
        ] {
            // With its own name as origin, every request of such a page looks like a request to itself.
            let headers = format!(
                "Host: {name}:{port}\r\nOrigin: http://{name}:{port}\r\nSec-Fetch-Site: same-origin\r\n"
            );
            assert_eq!(
                status_with_headers(&page, path, &headers),
                403,
                "{path} {name}"
            );
        }
    }
}

#[test]
fn posts_are_refused_and_a_foreign_page_gets_no_reason() {
    let page = page();
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        for path in [
            "/",
            "/api/list",
            "/api/feed",
            "/assets/style.css",
            "/nothing",
        ] {
            for headers in FOREIGN {
                let headers = format!("{headers}Content-Length: 0\r\n");
                assert_eq!(
                    ask(&page, method, path, &headers).status,
                    403,
                    "{method} {path} {headers:?}"
                );
            }
            let own = format!("Origin: http://{}\r\nContent-Length: 0\r\n", address(&page));
            let reply = ask(&page, method, path, &own);
            assert_eq!(
                (reply.status, reply.header("Allow")),
                (405, Some("GET, HEAD")),
                "{method} {path}"
            );
        }
    }
}

#[test]
fn every_answer_forbids_frames_foreign_code_type_guessing_and_caching() {
    let page = page();
    for path in DATA
        .into_iter()
        .chain(["/", "/wires", "/guide", "/assets/style.css", "/nothing"])
    {
        for headers in ["", FOREIGN[0]] {
            let reply = ask(&page, "HEAD", path, headers);
            let policy = reply.header("Content-Security-Policy").unwrap();
            for rule in [
                "default-src 'none'",
                "script-src 'self'",
                "connect-src 'self'",
                "frame-ancestors 'none'",
            ] {
                assert!(policy.contains(rule), "{path}: {policy}");
            }
            assert!(!policy.contains("unsafe"), "{path}: {policy}");
            assert_eq!(
                reply.header("X-Content-Type-Options"),
                Some("nosniff"),
                "{path}"
            );
            assert_eq!(reply.header("Cache-Control"), Some("no-store"), "{path}");
        }
    }
}

#[test]
fn no_path_leads_to_a_file() {
    let page = page();
    for path in [
        "/assets/../Cargo.toml",
        "/assets/..%2f..%2fCargo.toml",
        "/assets//etc/passwd",
        "/assets/%2e%2e/Cargo.toml",
        "/api/reports/../../../etc/passwd",
        "/api/reports/..%2f..%2fetc%2fpasswd/sources",
        "/api/reports/none/sources?file=/etc/passwd",
        "/api/guide/../../Cargo.toml",
        "/report/../../etc/passwd",
        "/../../etc/passwd",
    ] {
        assert_eq!(get(&page, path).status, 404, "{path}");
    }
}

#[test]
fn no_query_stops_the_page_or_makes_its_answer_endless() {
    let page = page();
    let long = "a+".repeat(20_000);
    let queries = [
        "offset=18446744073709551615&limit=18446744073709551615",
        "limit=999999999999999999999999",
        "text=%",
        "text=%00%ff%f0%9f",
        &format!("text={long}"),
        "kind=,,,,",
        "&&&===",
        "sort=last_seen%00",
    ];
    for query in queries {
        for path in ["/api/list", "/api/wires"] {
            let status = get(&page, &format!("{path}?{query}")).status;
            assert!([200, 400].contains(&status), "{path}?{query}: {status}");
        }
    }
}

/// Sends bytes that the page need not read to their end. Returns the answer, if there is one.
fn send_at_length(page: &Dashboard, pieces: impl Iterator<Item = String>) -> Option<Reply> {
    let mut stream = connect(page);
    for piece in pieces {
        if stream.write_all(piece.as_bytes()).is_err() {
            // The page may close the connection in the middle of a piece.
            break;
        }
    }
    Reply::try_read(&stream, true)
}

#[test]
fn a_request_without_end_is_not_read_to_its_end() {
    let page = page();
    let begin = || std::iter::once("GET / HTTP/1.1\r\n".to_owned());
    let long_name = begin().chain(std::iter::repeat_n("x".repeat(1024), 4096));
    let many_headers = begin().chain((0..100_000).map(|number| format!("X-{number}: y\r\n")));
    let long_path =
        std::iter::once("GET /".to_owned()).chain(std::iter::repeat_n("p".repeat(1024), 4096));
    let attacks: [Box<dyn Iterator<Item = String>>; 3] = [
        Box::new(long_name),
        Box::new(many_headers),
        Box::new(long_path),
    ];
    for attack in attacks {
        let reply = send_at_length(&page, attack);
        assert!(reply.is_none_or(|reply| reply.status == 400));
        assert_eq!(get(&page, "/").status, 200);
    }
    let cookies = format!("Cookie: {}\r\n", "c=1; ".repeat(8000));
    assert_eq!(
        ask(&page, "GET", "/", &cookies).status,
        200,
        "other programs' cookies are no attack"
    );
}

#[test]
fn hundreds_of_idle_connections_do_not_stop_the_page_from_answering() {
    let page = page();
    let mut idle = Vec::new();
    for number in 0..500 {
        // Some clients send nothing, some send half of a request.
        idle.push(if number % 2 == 0 {
            connect(&page)
        } else {
            send(&page, "GET / HTTP/1.1\r\nHost: ")
        });
        if number % 25 == 0 {
            assert_eq!(get(&page, "/").status, 200, "beside {number}");
        }
    }
    for path in ["/", "/api/list", "/api/wires", "/assets/style.css"] {
        assert_eq!(get(&page, path).status, 200, "{path}");
    }
}

#[test]
fn a_client_that_sends_byte_after_byte_is_disconnected_after_a_while() {
    let page = page();
    let mut slow = send(&page, "GET / HTTP/1.1\r\nHost: ");
    let began = Instant::now();
    slow.set_read_timeout(Some(std::time::Duration::from_millis(100)))
        .unwrap();
    loop {
        // With a byte now and then the client is not idle. It is disconnected nevertheless.
        let sent = slow.write_all(b"x");
        let read = slow.read(&mut [0]);
        if sent.is_err()
            || matches!(read, Ok(0))
            || read.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset)
        {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "it may go on for ever");
    }
    assert_eq!(get(&page, "/").status, 200);
}

/// The variable that makes this binary, started again, a program with a page.
const PROGRAM: &str = "REDHANDED_TEST_PAGE";

/// Not a test: a program with a page of its own, until its standard input ends.
#[test]
fn program_with_a_page() {
    if std::env::var_os(PROGRAM).is_none() {
        return;
    }
    println!("\nthe page is on {:?}", redhanded::url());
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

struct Program {
    child: Child,
    // If the pipe were closed before the program has ended, the program would get an error.
    _stdout: Lines<BufReader<ChildStdout>>,
    said: String,
    page: String,
}

/// A program with this setting.
fn program(bind: &str) -> Program {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "program_with_a_page",
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ])
        .envs([(PROGRAM, "1"), ("REDHANDED_BIND", bind)])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let page = lines
        .find_map(|line| Some(line.unwrap().strip_prefix("the page is on ")?.to_owned()))
        .unwrap();
    Program {
        child,
        _stdout: lines,
        said: String::new(),
        page,
    }
}

impl Program {
    fn end(mut self) -> Self {
        drop(self.child.stdin.take());
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut self.said)
            .unwrap();
        assert!(self.child.wait().unwrap().success(), "{}", self.said);
        self
    }

    fn port(&self) -> u16 {
        self.page
            .trim_end_matches("/\")")
            .rsplit_once(':')
            .unwrap()
            .1
            .parse()
            .unwrap()
    }
}

#[test]
fn an_address_that_others_can_reach_is_not_taken_by_mistake() {
    let program = program("0.0.0.0:0").end();
    let complaint = "REDHANDED_BIND=\"0.0.0.0:0\" is not understood: it takes ";
    assert!(program.said.contains(complaint), "{}", program.said);
    assert!(program.page.contains("127.0.0.1:"), "{}", program.page);
}

#[test]
fn an_exposed_page_says_so_aloud_and_answers_only_to_the_address_at_which_it_was_reached() {
    let program = program("expose:0.0.0.0:0");
    let port = program.port();
    let status = |at: [u8; 4], host: &str| {
        let mut stream: TcpStream = connect_to(SocketAddr::from((at, port)));
        write!(stream, "GET /api/list HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
        Reply::read(&stream, true).status
    };
    assert_eq!(status([127, 0, 0, 1], &format!("127.0.0.1:{port}")), 200);
    for host in ["evil.example", "127.0.0.2", "0.0.0.0", "192.0.2.1"] {
        assert_eq!(
            status([127, 0, 0, 1], &format!("{host}:{port}")),
            403,
            "{host}"
        );
    }
    if cfg!(target_os = "linux") {
        // Every machine has this address. It stands for the machine's own address on a network.
        assert_eq!(status([127, 0, 0, 2], &format!("127.0.0.2:{port}")), 200);
        assert_eq!(status([127, 0, 0, 2], &format!("127.0.0.3:{port}")), 403);
    }
    let program = program.end();
    let warning =
        format!("redhanded: WARNING: the page is EXPOSED on 0.0.0.0:{port}: there is no password");
    assert!(program.said.contains(&warning), "{}", program.said);
}
