//! A fragment continues a message, and is the first frame of a client below a tap.
//!
//! The tap has asked for the WebSocket and read the answer, and the kernel counts no byte but those of the request: nothing
//! can be open. No other writer has sent data: the report has one writer.
#![cfg(target_os = "linux")]

use crate::behind_the_answer::answered;
use crate::common::{run_often, start};
use crate::runs::reports_of;
use crate::writers::Site;
use redhanded::Tap;
use redhanded::report::Kind;
use std::io::Write;
use std::net::TcpStream;

fn stray(tap: &mut Tap<TcpStream>) -> Site {
    let frame = b"\x80\x83\0\0\0\0abc";
    let (written, site) = (tap.write_all(frame), here!());
    written.expect("there is room");
    site
}

#[test]
fn a_continuation_as_the_first_frame_behind_the_answer_is_caught_below_a_tap() {
    run_often(|run| {
        let (mut tap, _socket, _peer) = answered();
        let site = start("stray", move || stray(&mut tap)).result();
        let reports = reports_of(file!());
        let [report] = &reports[..] else {
            panic!("one report: {reports:#?}")
        };
        let counted = (report.kind, report.count);
        assert_eq!(counted, (Kind::TornMessage, run as u64 + 1));
        let [only] = &report.writers[..] else {
            panic!("no other has written: {report}")
        };
        let at = only.call_site.as_ref().map(|it| it.line);
        assert_eq!(at, Some(site.line), "{report}");
    });
}
