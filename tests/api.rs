//! The whole public interface, in both states of the crate.
//!
//! | command | state |
//! |---|---|
//! | `cargo test --test api` | on |
//! | `cargo test --test api --release` | off by the build, although the feature is there |
//! | `cargo test -p redhanded-off` | off, without any feature |
//! | `cargo test -p redhanded-off --features axum` | off, with `tokio` and `axum` |
//!
//! Every item of tungstenite 0.30 is named under `redhanded::tungstenite` by its own path, and every function's type is
//! written down; with the feature `tokio`, every item of tokio-tungstenite 0.30 too. Off, that is checked against the
//! libraries themselves; on, against the watched half. What compiles in both states has the same signature in both.
//!
//! Not with `--workspace`: cargo would then switch the features of one package on for the other.
#![allow(clippy::type_complexity)] // Types are written out: they are what is tested.

#[cfg(feature = "tokio")]
#[path = "api/asynchronous.rs"]
mod asynchronous;
#[cfg(all(
    feature = "tokio",
    any(feature = "native-tls", feature = "__rustls-tls")
))]
#[path = "api/asynchronous_tls.rs"]
mod asynchronous_tls;
#[cfg(feature = "tokio")]
#[path = "api/asynchronous_traits.rs"]
mod asynchronous_traits;
#[path = "api/mock.rs"]
mod mock;
#[path = "api/own.rs"]
mod own;
#[path = "api/paths.rs"]
mod paths;
#[path = "api/signatures.rs"]
mod signatures;
#[path = "api/sync.rs"]
mod sync;
#[path = "api/tap.rs"]
mod tap;
#[cfg(feature = "axum")]
#[path = "api/tap_axum.rs"]
mod tap_axum;
#[cfg(feature = "tokio")]
#[path = "api/tap_polled.rs"]
mod tap_polled;
#[path = "api/testing.rs"]
mod testing;
#[cfg(any(feature = "native-tls", feature = "__rustls-tls"))]
#[path = "api/tls.rs"]
mod tls;
#[path = "api/traits.rs"]
mod traits;
#[cfg(feature = "detect")]
#[path = "api/watched.rs"]
mod watched;

use mock::{Mock, quiet};
use redhanded::tungstenite::handshake::server::NoCallback;
use redhanded::tungstenite::protocol::Role;
use std::any::{Any, TypeId};
use std::net::TcpStream;

/// Whether the crate is on in this build: the rule of `src/lib.rs`, written a second time. The features are those of the
/// package that this file is compiled for.
const ON: bool = cfg!(any(
    all(feature = "detect", debug_assertions),
    feature = "detect-in-release"
));

/// Whether the type is the library's own.
macro_rules! is_librarys {
    ($($path:tt)+) => {
        TypeId::of::<redhanded::tungstenite::$($path)+>() == TypeId::of::<::tungstenite::$($path)+>()
    };
}

/// Whether the function is the library's own: every function has a type of its own.
macro_rules! is_librarys_function {
    ($($path:tt)+) => { id_of(redhanded::tungstenite::$($path)+) == id_of(::tungstenite::$($path)+) };
}

fn id_of<T: 'static>(_: T) -> TypeId {
    TypeId::of::<T>()
}

#[test]
fn the_types_that_write_are_the_librarys_own_exactly_when_the_crate_is_off() {
    let of_the_library = [
        is_librarys!(WebSocket<TcpStream>),
        is_librarys!(WebSocket<Mock>),
        is_librarys!(WebSocket<&'static TcpStream>),
        is_librarys!(WebSocket<::tungstenite::stream::MaybeTlsStream<TcpStream>>),
        is_librarys!(protocol::WebSocket<TcpStream>),
        is_librarys!(protocol::frame::FrameSocket<TcpStream>),
        is_librarys!(handshake::machine::HandshakeMachine<Mock>),
        is_librarys!(handshake::machine::RoundResult<(), Mock>),
        is_librarys!(ClientHandshake<Mock>),
        is_librarys!(ServerHandshake<Mock, NoCallback>),
        is_librarys!(handshake::client::ClientHandshake<Mock>),
        is_librarys!(handshake::server::ServerHandshake<Mock, NoCallback>),
    ];
    assert_eq!(of_the_library, [!ON; 12]);
}

#[test]
fn the_functions_that_make_them_are_the_librarys_own_exactly_when_the_crate_is_off() {
    let of_the_library = [
        is_librarys_function!(connect::<&str>),
        is_librarys_function!(client::connect_with_config::<&str>),
        is_librarys_function!(client::client_with_config::<Mock, &str>),
        is_librarys_function!(accept::<Mock>),
        is_librarys_function!(accept_with_config::<Mock>),
        is_librarys_function!(accept_hdr::<Mock, NoCallback>),
        is_librarys_function!(accept_hdr_with_config::<Mock, NoCallback>),
    ];
    assert_eq!(of_the_library, [!ON; 7]);
}

#[test]
fn whatever_does_not_write_is_the_librarys_own_in_both_states() {
    let of_the_library = [
        is_librarys!(Message),
        is_librarys!(Error),
        is_librarys!(Bytes),
        is_librarys!(Utf8Bytes),
        is_librarys!(ClientRequestBuilder),
        is_librarys!(buffer::ReadBuffer<8>),
        is_librarys!(client::ClientRequestBuilder),
        is_librarys!(error::CapacityError),
        is_librarys!(error::ProtocolError),
        is_librarys!(error::SubProtocolError),
        is_librarys!(error::TlsError),
        is_librarys!(error::UrlError),
        is_librarys!(handshake::machine::StageResult<(), Mock>),
        is_librarys!(handshake::server::NoCallback),
        is_librarys!(http::Uri),
        is_librarys!(protocol::CloseFrame),
        is_librarys!(protocol::Role),
        is_librarys!(protocol::WebSocketConfig),
        is_librarys!(protocol::WebSocketContext),
        is_librarys!(protocol::frame::Frame),
        is_librarys!(protocol::frame::FrameHeader),
        is_librarys!(stream::MaybeTlsStream<TcpStream>),
        is_librarys!(stream::Mode),
        is_librarys_function!(client::uri_mode),
        is_librarys_function!(handshake::derive_accept_key),
        is_librarys_function!(handshake::server::create_response),
    ];
    assert_eq!(of_the_library, [true; 26]);
}

#[test]
fn a_websocket_can_be_put_where_the_librarys_is_wanted_exactly_when_the_crate_is_off() {
    quiet();
    let ours: Box<dyn Any> = Box::new(redhanded::tungstenite::WebSocket::from_raw_socket(
        Mock::default(),
        Role::Server,
        None,
    ));
    let assigned: Result<Box<::tungstenite::WebSocket<Mock>>, _> = ours.downcast();
    assert_eq!(assigned.is_ok(), !ON);
}

#[test]
fn raw_is_the_library_itself_in_both_states() {
    let raw = TypeId::of::<redhanded::raw::tungstenite::WebSocket<TcpStream>>();
    assert_eq!(raw, TypeId::of::<::tungstenite::WebSocket<TcpStream>>());
}
