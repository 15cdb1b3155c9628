//! The tap as `Read` and `Write`: the same type, traits and calls in both states.

use crate::mock::{Mock, quiet};
use crate::traits::{has, traits_of};
use redhanded::Tap;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::TcpStream;

#[test]
fn a_tap_has_its_methods_for_every_stream() {
    fn without_bounds<S>() {
        let _: fn(S) -> Tap<S> = Tap::<S>::new;
        let _: fn(&Tap<S>) -> &S = Tap::<S>::get_ref;
        let _: fn(&mut Tap<S>) -> &mut S = Tap::<S>::get_mut;
        let _: fn(Tap<S>) -> S = Tap::<S>::into_inner;
    }
    fn reads<S: Read>() -> impl Sized {
        <Tap<S> as Read>::read
    }
    fn writes<S: Write>() -> impl Sized {
        <Tap<S> as Write>::write
    }
    without_bounds::<*const ()>();
    let _ = (reads::<io::Empty>(), writes::<Vec<u8>>());
    let _ = (reads::<&TcpStream>(), writes::<&TcpStream>());
}

/// The traits of a tap and of the stream in it, save those that are the stream's own affair.
macro_rules! tapped {
    ($stream:ty) => {
        [
            (has!(Tap<$stream>, Read), has!(Tap<$stream>, Write), traits_of!(@ Tap<$stream>)),
            (has!($stream, Read), has!($stream, Write), traits_of!(@ $stream)),
        ]
    };
}

#[test]
fn a_tap_has_the_traits_that_its_stream_has() {
    for [tap, stream] in [
        tapped!(TcpStream),
        tapped!(Mock),
        tapped!(&'static mut TcpStream),
        tapped!(io::Stdout),
        tapped!(*mut std::cell::Cell<&'static mut u8>),
        tapped!(std::marker::PhantomPinned),
    ] {
        // Printed or not, shown or not: it is no copy of the stream, and no error.
        let same = |(reads, writes, traits): (bool, bool, [(&'static str, bool); 9])| {
            (
                reads,
                writes,
                traits
                    .into_iter()
                    .filter(|(name, _)| *name != "Clone")
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(same(tap), same(stream));
    }
}

#[test]
fn a_tap_of_a_shorter_lifetime_can_be_put_where_one_of_a_longer_came_from() {
    fn shorter<'a>(tap: Tap<&'static str>, _: &'a str) -> Tap<&'a str> {
        tap
    }
    let local = String::from("local");
    assert_eq!(*shorter(Tap::new("static"), &local).get_ref(), "static");
}

#[test]
fn a_tap_prints_its_stream() {
    assert_eq!(format!("{:?}", Tap::new("stream")), r#"Tap("stream")"#);
}

/// A stream that distinguishes vectored calls from others.
#[derive(Debug, Default)]
struct Calls(Vec<String>);

impl Read for Calls {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.push(format!("read {}", buffer.len()));
        Ok(1)
    }

    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.0.push(format!(
            "read_vectored {:?}",
            buffers
                .iter()
                .map(|buffer| buffer.len())
                .collect::<Vec<_>>()
        ));
        Ok(2)
    }
}

impl Write for Calls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push(format!("write {bytes:?}"));
        Ok(1)
    }

    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.push(format!(
            "write_vectored {:?}",
            buffers
                .iter()
                .map(|buffer| buffer.to_vec())
                .collect::<Vec<_>>()
        ));
        Ok(2)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.push("flush".to_owned());
        Err(io::ErrorKind::TimedOut.into())
    }
}

#[test]
fn every_call_reaches_the_stream_as_it_was_made() {
    quiet();
    let mut tap = Tap::new(Calls::default());
    assert_eq!(tap.read(&mut [0; 3]).unwrap(), 1);
    assert_eq!(
        tap.read_vectored(&mut [IoSliceMut::new(&mut [0; 4]), IoSliceMut::new(&mut [0; 5])])
            .unwrap(),
        2
    );
    for _ in 0..2 {
        // A frame: watched from here on.
        assert_eq!(tap.write(&[0x81, 1, 7]).unwrap(), 1);
        assert_eq!(
            tap.write_vectored(&[IoSlice::new(&[1]), IoSlice::new(&[7])])
                .unwrap(),
            2
        );
    }
    assert_eq!(tap.flush().unwrap_err().kind(), io::ErrorKind::TimedOut);
    tap.get_mut().0.push("in hand".to_owned());
    assert_eq!(tap.get_ref().0.last().unwrap(), "in hand");
    let writes = ["write [129, 1, 7]", "write_vectored [[1], [7]]"];
    let calls = [
        &["read 3", "read_vectored [4, 5]"][..],
        &writes,
        &writes,
        &["flush", "in hand"],
    ]
    .concat();
    assert_eq!(tap.into_inner().0, calls);
}

#[test]
fn tungstenite_takes_a_tap_as_its_stream() {
    quiet();
    let tap = Tap::new(Mock::with(b"\x81\x80\0\0\0\0"));
    let mut socket =
        redhanded::raw::tungstenite::WebSocket::from_raw_socket(tap, crate::Role::Server, None);
    assert_eq!(socket.read().unwrap().into_text().unwrap(), "");
    socket.send("text".into()).unwrap();
    assert_eq!(socket.into_inner().into_inner().written, b"\x81\x04text");
}
