//! Writers below a trait have no call site. Their backtraces decide which report a finding belongs to, and every
//! finding is counted in its report.
#![allow(unsafe_code)] // `know` is unsafe.

use redhanded::report::{Kind, Report};
use redhanded::{Settings, Socket, Stderr, Tap};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// A stream on a socket. If it has a gate, a write stays inside until the gate opens.
struct Gated {
    socket: TcpStream,
    gate: Option<(SyncSender<()>, Receiver<()>)>,
}

impl Read for Gated {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}

impl Write for Gated {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some((inside, may_go)) = &self.gate {
            inside.send(()).expect("the receiver is kept");
            may_go.recv().expect("the sender is kept");
        }
        // Where the kernel counts, a writer whose bytes never come to the socket is not accused.
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Long enough for a tap to know without a handshake that it is one.
const FRAME: [u8; 204] = {
    let mut frame = [b'h'; 204];
    [frame[0], frame[1], frame[2], frame[3]] = [0x81, 126, 0, 200];
    frame
};

#[inline(never)]
fn here(tap: &mut Tap<Gated>) {
    tap.write_all(&FRAME).expect("the stream takes it");
}

#[inline(never)]
fn there(tap: &mut Tap<Gated>) {
    tap.write_all(&FRAME).expect("the stream takes it");
}

fn report_of<'r>(reports: &'r [Report], function: &str) -> &'r Report {
    let is_it = |report: &&Report| {
        report.writers[1]
            .top_application_frame()
            .unwrap()
            .function
            .ends_with(function)
    };
    reports
        .iter()
        .find(is_it)
        .unwrap_or_else(|| panic!("{function} is in none of {reports:#?}"))
}

#[test]
fn findings_at_different_places_are_different_reports_and_every_one_is_counted() {
    redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off))
        .expect("nothing is watched yet");
    // SAFETY: Gated has no lifetime parameters.
    unsafe { redhanded::know::<Gated>(|stream| Socket::of_tcp(&stream.socket)) };
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let socket = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    let _peer = listener.accept().expect("just connected");
    let clone = || socket.try_clone().expect("a clone");

    let ((inside, is_inside), (go, may_go)) = (sync_channel(1), sync_channel(1));
    let mut first = Tap::new(Gated {
        socket: clone(),
        gate: Some((inside, may_go)),
    });
    let mut second = Tap::new(Gated {
        socket: clone(),
        gate: None,
    });
    let (here_so_often, there_so_often) = (12, 7);
    let first =
        thread::spawn(move || (0..here_so_often + there_so_often).for_each(|_| here(&mut first)));
    for round in 0..here_so_often + there_so_often {
        is_inside.recv().expect("the first writes");
        if round < here_so_often {
            here(&mut second)
        } else {
            there(&mut second)
        }
        go.send(()).expect("the first waits");
    }
    first.join().expect("it does not panic");

    let reports = redhanded::reports();
    assert_eq!(reports.len(), 2, "{reports:#?}");
    for (place, count) in [("::here", here_so_often), ("::there", there_so_often)] {
        let report = report_of(&reports, place);
        assert_eq!(
            (report.kind, report.count),
            (Kind::Overlap, count),
            "{report}"
        );
        assert_eq!(
            (report.samples.len(), report.dropped.samples),
            (2, count - 3)
        );
        for writer in &report.writers {
            let (site, frame) = (
                writer.call_site.as_ref().unwrap(),
                writer.top_application_frame().unwrap(),
            );
            assert_eq!(
                (site.line, site.column),
                (frame.line.unwrap(), frame.column.unwrap())
            );
            assert_eq!(
                (&*site.file, &*writer.operation),
                (file!(), "write Text 200 B")
            );
        }
    }
    let statistics = redhanded::statistics();
    assert_eq!(
        (statistics.findings, statistics.dropped_findings),
        (here_so_often + there_so_often, 0)
    );
}
