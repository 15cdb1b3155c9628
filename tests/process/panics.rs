//! What happens to two writers that overlap, under the policy `panic`.

use crate::link::{LARGE, Link, frame, large, only_report};
use crate::policy::{lines, outcomes, refusal, under, would_block};
use redhanded::report::Kind;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[test]
fn a_writer_into_half_a_frame_panics() {
    under("panic", panics_inside_a_frame).in_order();
}

pub fn panics_inside_a_frame() {
    let link = Link::open();
    link.socket.set_nonblocking(true).expect("a socket");
    let (mut one, mut other) = (link.object(), link.object());
    assert!(would_block(one.send(large())));
    let panic = catch_unwind(AssertUnwindSafe(|| other.send("refused".into())));
    let message = message(panic.expect_err("the second writer panics"));
    assert!(
        message.contains("send Text 7 B") && message.contains("send Binary 16 MiB"),
        "{message}"
    );
    assert_eq!(only_report().kind, Kind::TornFrame);
    // The first writer's frame is not torn.
    assert!(would_block(one.flush()));
}

#[test]
fn both_writers_panic_with_both_call_sites() {
    under("panic", both_panic).in_order();
}

pub fn both_panic() {
    let mut link = Link::open();
    let (mut one, mut other) = (link.object(), link.object());
    let (first_line, first) = (line!(), link.occupy(move || one.send(large())));
    // The second panics at once, before the peer has read anything.
    let (line, send) = (line!(), || other.send("second".into()));
    let panic = catch_unwind(AssertUnwindSafe(send));
    let second = message(panic.expect_err("the second panics"));
    assert!(!first.is_finished(), "the first is still inside");
    link.drain(frame(LARGE));
    let first = message(
        first
            .join()
            .expect_err("the first panics when its write comes back"),
    );

    let guide = only_report().guide;
    for message in [&first, &second] {
        assert!(
            message.contains(&format!(" at {}:{first_line}:", file!())),
            "{message}"
        );
        assert!(
            message.contains(&format!(" at {}:{line}:", file!())),
            "{message}"
        );
        assert!(
            message.contains("send Binary 16 MiB") && message.contains("send Text 6 B"),
            "{message}"
        );
        assert!(
            message.contains(&guide) && !message.contains('\n'),
            "{message}"
        );
    }
    // Each message names its own writer first.
    assert!(
        first.find("Binary") < first.find("Text") && second.find("Text") < second.find("Binary")
    );
    let report = only_report();
    assert_eq!(outcomes(&report), [Some("returned"), Some("refused")]);
    assert_eq!(lines(&report), [first_line, line]);

    // Nothing of the second message was written, and no object is inside a call. So the connection still works.
    other.send("again".into()).expect("no other writer");
    assert_eq!(link.drain(frame(5)), b"\x81\x05again");
}

#[test]
fn a_panicking_second_writer_that_is_caught_does_not_abort() {
    let ended = under("panic", second_unwinds).in_order();
    assert!(!ended.stderr.contains("abort"), "{ended}");
}

pub fn second_unwinds() {
    let mut link = Link::open();
    let (mut one, mut other) = (link.object(), link.object());
    let first = link.occupy(move || one.send(large()));
    let mut result = None;
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let _says_goodbye = OnDrop(|| result = Some(other.send("goodbye".into())));
        panic!("of its own");
    }));
    assert_eq!(message(panic.unwrap_err()), "of its own");
    // A second panic would abort the process. So the write is refused instead.
    refusal(result.expect("the guard has run"));
    link.drain(frame(LARGE));
    message(
        first
            .join()
            .expect_err("the first is not unwinding, and panics"),
    );
    assert_eq!(
        outcomes(&only_report()),
        [Some("returned"), Some("refused")]
    );
}

#[test]
fn a_panicking_first_writer_that_is_caught_does_not_abort() {
    let ended = under("panic", first_unwinds).in_order();
    assert!(!ended.stderr.contains("abort"), "{ended}");
}

pub fn first_unwinds() {
    let mut link = Link::open();
    let (mut one, mut other) = (link.object(), link.object());
    let first = link.occupy(move || {
        let _says_goodbye = OnDrop(|| one.send(large()).expect("the peer has read everything"));
        panic!("of its own");
    });
    message(
        catch_unwind(AssertUnwindSafe(|| other.send("second".into())))
            .expect_err("the second panics"),
    );
    link.drain(frame(LARGE));
    assert_eq!(
        message(first.join().expect_err("it panicked")),
        "of its own"
    );
    assert_eq!(
        outcomes(&only_report()),
        [Some("returned"), Some("refused")]
    );
}

struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// The message of a panic.
fn message(panic: Box<dyn Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .expect("a message")
}
