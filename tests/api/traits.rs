//! The traits of the types that are watched: the same as the library's own have.

use crate::mock::{Mock, quiet};
use redhanded::raw::tungstenite as library;
use redhanded::tungstenite;
use std::error::Error;
use std::fmt::Debug;
use std::net::TcpStream;
use tungstenite::handshake::server::{Callback, NoCallback};
use tungstenite::handshake::{HandshakeError, HandshakeRole, MidHandshake};
use tungstenite::protocol::Role;
use tungstenite::protocol::frame::FrameSocket;
use tungstenite::{ClientHandshake, ServerHandshake, WebSocket};

/// Whether a type has a trait, as an answer and not as an error of the compiler.
macro_rules! has {
    ($type:ty, $($bound:tt)+) => {{
        #[allow(dead_code)] // Not asked where the type has the trait.
        trait Otherwise {
            const ANSWER: bool = false;
        }
        impl<T> Otherwise for Question<T> {}
        struct Question<T>(std::marker::PhantomData<T>);
        #[allow(dead_code)] // Not found where the type has not the trait.
        impl<T: $($bound)+> Question<T> {
            const ANSWER: bool = true;
        }
        <Question<$type>>::ANSWER
    }};
}

/// The traits of one type, ours and the library's.
macro_rules! traits_of {
    (@ $type:ty) => {
        [
            ("Send", has!($type, Send)),
            ("Sync", has!($type, Sync)),
            ("Unpin", has!($type, Unpin)),
            ("UnwindSafe", has!($type, std::panic::UnwindSafe)),
            ("RefUnwindSafe", has!($type, std::panic::RefUnwindSafe)),
            ("Debug", has!($type, std::fmt::Debug)),
            ("Clone", has!($type, Clone)),
            ("Display", has!($type, std::fmt::Display)),
            ("Error", has!($type, std::error::Error)),
        ]
    };
    ($($path:tt)+) => {
        [traits_of!(@ tungstenite::$($path)+), traits_of!(@ library::$($path)+)]
    };
}

pub(crate) use {has, traits_of};

/// What is neither `Send` nor anything else that is automatic.
type Nothing = *mut std::cell::Cell<&'static mut u8>;

#[test]
fn a_websocket_has_the_traits_that_it_has_upstream() {
    for [ours, theirs] in [
        traits_of!(WebSocket<TcpStream>),
        traits_of!(WebSocket<&'static TcpStream>),
        traits_of!(WebSocket<&'static mut TcpStream>),
        traits_of!(WebSocket<Box<dyn Send>>),
        traits_of!(WebSocket<std::rc::Rc<TcpStream>>),
        traits_of!(WebSocket<Nothing>),
        traits_of!(WebSocket<library::stream::MaybeTlsStream<TcpStream>>),
    ] {
        assert_eq!(ours, theirs);
    }
}

#[test]
fn a_frame_socket_has_the_traits_that_it_has_upstream() {
    for [ours, theirs] in [
        traits_of!(protocol::frame::FrameSocket<TcpStream>),
        traits_of!(protocol::frame::FrameSocket<&'static mut TcpStream>),
        traits_of!(protocol::frame::FrameSocket<Nothing>),
    ] {
        assert_eq!(ours, theirs);
    }
}

#[test]
fn handshakes_have_the_traits_that_they_have_upstream() {
    for [ours, theirs] in [
        traits_of!(handshake::machine::HandshakeMachine<TcpStream>),
        traits_of!(handshake::machine::HandshakeMachine<Nothing>),
        traits_of!(handshake::machine::RoundResult<u8, TcpStream>),
        traits_of!(handshake::machine::RoundResult<u8, Nothing>),
    ] {
        assert_eq!(ours, theirs);
    }
    type OurClient = MidHandshake<ClientHandshake<TcpStream>>;
    type TheirClient = library::handshake::MidHandshake<library::ClientHandshake<TcpStream>>;
    assert_eq!(traits_of!(@ OurClient), traits_of!(@ TheirClient));
    type OurServer = MidHandshake<ServerHandshake<TcpStream, NoCallback>>;
    type TheirServer =
        library::handshake::MidHandshake<library::ServerHandshake<TcpStream, NoCallback>>;
    assert_eq!(traits_of!(@ OurServer), traits_of!(@ TheirServer));
    type OurError = HandshakeError<ClientHandshake<TcpStream>>;
    type TheirError = library::HandshakeError<library::ClientHandshake<TcpStream>>;
    assert_eq!(traits_of!(@ OurError), traits_of!(@ TheirError));
}

#[test]
fn generic_programs_may_rely_on_the_traits() {
    fn is<T: Send + Sync + Unpin>() {}
    fn of_streams<S: Send + Sync + Unpin>() {
        is::<WebSocket<S>>();
        is::<FrameSocket<S>>();
    }
    fn of_roles<R: HandshakeRole>(
        error: HandshakeError<R>,
    ) -> impl Error + From<tungstenite::Error> {
        error
    }
    fn of_debug_streams<S: Debug>(socket: &WebSocket<S>, frames: &FrameSocket<S>) -> String {
        format!("{socket:?} {frames:?}")
    }
    fn boxed<
        S: std::io::Read + std::io::Write + Send + Sync + 'static,
        C: Callback + Send + Sync + 'static,
    >(
        error: HandshakeError<ServerHandshake<S, C>>,
    ) -> Box<dyn Error + Send + Sync> {
        error.into()
    }
    quiet();
    of_streams::<TcpStream>();
    let failure = || tungstenite::Error::ConnectionClosed;
    let error = of_roles(HandshakeError::<ClientHandshake<Mock>>::Failure(failure()));
    assert_eq!(error.to_string(), "Connection closed normally");
    let error = boxed(HandshakeError::<ServerHandshake<Mock, NoCallback>>::from(
        failure(),
    ));
    assert_eq!(error.to_string(), "Connection closed normally");
    let socket = WebSocket::from_raw_socket((), Role::Server, None);
    assert!(of_debug_streams(&socket, &FrameSocket::new(())).contains("FrameSocket"));
}

/// Generic programs that rely on an automatic trait. The same lines are compiled against upstream's types.
macro_rules! generic_programs {
    ($module:ident, $library:path) => {
        mod $module {
            use $library as lib;
            use lib::handshake::machine::{HandshakeMachine, RoundResult};
            use lib::handshake::{HandshakeError, HandshakeRole, MidHandshake};
            use lib::protocol::frame::FrameSocket;
            use lib::{ClientHandshake, ServerHandshake, WebSocket};
            use std::net::TcpStream;
            use std::panic::{RefUnwindSafe, UnwindSafe};

            generic_programs!(@ sends, Send, ServerHandshake<S, C>, HandshakeError<Role>);
            generic_programs!(@ shares, Sync, ServerHandshake<S, C>, HandshakeError<Role>);
            generic_programs!(@ moves, Unpin, ServerHandshake<S, C>, HandshakeError<Role>);
            generic_programs!(@ unwinds, UnwindSafe, ClientHandshake<C>, MidHandshake<Role>);
            generic_programs!(@ unwinds_shared, RefUnwindSafe, ClientHandshake<C>, MidHandshake<Role>);
        }
    };
    // Upstream's server and error are not `UnwindSafe`: what stands for them is named.
    (@ $name:ident, $trait:ident, $server:ty, $error:ty) => {
        #[test]
        fn $name() {
            fn is<T: $trait>() {}
            fn of_streams<S: $trait, C: $trait>() {
                is::<WebSocket<S>>();
                is::<FrameSocket<S>>();
                is::<HandshakeMachine<S>>();
                is::<RoundResult<u8, S>>();
                is::<ClientHandshake<S>>();
                is::<$server>();
            }
            fn of_roles<Role: HandshakeRole + $trait>()
            where
                Role::InternalStream: $trait,
            {
                is::<MidHandshake<Role>>();
                is::<$error>();
            }
            of_streams::<TcpStream, Vec<u8>>();
            of_roles::<ClientHandshake<TcpStream>>();
        }
    };
}

generic_programs!(with_ours, redhanded::tungstenite);
generic_programs!(with_theirs, redhanded::raw::tungstenite);

#[test]
fn a_handshake_over_what_has_no_automatic_trait_has_none_either() {
    type Nowhere<'s> = &'s mut dyn Both;
    trait Both: std::io::Read + std::io::Write {}
    type Ours = MidHandshake<ServerHandshake<Nowhere<'static>, NoCallback>>;
    type Theirs =
        library::handshake::MidHandshake<library::ServerHandshake<Nowhere<'static>, NoCallback>>;
    assert_eq!(traits_of!(@ Ours), traits_of!(@ Theirs));
    assert!(!has!(Ours, Send) && !has!(Ours, Sync));
}

#[test]
fn a_websocket_of_a_shorter_lifetime_can_be_put_where_one_of_a_longer_came_from() {
    quiet();
    // The library's types are covariant in the stream.
    fn shorter<'a>(socket: WebSocket<&'static str>, _: &'a str) -> WebSocket<&'a str> {
        socket
    }
    let local = String::from("local");
    assert_eq!(
        *shorter(
            WebSocket::from_raw_socket("static", Role::Client, None),
            &local
        )
        .get_ref(),
        "static"
    );
}

/// What a program prints of an object, ours and the library's, in both forms of `Debug`.
///
/// Types print themselves by value, but a `PhantomData` prints the name of a type: there, and only there, the watched
/// stream may have a name of its own.
macro_rules! printed {
    ($lib:ident => $value:expr) => {{
        let ours = {
            use redhanded::tungstenite as $lib;
            let value = $value;
            format!("{value:?}\n{value:#?}").replace(
                "redhanded_core::wrap::stream::Watched<api::mock::Mock>",
                "api::mock::Mock",
            )
        };
        let theirs = {
            use redhanded::raw::tungstenite as $lib;
            let value = $value;
            format!("{value:?}\n{value:#?}")
        };
        (ours, theirs)
    }};
}

#[test]
fn a_websocket_prints_as_it_does_upstream() {
    quiet();
    let (ours, theirs) = printed!(lib => {
        let mut socket = lib::WebSocket::from_raw_socket(Mock::with(b"\x81"), lib::protocol::Role::Server, None);
        socket.read().unwrap_err();
        socket.write("queued".into()).unwrap();
        socket
    });
    assert_eq!(ours, theirs);
    assert!(
        ours.contains("Mock"),
        "the user's own stream is shown: {ours}"
    );
}

#[test]
fn a_frame_socket_prints_as_it_does_upstream() {
    quiet();
    let (ours, theirs) = printed!(lib => lib::protocol::frame::FrameSocket::new(Mock::default()));
    assert_eq!(ours, theirs);
}

#[test]
fn an_interrupted_handshake_prints_as_it_does_upstream() {
    quiet();
    let (ours, theirs) = printed!(lib => {
        let request = lib::handshake::client::Request::builder()
            .uri("ws://localhost/")
            .header("Host", "localhost")
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
            .body(())
            .unwrap();
        lib::ClientHandshake::start(Mock::default(), request, None).unwrap()
    });
    assert_eq!(ours, theirs);
    let (ours, theirs) = printed!(lib => {
        lib::ServerHandshake::start(Mock::default(), lib::handshake::server::NoCallback, None)
    });
    assert_eq!(ours, theirs);
    let (ours, theirs) = printed!(lib => lib::accept(Mock::default()).unwrap_err());
    assert_eq!(ours, theirs);
}

#[test]
fn the_handshake_machine_prints_as_it_does_upstream() {
    quiet();
    let (ours, theirs) = printed!(lib => lib::handshake::machine::HandshakeMachine::start_write(Mock::default(), "text"));
    assert_eq!(ours, theirs);
    let (ours, theirs) = printed!(lib => {
        let machine = lib::handshake::machine::HandshakeMachine::start_read(Mock::default());
        machine.single_round::<lib::handshake::server::Request>().unwrap()
    });
    assert_eq!(ours, theirs);
}
