//! Every public type, trait, module and constant of tungstenite 0.30 under every path it has there.

use crate::Mock;
use redhanded::tungstenite;
use tungstenite::handshake::server::NoCallback;

fn type_is_there<T: ?Sized>() {}

#[test]
fn the_types_of_the_crates_root_are_there() {
    type_is_there::<tungstenite::Bytes>();
    type_is_there::<tungstenite::ClientHandshake<Mock>>();
    type_is_there::<tungstenite::ClientRequestBuilder>();
    type_is_there::<tungstenite::Error>();
    type_is_there::<tungstenite::HandshakeError<tungstenite::ClientHandshake<Mock>>>();
    type_is_there::<tungstenite::Message>();
    type_is_there::<tungstenite::Result<()>>();
    type_is_there::<tungstenite::Result<(), u8>>();
    type_is_there::<tungstenite::ServerHandshake<Mock, NoCallback>>();
    type_is_there::<tungstenite::Utf8Bytes>();
    type_is_there::<tungstenite::WebSocket<Mock>>();
    type_is_there::<tungstenite::http::Request<()>>();
    type_is_there::<tungstenite::buffer::ReadBuffer<16>>();
}

#[test]
fn the_types_of_errors_are_there() {
    type_is_there::<tungstenite::error::CapacityError>();
    type_is_there::<tungstenite::error::Error>();
    type_is_there::<tungstenite::error::ProtocolError>();
    type_is_there::<tungstenite::error::Result<()>>();
    type_is_there::<tungstenite::error::Result<(), u8>>();
    type_is_there::<tungstenite::error::SubProtocolError>();
    type_is_there::<tungstenite::error::TlsError>();
    type_is_there::<tungstenite::error::UrlError>();
}

#[test]
fn the_types_of_handshakes_are_there() {
    type Client = tungstenite::handshake::client::ClientHandshake<Mock>;
    type Server = tungstenite::handshake::server::ServerHandshake<Mock, NoCallback>;
    type_is_there::<tungstenite::client::ClientRequestBuilder>();
    type_is_there::<tungstenite::handshake::HandshakeError<Client>>();
    type_is_there::<tungstenite::handshake::HandshakeError<Server>>();
    type_is_there::<tungstenite::handshake::MidHandshake<Client>>();
    type_is_there::<tungstenite::handshake::MidHandshake<Server>>();
    type_is_there::<tungstenite::handshake::client::Request>();
    type_is_there::<tungstenite::handshake::client::Response>();
    type_is_there::<tungstenite::handshake::machine::HandshakeMachine<Mock>>();
    type_is_there::<tungstenite::handshake::machine::RoundResult<(), Mock>>();
    type_is_there::<tungstenite::handshake::machine::StageResult<(), Mock>>();
    type_is_there::<tungstenite::handshake::server::ErrorResponse>();
    type_is_there::<tungstenite::handshake::server::NoCallback>();
    type_is_there::<tungstenite::handshake::server::Request>();
    type_is_there::<tungstenite::handshake::server::Response>();
    assert_eq!(tungstenite::handshake::headers::MAX_HEADERS, 124);
}

#[test]
fn the_types_of_the_protocol_are_there() {
    type_is_there::<tungstenite::protocol::CloseFrame>();
    type_is_there::<tungstenite::protocol::Message>();
    type_is_there::<tungstenite::protocol::Role>();
    type_is_there::<tungstenite::protocol::WebSocket<Mock>>();
    type_is_there::<tungstenite::protocol::WebSocketConfig>();
    type_is_there::<tungstenite::protocol::WebSocketContext>();
    type_is_there::<tungstenite::protocol::frame::CloseFrame>();
    type_is_there::<tungstenite::protocol::frame::Frame>();
    type_is_there::<tungstenite::protocol::frame::FrameHeader>();
    type_is_there::<tungstenite::protocol::frame::FrameSocket<Mock>>();
    type_is_there::<tungstenite::protocol::frame::Utf8Bytes>();
    type_is_there::<tungstenite::protocol::frame::coding::CloseCode>();
    type_is_there::<tungstenite::protocol::frame::coding::Control>();
    type_is_there::<tungstenite::protocol::frame::coding::Data>();
    type_is_there::<tungstenite::protocol::frame::coding::OpCode>();
    type_is_there::<tungstenite::stream::MaybeTlsStream<Mock>>();
    type_is_there::<tungstenite::stream::Mode>();
}

#[test]
fn the_traits_are_there_and_users_can_ask_for_them() {
    fn request<T: tungstenite::client::IntoClientRequest>() {}
    fn callback<T: tungstenite::handshake::server::Callback>() {}
    fn role<T: tungstenite::handshake::HandshakeRole>() {}
    fn parse<T: tungstenite::handshake::machine::TryParse>() {}
    fn no_delay<T: tungstenite::stream::NoDelay>() {}
    fn error<T: tungstenite::util::NonBlockingError>() {}
    fn result<T: tungstenite::util::NonBlockingResult>() {}

    request::<&str>();
    request::<String>();
    request::<tungstenite::http::Uri>();
    request::<tungstenite::handshake::client::Request>();
    request::<tungstenite::ClientRequestBuilder>();
    callback::<NoCallback>();
    role::<tungstenite::ClientHandshake<Mock>>();
    role::<tungstenite::ServerHandshake<Mock, NoCallback>>();
    parse::<tungstenite::handshake::client::Response>();
    parse::<tungstenite::handshake::server::Request>();
    no_delay::<std::net::TcpStream>();
    no_delay::<tungstenite::stream::MaybeTlsStream<std::net::TcpStream>>();
    error::<tungstenite::Error>();
    result::<tungstenite::Result<()>>();
}

#[test]
fn users_can_implement_the_traits_that_are_theirs_to_implement() {
    use tungstenite::handshake::server::{Callback, ErrorResponse, Request, Response};

    struct Own;
    impl Callback for Own {
        fn on_request(
            self,
            _request: &Request,
            response: Response,
        ) -> Result<Response, ErrorResponse> {
            Ok(response)
        }
    }
    impl tungstenite::client::IntoClientRequest for Own {
        fn into_client_request(
            self,
        ) -> tungstenite::Result<tungstenite::handshake::client::Request> {
            "ws://localhost/".into_client_request()
        }
    }
    impl tungstenite::handshake::machine::TryParse for Own {
        fn try_parse(_data: &[u8]) -> tungstenite::Result<Option<(usize, Self)>> {
            Ok(None)
        }
    }
    type_is_there::<tungstenite::ServerHandshake<Mock, Own>>();
    let refused = tungstenite::client(Own, Mock::default()).unwrap_err();
    assert_eq!(refused.to_string(), "Interrupted handshake (WouldBlock)");
    let refused = tungstenite::accept_hdr(Mock::default(), Own).unwrap_err();
    assert_eq!(refused.to_string(), "Interrupted handshake (WouldBlock)");
}
