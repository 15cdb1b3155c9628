//! Values that a setting does not take, and a page that cannot be where it was asked for.

use crate::launch::{Ended, Launch, NO_PAGE};
use crate::link::Link;
use std::ffi::OsStr;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::ffi::OsStrExt;
use std::process;

/// The exit code that the program chooses.
const OWN_CODE: i32 = 7;

/// Each variable, what it takes, and values that it does not take.
const BAD: [(&str, &str, &[&str]); 8] = [
    (
        "REDHANDED_BIND",
        "a loopback address such as 127.0.0.1:7667, off, or expose: and any address, which lets others in",
        &[
            "",
            "7667",
            "OFF",
            "0.0.0.0:0",
            "127.0.0.1:65536",
            "http://127.0.0.1:0",
        ],
    ),
    (
        "REDHANDED_POLICY",
        "observe, error or panic",
        &["", "Panic", "error "],
    ),
    ("REDHANDED_REPORT_DIR", "the path of a directory", &[""]),
    (
        "REDHANDED_CAPTURE",
        "site, overlap or always",
        &["", "none"],
    ),
    (
        "REDHANDED_STDERR",
        "off, summary or full",
        &["", "on", "full\nredhanded: a line of its own\u{1b}[31m"],
    ),
    (
        "REDHANDED_EXITCODE",
        "a number from 1 to 255",
        &["", "0", "256", "-1", "0x42"],
    ),
    ("REDHANDED_PAYLOAD", "mask or show", &["", "Show", "1"]),
    ("REDHANDED_SUPPRESSIONS", "the path of a file", &[""]),
];

/// A program that keeps the contract on one connection.
pub fn goes_on() {
    use_rightly(Link::open());
}

fn use_rightly(link: Link) -> ! {
    let mut object = redhanded::tungstenite::WebSocket::from_raw_socket(
        link.socket.try_clone().expect("a descriptor"),
        redhanded::tungstenite::protocol::Role::Server,
        None,
    );
    object.send("hello".into()).expect("no other writer");
    assert_eq!(link.plain_peer().read().expect("whole"), "hello".into());
    process::exit(OWN_CODE)
}

fn refused_value(variable: &str, value: &str, takes: &str) -> String {
    format!(
        "redhanded: {variable}={value:?} is not understood: it takes {takes}; going on with the default"
    )
}

fn url_in(line: &str) -> SocketAddr {
    let rest = line.strip_prefix("redhanded: watching; the reports are on http://");
    let address = rest
        .and_then(|rest| rest.strip_suffix('/'))
        .unwrap_or_else(|| panic!("no URL in {line:?}"));
    address.parse().expect("an address")
}

#[test]
fn a_bad_value_is_one_line_that_names_the_variable_and_what_it_takes() {
    for (variable, takes, values) in BAD {
        for value in values {
            let launch = Launch::of(goes_on).with(NO_PAGE).with((variable, value));
            let ended = launch.run().with_code(OWN_CODE);
            let lines = ended.lines();
            assert_eq!(lines[0], refused_value(variable, value, takes), "{ended}");
            if variable == "REDHANDED_BIND" {
                // The default is used, and it is to serve the page.
                assert!(url_in(lines[1]).ip().is_loopback(), "{ended}");
                assert_eq!(lines.len(), 2, "{ended}");
            } else {
                assert_eq!(lines.len(), 1, "{ended}");
            }
        }
    }
}

#[test]
fn bad_values_of_all_variables_are_a_line_each() {
    let bad = BAD
        .iter()
        .map(|(variable, takes, values)| (*variable, *takes, values[0]));
    let launch = bad
        .clone()
        .fold(Launch::of(goes_on), |launch, (variable, _, value)| {
            launch.with((variable, value))
        });
    let ended = launch.run().with_code(OWN_CODE);
    let expected: Vec<_> = bad
        .map(|(variable, takes, value)| refused_value(variable, value, takes))
        .collect();
    let lines = ended.lines();
    let (settings, page) = lines.split_at(expected.len());
    assert_eq!(settings, expected, "{ended}");
    assert!(
        matches!(page, [line] if url_in(line).ip().is_loopback()),
        "{ended}"
    );
}

#[test]
fn a_value_that_is_no_unicode_is_one_line_too() {
    let value = OsStr::from_bytes(b"127.0.0.1:\xff");
    let ended = Launch::of(goes_on)
        .with(("REDHANDED_BIND", value))
        .run()
        .with_code(OWN_CODE);
    assert_eq!(
        ended.lines()[0],
        refused_value(BAD[0].0, "127.0.0.1:\u{fffd}", BAD[0].1),
        "{ended}"
    );
    assert_eq!(ended.lines().len(), 2, "{ended}");
}

#[test]
fn a_taken_port_gives_way_to_the_next_free_one_and_the_line_says_which() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address");
    let ended = Launch::of(asks_where)
        .with(("REDHANDED_BIND", address.to_string()))
        .run()
        .in_order();
    let lines = ended.lines();
    let [line] = lines[..] else { panic!("{ended}") };
    let page = url_in(line);
    assert_eq!(page.ip(), address.ip());
    assert!(page.port() > address.port(), "{page} comes after {address}");
    assert!(
        ended
            .stdout
            .contains(&format!("the page is on http://{page}/\n")),
        "{ended}"
    );
}

pub fn asks_where() {
    let link = Link::open();
    let _object = link.object();
    let url = redhanded::url().expect("there is a page");
    println!("the page is on {url}");
    let address = url
        .strip_prefix("http://")
        .and_then(|rest| rest.strip_suffix('/'))
        .expect("an address in it");
    TcpStream::connect(address).expect("the page listens there");
}

#[test]
fn port_0_is_any_free_port() {
    let ended = Launch::of(asks_where)
        .with(("REDHANDED_BIND", "[::1]:0"))
        .run();
    if TcpListener::bind("[::1]:0").is_ok() {
        let ended = ended.in_order();
        let page = url_in(ended.lines()[0]);
        assert!(page.is_ipv6() && page.port() != 0, "{ended}");
    }
}

#[test]
fn a_page_that_cannot_be_bound_is_one_line_and_the_program_goes_on() {
    // The process has no descriptor left. So no user can bind there, not even root.
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 7667));
    let launch = Launch::of(without_descriptors)
        .under("ulimit -n 64")
        .with(("REDHANDED_BIND", address.to_string()));
    let ended = launch.run().with_code(OWN_CODE);
    assert_eq!(ended.lines().len(), 1, "{ended}");
    let start = format!("redhanded: REDHANDED_BIND: the page cannot be served on {address}: ");
    assert!(ended.stderr.starts_with(&start), "{ended}");
    assert!(
        ended.stderr.ends_with("; going on without the page\n"),
        "{ended}"
    );
}

pub fn without_descriptors() {
    let link = Link::open();
    let socket = link.socket.try_clone().expect("a descriptor");
    let all: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    let object = redhanded::tungstenite::WebSocket::from_raw_socket(
        socket,
        redhanded::tungstenite::protocol::Role::Server,
        None,
    );
    assert_eq!(redhanded::url(), None);
    drop((all, object));
    use_rightly(link);
}

#[test]
fn without_a_page_nothing_is_printed() {
    let ended: Ended = Launch::of(has_no_page).with(NO_PAGE).run().in_order();
    assert_eq!(ended.stderr, "");
}

pub fn has_no_page() {
    let link = Link::open();
    let _object = link.object();
    assert_eq!(redhanded::url(), None);
}

#[test]
fn settings_in_code_come_before_the_environment() {
    let launch = Launch::of(configured)
        .with(("REDHANDED_POLICY", "nonsense"))
        .with(("REDHANDED_STDERR", "full"));
    let ended = launch.run().in_order();
    assert_eq!(ended.stderr, "");
}

pub fn configured() {
    use redhanded::{Policy, Settings, Stderr, error::AlreadyWatching};
    let settings = Settings::default()
        .policy(Policy::Error)
        .stderr(Stderr::Off)
        .bind(None);
    assert_eq!(redhanded::configure(settings.clone()), Ok(()));
    Link::open().refuse(1);
    assert_eq!(redhanded::reports().len(), 1);
    assert_eq!(redhanded::configure(settings), Err(AlreadyWatching));
}

#[test]
fn with_stderr_off_not_even_what_is_wrong_with_the_settings_is_said() {
    let directory = tempfile::tempdir().expect("a directory of our own");
    let pipe = pipe_in(&directory);
    let bad = BAD
        .iter()
        .filter(|(variable, ..)| *variable != "REDHANDED_BIND");
    let launch = bad.fold(
        Launch::of(goes_on).with(NO_PAGE),
        |launch, (variable, _, values)| launch.with((*variable, values[0])),
    );
    let launch = launch
        .with(("REDHANDED_NO_SUCH", "1"))
        .with(("REDHANDED_REPORT_DIR", &pipe))
        .with(("REDHANDED_SUPPRESSIONS", &pipe))
        .with(("REDHANDED_STDERR", "off"));
    assert_eq!(launch.run().with_code(OWN_CODE).stderr, "");
}

/// A named pipe that no process writes to, or reads.
fn pipe_in(directory: &tempfile::TempDir) -> std::path::PathBuf {
    let pipe = directory.path().join("pipe");
    let made = process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("it is there").success());
    pipe
}

#[test]
fn a_pipe_in_the_place_of_a_file_or_directory_is_one_line_and_is_not_waited_for() {
    let directory = tempfile::tempdir().expect("a directory of our own");
    let pipe = pipe_in(&directory);
    for (variable, problem) in [
        ("REDHANDED_SUPPRESSIONS", "it is no regular file"),
        ("REDHANDED_REPORT_DIR", "reports cannot be written"),
    ] {
        let launch = Launch::of(goes_on).with(NO_PAGE).with((variable, &pipe));
        let ended = launch.run().with_code(OWN_CODE);
        let [line] = ended.lines()[..] else {
            panic!("one line: {ended}")
        };
        assert!(line.contains(variable) && line.contains(problem), "{ended}");
    }
}
