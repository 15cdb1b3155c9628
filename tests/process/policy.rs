//! What happens to two writers that overlap, under the policies `observe` and `error`.

use crate::launch::{Ended, Launch, NO_PAGE};
use crate::link::{LARGE, Link, await_open, frame, in_thread, large, only_report};
use redhanded::error::ConcurrentWrite;
use redhanded::raw::tungstenite as library;
use redhanded::report::{Kind, Report};
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};
use redhanded::tungstenite::{Error, Message, Result, WebSocket};
use std::os::unix::net::UnixStream;

pub fn under(policy: &str, program: impl Fn()) -> Ended {
    Launch::of(program)
        .with(NO_PAGE)
        .with(("REDHANDED_POLICY", policy))
        .run()
}

// ---- observe

#[test]
fn observed_writers_come_back_and_write_as_without_the_crate() {
    under("observe", observed).in_order();
}

pub fn observed() {
    let plain = |socket| {
        library::WebSocket::<UnixStream>::from_raw_socket(socket, Role::Server, Default::default())
    };
    let without = both_write(plain, |object, message| object.send(message), || ());
    let watched = |socket| WebSocket::from_raw_socket(socket, Role::Server, None);
    let with = both_write(
        watched,
        |object, message| object.send(message),
        || drop(await_open()),
    );
    assert_eq!(with.0, ["Ok(())", "Ok(())"]);
    // The kernel decides in which order the bytes come. So each byte must come equally often.
    assert!(with == without, "the same results and the same bytes");
    assert_eq!(
        outcomes(&only_report()),
        [Some("returned"), Some("returned")]
    );
}

/// Two writers overlap. Returns their results, and how often the peer got each byte.
fn both_write<W: Send + 'static>(
    object: impl Fn(UnixStream) -> W,
    send: fn(&mut W, Message) -> Result<()>,
    await_second: impl FnOnce(),
) -> ([String; 2], Vec<usize>) {
    let mut link = Link::open();
    let [mut one, mut other] =
        [(), ()].map(|()| object(link.socket.try_clone().expect("a descriptor")));
    let first = link.occupy(move || send(&mut one, large()));
    let second = in_thread("second", move || send(&mut other, "second".into()));
    await_second();
    let mut times = vec![0; 256];
    for byte in link.drain(frame(LARGE) + frame("second".len())) {
        times[usize::from(byte)] += 1;
    }
    (
        [first, second].map(|writer| format!("{:?}", writer.join().expect("no panic"))),
        times,
    )
}

// ---- error

#[test]
fn a_refused_send_names_both_call_sites_and_writes_nothing() {
    under("error", refused_send).in_order();
}

pub fn refused_send() {
    let link = Link::open();
    let (mut one, mut other) = (link.object(), link.object());
    let (first_line, first) = (line!(), link.occupy(move || one.send(large())));
    let (line, result) = (line!(), other.send("refused".into()));
    let refusal = refusal(result);
    assert_party(&refusal.this, "send Text 7 B", line);
    assert_party(&refusal.other, "send Binary 16 MiB", first_line);
    assert!(
        refusal.guide().starts_with("https://docs.rs/redhanded/"),
        "{}",
        refusal.guide()
    );
    assert!(
        refusal
            .to_string()
            .ends_with(&format!("see {}", refusal.guide())),
        "{refusal}"
    );

    // The object has kept nothing of it to send later, and can be used as before.
    let mut peer = link.plain_peer();
    assert_eq!(peer.read().expect("whole"), large());
    first
        .join()
        .expect("no panic")
        .expect("the first is not refused");
    other.send("again".into()).expect("no other writer");
    assert_eq!(peer.read().expect("whole"), "again".into());

    let report = only_report();
    assert_eq!(
        (report.kind, report.count, report.open),
        (Kind::Overlap, 1, false)
    );
    assert_eq!(outcomes(&report), [Some("returned"), Some("refused")]);
    assert_eq!(lines(&report), [first_line, line]);
    assert_eq!(report.guide, refusal.guide());
}

#[test]
fn an_open_finding_says_that_the_second_was_refused() {
    under("error", refused_while_open).in_order();
}

pub fn refused_while_open() {
    let mut link = Link::open();
    let (mut one, mut other) = (link.object(), link.object());
    let first = link.occupy(move || one.send(large()));
    refusal(other.send("refused".into()));
    // The second has returned, and must not be shown as a writer that is still inside.
    let report = await_open();
    assert_eq!(outcomes(&report), [None, Some("refused")]);
    assert!(
        report.writers[0].ended_us.is_none() && report.writers[1].ended_us.is_some(),
        "{report}"
    );
    link.drain(frame(LARGE));
    first
        .join()
        .expect("no panic")
        .expect("the first is not refused");
}

#[test]
fn a_refused_close_leaves_the_connection_open() {
    under("error", refused_close).in_order();
}

pub fn refused_close() {
    let link = Link::open();
    let (mut one, mut other) = (link.object(), link.object());
    let (first_line, first) = (line!(), link.occupy(move || one.send(large())));
    let (line, result) = (line!(), other.close(None));
    let refusal = refusal(result);
    assert_party(&refusal.this, "close", line);
    assert_party(&refusal.other, "send Binary 16 MiB", first_line);

    let mut peer = link.plain_peer();
    assert_eq!(peer.read().expect("whole"), large());
    first
        .join()
        .expect("no panic")
        .expect("the first is not refused");
    assert!(
        other.can_write() && other.can_read(),
        "it never began to close"
    );
    other.send("still open".into()).expect("no other writer");
    assert_eq!(peer.read().expect("whole"), "still open".into());
    other.close(None).expect("no other writer");
    assert_eq!(peer.read().expect("whole"), Message::Close(None));
    assert_eq!(
        outcomes(&only_report()),
        [Some("returned"), Some("refused")]
    );
}

#[test]
fn a_refused_automatic_pong_fails_the_read_and_is_sent_later() {
    under("error", refused_pong).in_order();
}

pub fn refused_pong() {
    let link = Link::open();
    let (mut one, mut reader) = (link.object(), link.object());
    let mut peer = link.plain_peer();
    peer.send(Message::Ping("pi".into()))
        .expect("the program is there");
    assert_eq!(reader.read().expect("whole"), Message::Ping("pi".into()));
    let (first_line, first) = (line!(), link.occupy(move || one.send(large())));
    let (line, result) = (line!(), reader.read());
    let refusal = refusal(result);
    assert_party(&refusal.this, "automatic pong 2 B", line);
    assert_party(&refusal.other, "send Binary 16 MiB", first_line);

    assert_eq!(peer.read().expect("whole"), large());
    first
        .join()
        .expect("no panic")
        .expect("the first is not refused");
    reader.flush().expect("no other writer");
    assert_eq!(peer.read().expect("whole"), Message::Pong("pi".into()));
    assert_eq!(
        outcomes(&only_report()),
        [Some("returned"), Some("refused")]
    );
}

#[test]
fn every_refusal_is_counted_in_one_report() {
    under("error", refused_often).in_order();
}

pub fn refused_often() {
    Link::open().refuse(1000);
    assert_eq!(only_report().count, 1000);
}

#[test]
fn a_write_into_half_a_frame_is_refused_and_the_frame_stays_whole() {
    under("error", refused_inside_a_frame).in_order();
}

pub fn refused_inside_a_frame() {
    let link = Link::open();
    link.socket.set_nonblocking(true).expect("a socket");
    let (mut one, mut other) = (link.object(), link.object());
    let (first_line, stopped) = (line!(), one.send(large()));
    assert!(would_block(stopped));
    let mut peer = link.plain_peer();
    // The peer reads, so there would be room.
    let reading = in_thread("peer", move || (peer.read(), peer.read()));
    let (line, result) = (line!(), other.send("refused".into()));
    let refusal = refusal(result);
    assert_party(&refusal.this, "send Text 7 B", line);
    assert_party(&refusal.other, "send Binary 16 MiB", first_line);
    while would_block(one.flush()) {
        std::thread::yield_now();
    }
    // The object has kept nothing of it.
    other.flush().expect("nothing is queued");
    other
        .send("again".into())
        .expect("no other is inside a frame any more");
    let (first, second) = reading.join().expect("no panic");
    assert_eq!(first.expect("whole"), large());
    assert_eq!(second.expect("whole"), "again".into());

    let report = only_report();
    assert_eq!(
        (report.kind, report.count, report.open),
        (Kind::TornFrame, 1, false)
    );
    assert_eq!(outcomes(&report), [Some("failed"), Some("refused")]);
    assert_eq!(lines(&report), [first_line, line]);
    assert!(
        report
            .summary
            .contains("was kept from writing into a frame of"),
        "{report}"
    );
    assert_eq!(
        report.bytes.expect("half a frame").ranges[1].length,
        Some(0)
    );
}

#[test]
fn a_message_inside_a_fragmented_one_is_refused() {
    under("error", refused_inside_a_message).in_order();
}

pub fn refused_inside_a_message() {
    let link = Link::open();
    let mut object = link.object();
    let fragment =
        |data, is_final| Message::Frame(Frame::message(vec![7; 3], OpCode::Data(data), is_final));
    let (first_line, began) = (line!(), object.send(fragment(Data::Binary, false)));
    began.expect("no other writer");
    let (line, result) = (line!(), object.send("refused".into()));
    assert_party(&refusal(result).this, "send Text 7 B", line);

    let report = only_report();
    assert_eq!(
        (report.kind, report.count, report.open),
        (Kind::TornMessage, 1, false)
    );
    assert_eq!(
        (outcomes(&report), lines(&report)),
        ([Some("returned"), Some("refused")], [first_line, line])
    );
}

// ---- shared checks

pub fn refusal<T: std::fmt::Debug>(result: Result<T>) -> ConcurrentWrite {
    let Err(Error::Io(error)) = result else {
        panic!("not refused: {result:?}")
    };
    let source = error
        .get_ref()
        .and_then(|source| source.downcast_ref::<ConcurrentWrite>());
    source
        .unwrap_or_else(|| panic!("not our error: {error:?}"))
        .clone()
}

pub fn would_block(result: Result<()>) -> bool {
    matches!(result, Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock)
}

fn assert_party(party: &redhanded::error::Party, operation: &str, line: u32) {
    let site = party.call_site.as_ref().expect("a call site");
    assert_eq!(
        (&*party.operation, &*site.file, site.line),
        (operation, file!(), line)
    );
}

pub fn outcomes(report: &Report) -> [Option<&str>; 2] {
    [0, 1].map(|writer| report.writers[writer].outcome.as_deref())
}

pub fn lines(report: &Report) -> [u32; 2] {
    [0, 1].map(|writer| {
        report.writers[writer]
            .call_site
            .as_ref()
            .expect("known")
            .line
    })
}
