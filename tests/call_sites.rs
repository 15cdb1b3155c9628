//! Reports name the application's own line where a library or a trait stands between it and the watched object. The same
//! file runs with whole debug information, and in the package `redhanded-line-tables` with line tables only.
#![cfg(any(debug_assertions, feature = "detect-in-release"))]

use futures_util::SinkExt;
use middleman::Connection;
use redhanded::report::{Kind, Origin, Report, Writer};
use redhanded::tokio_tungstenite::WebSocketStream;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Error, Message, WebSocket};
use redhanded::{Settings, Stderr};
use std::future::Future;
use std::io::{self, ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
use std::sync::Once;
use std::task::{Context, Waker};
use std::thread;

/// More than the buffers of a socket take.
fn big() -> Message {
    Message::binary(vec![0; 16 << 20])
}

/// A connection on which a write is stuck until its peer reads.
fn connection() -> (TcpStream, TcpStream) {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let settings = Settings::default().bind(None).stderr(Stderr::Off);
        redhanded::configure(settings).expect("nothing is watched yet");
    });
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let socket = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    socket.set_nonblocking(true).expect("a socket");
    (socket, listener.accept().expect("just connected").0)
}

fn objects(socket: &TcpStream) -> [Connection; 2] {
    [(); 2].map(|()| {
        let clone = socket.try_clone().expect("a clone");
        Connection::new(WebSocket::from_raw_socket(clone, Role::Server, None))
    })
}

fn read_all(mut peer: TcpStream) {
    thread::spawn(move || io::copy(&mut peer.by_ref(), &mut io::sink()));
}

fn is_stuck(sent: Result<(), Error>) -> bool {
    matches!(sent, Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock)
}

/// The report on a frame whose writer was stopped at this line.
fn report_of(line: u32) -> Report {
    let is_it = |report: &Report| called(&report.writers[0]).1 == line;
    let mut reports = redhanded::reports().into_iter().filter(is_it);
    let report = reports
        .next()
        .unwrap_or_else(|| panic!("{:#?}", redhanded::reports()));
    assert_eq!(report.kind, Kind::TornFrame);
    assert!(
        reports.next().is_none(),
        "one report has all findings of two lines"
    );
    report
}

/// The file of the call site, its line, and whose it is.
fn called(writer: &Writer) -> (&str, u32, Origin) {
    let site = writer.call_site.as_ref().expect("it is known");
    (
        &site.file,
        site.line,
        writer.call_site_origin.expect("it is known"),
    )
}

#[track_caller]
fn assert_called_here(report: &Report, writer: usize, line: u32) {
    let (file, called, origin) = called(&report.writers[writer]);
    assert_eq!((called, origin), (line, Origin::App), "{report}");
    assert!(file.ends_with("/call_sites.rs"), "{report}");
    assert!(
        report.summary.contains(&format!("/call_sites.rs:{line}")),
        "{report}"
    );
}

#[test]
fn behind_a_library_the_lines_of_the_application_are_named() {
    let (socket, peer) = connection();
    let [mut uploads, mut notices] = objects(&socket);
    let (stopped, line) = (uploads.send(big()), line!());
    assert!(is_stuck(stopped));
    socket.set_nonblocking(false).expect("a socket");
    read_all(peer);
    let (sent, second) = (notices.send(Message::text("hello")), line!());
    sent.expect("the peer reads");

    let report = report_of(line);
    assert_called_here(&report, 0, line);
    assert_called_here(&report, 1, second);
    assert!(!report.to_string().contains("(of a library)"), "{report}");
}

#[test]
fn behind_a_sink_the_lines_of_the_application_are_named() {
    let (socket, peer) = connection();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .expect("a runtime");
    let (line, second) = runtime.block_on(async {
        let object = async || {
            let clone = socket.try_clone().expect("a clone");
            let stream = tokio::net::TcpStream::from_std(clone).expect("a socket");
            // The first poll is pending until the runtime knows that the socket takes bytes.
            stream.writable().await.expect("a socket");
            WebSocketStream::from_raw_socket(stream, Role::Server, None).await
        };
        let (mut uploads, mut notices) = (object().await, object().await);
        let line = line!() + 1;
        let upload = async { uploads.send(big()).await };
        let mut upload = Box::pin(upload);
        assert!(
            upload
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        );
        read_all(peer);
        let (sent, second) = (notices.send(Message::text("hello")).await, line!());
        sent.expect("the peer reads");
        (line, second)
    });

    let report = report_of(line);
    assert_called_here(&report, 0, line);
    assert_called_here(&report, 1, second);
}

#[test]
fn a_thread_of_the_library_is_named_by_the_librarys_line_and_said_to_be_its() {
    let (socket, peer) = connection();
    let [mut uploads, beats] = objects(&socket);
    let (stopped, line) = (uploads.send(big()), line!());
    assert!(is_stuck(stopped));
    socket.set_nonblocking(false).expect("a socket");
    read_all(peer);
    beats
        .beat()
        .join()
        .expect("no panic")
        .expect("the peer reads");

    let report = report_of(line);
    assert_called_here(&report, 0, line);
    let (file, called, origin) = called(&report.writers[1]);
    assert_eq!(
        (called, origin),
        (middleman::LINE_OF_SEND, Origin::Dependency),
        "{report}"
    );
    assert!(file.ends_with("vendor/middleman/src/lib.rs"), "{report}");
    let place = format!("vendor/middleman/src/lib.rs:{called} (of a library)");
    assert!(report.summary.contains(&place), "{report}");
}
