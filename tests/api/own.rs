//! The crate's own functions: the same in both states, and empty when it is off.

use crate::ON;
use crate::mock::{Mock, quiet};
use redhanded::dashboard::{self, Dashboard};
use redhanded::error::{AlreadyWatching, ConcurrentWrite, Party, ServeError, SettingError};
use redhanded::report::{self, CallSite, Kind, Origin, Report};
use redhanded::tungstenite::{WebSocket, protocol::Role};
use redhanded::{Capture, Entered, Policy, Scope, Settings, Socket, Statistics, Stderr, Watch};
use std::collections::HashSet;
use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;

/// Whether there is a page in this build.
const PAGE: bool = ON && cfg!(feature = "dashboard");

#[test]
fn the_functions_have_one_signature_in_both_states() {
    let _: fn() -> Vec<Report> = redhanded::reports;
    let _: fn() -> Watch = redhanded::watch;
    let _: fn(&Watch) -> Vec<Report> = Watch::findings;
    let _: fn(&Watch) = Watch::assert_clean;
    let _: fn(&Watch) -> Scope = Watch::scope;
    let _: fn(&Scope) -> Entered = Scope::enter;
    let _: fn() -> Statistics = redhanded::statistics;
    let _: fn() -> Option<String> = redhanded::url;
    let _: fn(Settings) -> Result<(), AlreadyWatching> = redhanded::configure;
    let _: unsafe fn(fn(&Mock) -> Option<Socket>) = redhanded::know::<Mock>;
    let _: fn(&TcpStream) -> Option<Socket> = Socket::of_tcp;
    let _: fn(Socket) -> Socket = Socket::encrypted;
    let _ = |address: SocketAddr| -> Result<Dashboard, ServeError> { dashboard::serve(address) };
    let _: fn(&Dashboard) -> Option<SocketAddr> = Dashboard::address;
    let _: fn(&Dashboard) -> Option<String> = Dashboard::url;
}

#[cfg(unix)]
#[test]
fn a_socket_can_be_had_of_everything_with_a_descriptor() {
    let (one, _other) = std::os::unix::net::UnixStream::pair().unwrap();
    assert_eq!(Socket::of_descriptor(&one).is_some(), ON);
    assert_eq!(
        Socket::of_descriptor(std::os::fd::AsFd::as_fd(&one)).is_some(),
        ON
    );
}

#[test]
fn a_socket_is_equal_to_itself_and_to_no_other() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let here = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (there, _) = listener.accept().unwrap();
    let sockets: HashSet<Socket> = [&here, &here.try_clone().unwrap(), &there]
        .into_iter()
        .filter_map(Socket::of_tcp)
        .inspect(|socket| assert_eq!(socket, &socket.clone()))
        .collect();
    assert_eq!(sockets.len(), if ON { 2 } else { 0 });
}

#[test]
fn a_program_that_keeps_the_contract_has_no_reports() {
    quiet();
    let watch = redhanded::watch();
    let mut socket = WebSocket::from_raw_socket(Mock::default(), Role::Server, None);
    socket.send("text".into()).unwrap();
    watch.assert_clean();
    assert_eq!(watch.findings(), []);
    assert_eq!(redhanded::reports(), []);
    let Statistics {
        findings,
        overlapping_calls,
        dropped_findings,
        ..
    } = redhanded::statistics();
    assert_eq!((findings, overlapping_calls, dropped_findings), (0, 0, 0));
    assert_eq!(redhanded::statistics(), Statistics::default());
    assert_eq!(redhanded::url(), None);
}

#[test]
fn a_scope_can_be_entered_by_other_threads_and_handed_on() {
    fn is_handed_on<T: Clone + Send + Sync + 'static>(_: &T) {}
    quiet();
    let watch = redhanded::watch();
    let scope = watch.scope();
    is_handed_on(&scope);
    std::thread::spawn(move || {
        let _entered: Entered = scope.enter();
        WebSocket::from_raw_socket(Mock::default(), Role::Server, None)
            .send("text".into())
            .unwrap();
    })
    .join()
    .unwrap();
    watch.assert_clean();
}

#[test]
fn configuring_after_the_first_connection_is_too_late_exactly_when_the_crate_is_on() {
    quiet();
    let _first = WebSocket::from_raw_socket(Mock::default(), Role::Server, None);
    assert_eq!(
        redhanded::configure(Settings::default()).err(),
        ON.then_some(AlreadyWatching)
    );
}

#[test]
#[forbid(unsafe_code)]
fn a_stream_type_can_be_made_known_by_its_field_without_unsafe_in_both_states() {
    struct Own<S>(S);
    struct Outer {
        inner: Own<TcpStream>,
    }
    redhanded::know_field!(Own<TcpStream>, 0);
    redhanded::know_field!(Outer, inner);
    let _ = |outer: Outer| outer.inner.0;
}

#[test]
#[allow(unsafe_code)] // What `know` asks for.
fn a_stream_type_can_be_made_known_in_both_states() {
    struct Own(TcpStream);
    // SAFETY: `Own` has no lifetime parameters.
    unsafe { redhanded::know::<Own>(|stream| Socket::of_tcp(&stream.0)) };
}

#[test]
fn the_page_can_be_served_in_both_states_and_is_there_when_the_crate_is_on() {
    let page = dashboard::serve("127.0.0.1:0").unwrap();
    assert_eq!(page.address().is_some(), PAGE);
    assert_eq!(page.url().is_some(), PAGE);
    assert!(format!("{page:?}").starts_with("Dashboard"));
    assert_eq!(dashboard::serve("192.0.2.1:80").is_err(), PAGE);
}

#[test]
fn every_setting_can_be_set_by_the_builder_and_read_again() {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let settings = Settings::default()
        .bind(address)
        .policy(Policy::Error)
        .report_dir("reports")
        .capture(Capture::Always)
        .stderr(Stderr::Full)
        .exit_code(66);
    assert_eq!(settings.bind, Some(address));
    assert_eq!(settings.policy, Policy::Error);
    assert_eq!(settings.report_dir, Some(PathBuf::from("reports")));
    assert_eq!(settings.capture, Capture::Always);
    assert_eq!(settings.stderr, Stderr::Full);
    assert_eq!(settings.exit_code, Some(66));
    assert_ne!(settings, Settings::default());
    assert_eq!(settings.clone().bind(None).bind, None);
    assert_eq!(settings.exit_code(None).exit_code, None);
}

#[test]
fn the_defaults_are_those_of_the_documentation() {
    let Settings {
        bind,
        policy,
        report_dir,
        capture,
        stderr,
        exit_code,
        ..
    } = Settings::default();
    assert_eq!(
        bind,
        Some(SocketAddr::from((
            Ipv4Addr::LOCALHOST,
            Settings::DEFAULT_PORT
        )))
    );
    assert_eq!(
        (policy, report_dir, capture),
        (Policy::Observe, None, Capture::Overlap)
    );
    assert_eq!((stderr, exit_code), (Stderr::Summary, None));
    let _others = [Policy::Panic, Policy::default()];
    let _others = [Capture::Site, Capture::default()];
}

#[test]
fn a_refused_write_can_be_told_from_every_other_error() {
    let party = |operation: &str, line| Party {
        operation: operation.to_owned(),
        call_site: Some(CallSite {
            file: "src/main.rs".to_owned(),
            line,
            column: 9,
        }),
    };
    let refusal = ConcurrentWrite {
        this: party("close", 7),
        other: party("send Binary 2 MiB", 5),
    };
    let error = redhanded::tungstenite::Error::Io(io::Error::from(refusal.clone()));
    let redhanded::tungstenite::Error::Io(error) = error else {
        unreachable!("it was made as that")
    };
    assert_eq!(error.kind(), io::ErrorKind::Other);
    let source = error
        .get_ref()
        .and_then(|source| source.downcast_ref::<ConcurrentWrite>());
    assert_eq!(source, Some(&refusal));
    for part in [
        "`close` at src/main.rs:7:9",
        "`send Binary 2 MiB` at src/main.rs:5:9",
        &refusal.guide(),
    ] {
        assert!(error.to_string().contains(part), "{part} is not in {error}");
    }
}

#[test]
fn every_error_is_an_error_and_says_what_is_wrong() {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
    let errors: [Box<dyn Error + Send + Sync>; 6] = [
        AlreadyWatching.into(),
        SettingError {
            variable: "REDHANDED_POLICY",
            value: "what".to_owned(),
            takes: "words",
        }
        .into(),
        ServeError::NotLoopback { address }.into(),
        ServeError::Bind {
            address,
            source: io::ErrorKind::AddrInUse.into(),
        }
        .into(),
        ServeError::Address(io::ErrorKind::InvalidInput.into()).into(),
        ServeError::Thread(io::ErrorKind::OutOfMemory.into()).into(),
    ];
    let with_source: Vec<bool> = errors
        .iter()
        .map(|error| error.source().is_some())
        .collect();
    assert_eq!(with_source, [false, false, false, true, true, true]);
    assert_eq!(
        errors
            .iter()
            .map(ToString::to_string)
            .collect::<HashSet<_>>()
            .len(),
        6
    );
}

#[test]
fn reports_have_their_fields_and_words_in_both_states() {
    fn of_reports(report: &Report) {
        let Report {
            schema: _,
            id: _,
            fingerprint: _,
            kind: _,
            summary: _,
            wire,
            count: _,
            first_seen: _,
            ..
        } = report;
        let Report {
            last_seen: _,
            process,
            open: _,
            writers,
            samples,
            dropped,
            guide: _,
            ..
        } = report;
        let report::Wire {
            id: _,
            local: _,
            peer: _,
            ..
        } = wire;
        let report::Process {
            name: _, pid: _, ..
        } = process;
        let report::Dropped { samples: _, .. } = dropped;
        for report::Sample {
            wire: _,
            seen: _,
            writers: _,
            ..
        } in samples
        {}
        for report::Writer {
            role,
            thread,
            task: _,
            handle: _,
            operation: _,
            call_site: _,
            began_us: _,
            ..
        } in writers
        {
            let report::Thread { id: _, name: _, .. } = thread;
            assert!([report::Role::First, report::Role::Second].contains(role));
        }
        for writer in writers {
            let report::Writer {
                ended_us: _,
                outcome: _,
                backtrace,
                backtrace_missing: _,
                ..
            } = writer;
            let _: (Option<&report::Frame>, String) =
                (writer.top_application_frame(), writer.thread_label());
            for frame in backtrace {
                let report::Frame {
                    function: _,
                    file: _,
                    line: _,
                    column: _,
                    origin: _,
                    ..
                } = frame;
                let _: Option<CallSite> = frame.call_site();
            }
        }
        let _: String = report.to_string();
    }
    redhanded::reports().iter().for_each(of_reports);
    assert_eq!(report::SCHEMA, 2);
    let kinds = [
        Kind::TornFrame,
        Kind::TornMessage,
        Kind::AbandonedWrite,
        Kind::Overlap,
        Kind::Stall,
    ];
    assert_eq!(
        kinds.map(Kind::name),
        [
            "torn-frame",
            "torn-message",
            "abandoned-write",
            "overlap",
            "stall"
        ]
    );
    let origins = [
        Origin::App,
        Origin::Dependency,
        Origin::Runtime,
        Origin::Redhanded,
    ];
    assert_eq!(
        origins.map(Origin::name),
        ["app", "dependency", "runtime", "redhanded"]
    );
}
