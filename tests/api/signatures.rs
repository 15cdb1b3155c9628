//! The type of every function and method of tungstenite 0.30, with no more bounds than it has there.

use crate::Mock;
use bytes::{Buf, BytesMut};
use redhanded::tungstenite;
use std::io::{self, Cursor, Read, Write};
use std::net::TcpStream;
use tungstenite::client::{ClientRequestBuilder, IntoClientRequest};
use tungstenite::handshake::machine::{HandshakeMachine, RoundResult, StageResult, TryParse};
use tungstenite::handshake::server::{Callback, NoCallback};
use tungstenite::handshake::{self, HandshakeError, HandshakeRole, MidHandshake};
use tungstenite::http::{Response as HttpResponse, Uri};
use tungstenite::protocol::frame::{
    CloseFrame, Frame, FrameHeader, FrameSocket, Utf8Bytes, coding,
};
use tungstenite::protocol::{Message, Role, WebSocketConfig, WebSocketContext};
use tungstenite::stream::{MaybeTlsStream, Mode};
use tungstenite::{Bytes, ClientHandshake, Error, Result, ServerHandshake, WebSocket};

type Config = Option<WebSocketConfig>;
type Connected = Result<(
    WebSocket<MaybeTlsStream<TcpStream>>,
    handshake::client::Response,
)>;
type Client<S> =
    Result<(WebSocket<S>, handshake::client::Response), HandshakeError<ClientHandshake<S>>>;
type Server<S, C> = Result<WebSocket<S>, HandshakeError<ServerHandshake<S, C>>>;

#[test]
fn websocket_has_its_methods_for_every_stream() {
    fn without_bounds<S>() {
        let _: fn(S, Role, Config) -> WebSocket<S> = WebSocket::<S>::from_raw_socket;
        let _: fn(S, Vec<u8>, Role, Config) -> WebSocket<S> = WebSocket::<S>::from_partially_read;
        let _: fn(WebSocket<S>) -> S = WebSocket::<S>::into_inner;
        let _: fn(&WebSocket<S>) -> &S = WebSocket::<S>::get_ref;
        let _: fn(&mut WebSocket<S>) -> &mut S = WebSocket::<S>::get_mut;
        let _: fn(&WebSocket<S>) -> &WebSocketConfig = WebSocket::<S>::get_config;
        let _: fn(&WebSocket<S>) -> bool = WebSocket::<S>::can_read;
        let _: fn(&WebSocket<S>) -> bool = WebSocket::<S>::can_write;
        let _ = |socket: &mut WebSocket<S>, change: Box<dyn FnOnce(&mut WebSocketConfig)>| -> () {
            socket.set_config(change);
        };
    }
    #[allow(deprecated)] // They are there as long as they are there upstream.
    fn of_streams<S: Read + Write>() {
        let _: fn(&mut WebSocket<S>) -> Result<Message> = WebSocket::<S>::read;
        let _: fn(&mut WebSocket<S>, Message) -> Result<()> = WebSocket::<S>::send;
        let _: fn(&mut WebSocket<S>, Message) -> Result<()> = WebSocket::<S>::write;
        let _: fn(&mut WebSocket<S>) -> Result<()> = WebSocket::<S>::flush;
        let _: fn(&mut WebSocket<S>, Option<CloseFrame>) -> Result<()> = WebSocket::<S>::close;
        let _: fn(&mut WebSocket<S>) -> Result<Message> = WebSocket::<S>::read_message;
        let _: fn(&mut WebSocket<S>, Message) -> Result<()> = WebSocket::<S>::write_message;
        let _: fn(&mut WebSocket<S>) -> Result<()> = WebSocket::<S>::write_pending;
    }
    without_bounds::<*const ()>();
    of_streams::<Mock>();
    of_streams::<&TcpStream>();
}

#[test]
fn websocket_config_and_context_have_their_methods() {
    let _: fn(WebSocketConfig, usize) -> WebSocketConfig = WebSocketConfig::read_buffer_size;
    let _: fn(WebSocketConfig, usize) -> WebSocketConfig = WebSocketConfig::write_buffer_size;
    let _: fn(WebSocketConfig, usize) -> WebSocketConfig = WebSocketConfig::max_write_buffer_size;
    let _: fn(WebSocketConfig, Option<usize>) -> WebSocketConfig =
        WebSocketConfig::max_message_size;
    let _: fn(WebSocketConfig, Option<usize>) -> WebSocketConfig = WebSocketConfig::max_frame_size;
    let _: fn(WebSocketConfig, bool) -> WebSocketConfig = WebSocketConfig::accept_unmasked_frames;

    let _: fn(Role, Config) -> WebSocketContext = WebSocketContext::new;
    let _: fn(Vec<u8>, Role, Config) -> WebSocketContext = WebSocketContext::from_partially_read;
    let _: fn(&WebSocketContext) -> &WebSocketConfig = WebSocketContext::get_config;
    let _: fn(&WebSocketContext) -> bool = WebSocketContext::can_read;
    let _: fn(&WebSocketContext) -> bool = WebSocketContext::can_write;
    let _: fn(&mut WebSocketContext, &mut Mock) -> Result<Message> = WebSocketContext::read::<Mock>;
    let _: fn(&mut WebSocketContext, &mut Mock, Message) -> Result<()> =
        WebSocketContext::write::<Mock>;
    let _: fn(&mut WebSocketContext, &mut Mock) -> Result<()> = WebSocketContext::flush::<Mock>;
    let _: fn(&mut WebSocketContext, &mut Mock, Option<CloseFrame>) -> Result<()> =
        WebSocketContext::close::<Mock>;
    let mut context = WebSocketContext::new(Role::Server, None);
    context.set_config(|config| config.read_buffer_size = 1);
}

#[test]
fn frame_socket_has_its_methods_for_every_stream() {
    fn without_bounds<S>() {
        let _: fn(S) -> FrameSocket<S> = FrameSocket::<S>::new;
        let _: fn(S, Vec<u8>) -> FrameSocket<S> = FrameSocket::<S>::from_partially_read;
        let _: fn(FrameSocket<S>) -> (S, BytesMut) = FrameSocket::<S>::into_inner;
        let _: fn(&FrameSocket<S>) -> &S = FrameSocket::<S>::get_ref;
        let _: fn(&mut FrameSocket<S>) -> &mut S = FrameSocket::<S>::get_mut;
    }
    fn of_readers<S: Read>() {
        let _: fn(&mut FrameSocket<S>, Option<usize>) -> Result<Option<Frame>> =
            FrameSocket::<S>::read;
    }
    fn of_writers<S: Write>() {
        let _: fn(&mut FrameSocket<S>, Frame) -> Result<()> = FrameSocket::<S>::send;
        let _: fn(&mut FrameSocket<S>, Frame) -> Result<()> = FrameSocket::<S>::write;
        let _: fn(&mut FrameSocket<S>) -> Result<()> = FrameSocket::<S>::flush;
    }
    without_bounds::<*const ()>();
    of_readers::<io::Empty>();
    of_writers::<Vec<u8>>();
}

#[test]
fn frames_and_messages_have_their_methods() {
    let _: fn(&Frame) -> usize = Frame::len;
    let _: fn(&Frame) -> bool = Frame::is_empty;
    let _: fn(&Frame) -> &FrameHeader = Frame::header;
    let _: fn(&mut Frame) -> &mut FrameHeader = Frame::header_mut;
    let _: fn(&Frame) -> &[u8] = Frame::payload;
    let _: fn(Frame) -> std::result::Result<Utf8Bytes, std::str::Utf8Error> = Frame::into_text;
    let _: fn(Frame) -> Bytes = Frame::into_payload;
    let _: fn(&Frame) -> Result<&str, std::str::Utf8Error> = Frame::to_text;
    let _: fn(Option<CloseFrame>) -> Frame = Frame::close;
    let _: fn(FrameHeader, Bytes) -> Frame = Frame::from_payload;
    let opcode = coding::OpCode::Data(coding::Data::Text);
    let frames: [Frame; 3] = [
        Frame::message("text", opcode, true),
        Frame::ping("ping"),
        Frame::pong("pong"),
    ];
    frames
        .into_iter()
        .for_each(|frame| frame.format(&mut Vec::new()).unwrap());

    let _: fn(&FrameHeader, u64) -> usize = FrameHeader::len;
    let parsed: Result<Option<(FrameHeader, u64)>> =
        FrameHeader::parse(&mut Cursor::new([0x81, 0]));
    let (header, length) = parsed.unwrap().unwrap();
    header.format(length, &mut Vec::new()).unwrap();
    let FrameHeader {
        is_final: true,
        rsv1: false,
        rsv2: false,
        rsv3: false,
        opcode: _,
        mask: None,
    } = header
    else {
        panic!("not the header that was parsed: {header:?}")
    };

    let _: fn(coding::CloseCode) -> bool = coding::CloseCode::is_allowed;
    let _: fn(&'static str) -> Utf8Bytes = Utf8Bytes::from_static;
    let _: fn(&Utf8Bytes) -> &str = Utf8Bytes::as_str;
    let _: unsafe fn(Bytes) -> Utf8Bytes = Utf8Bytes::from_bytes_unchecked;

    let _: fn(String) -> Message = Message::text::<String>;
    let _: fn(Vec<u8>) -> Message = Message::binary::<Vec<u8>>;
    for is_kind in [
        Message::is_text,
        Message::is_binary,
        Message::is_ping,
        Message::is_pong,
        Message::is_close,
    ] {
        let _: fn(&Message) -> bool = is_kind;
    }
    let _: fn(&Message) -> usize = Message::len;
    let _: fn(&Message) -> bool = Message::is_empty;
    let _: fn(Message) -> Bytes = Message::into_data;
    let _: fn(Message) -> Result<Utf8Bytes> = Message::into_text;
    let _: fn(&Message) -> Result<&str> = Message::to_text;
}

#[test]
fn clients_have_their_functions() {
    fn of_requests<R: IntoClientRequest>() {
        let _: fn(R) -> Connected = tungstenite::connect::<R>;
        let _: fn(R) -> Connected = tungstenite::client::connect::<R>;
        let _: fn(R, Config, u8) -> Connected = tungstenite::client::connect_with_config::<R>;
    }
    fn of_streams<S: Read + Write, R: IntoClientRequest>() {
        let _: fn(R, S) -> Client<S> = tungstenite::client::<S, R>;
        let _: fn(R, S) -> Client<S> = tungstenite::client::client::<S, R>;
        let _: fn(R, S, Config) -> Client<S> = tungstenite::client::client_with_config::<S, R>;
    }
    of_requests::<&str>();
    of_streams::<&TcpStream, String>();
    let _: fn(&Uri) -> Result<Mode> = tungstenite::client::uri_mode;
    const NEW: fn(Uri) -> ClientRequestBuilder = ClientRequestBuilder::new;
    let builder = NEW(Uri::from_static("ws://localhost/"))
        .with_header("name", "value")
        .with_sub_protocol("protocol");
    let _: handshake::client::Request = builder.into_client_request().unwrap();
}

#[test]
fn servers_have_their_functions() {
    fn of_streams<S: Read + Write>() {
        let _: fn(S) -> Server<S, NoCallback> = tungstenite::accept::<S>;
        let _: fn(S, Config) -> Server<S, NoCallback> = tungstenite::accept_with_config::<S>;
    }
    fn with_callbacks<S: Read + Write, C: Callback>() {
        let _: fn(S, C) -> Server<S, C> = tungstenite::accept_hdr::<S, C>;
        let _: fn(S, C, Config) -> Server<S, C> = tungstenite::accept_hdr_with_config::<S, C>;
    }
    of_streams::<&TcpStream>();
    with_callbacks::<Mock, NoCallback>();
}

#[test]
fn handshakes_have_their_functions() {
    use handshake::{client, server};
    fn of_roles<R: HandshakeRole>() {
        let _: fn(&MidHandshake<R>) -> &HandshakeMachine<R::InternalStream> =
            MidHandshake::<R>::get_ref;
        let _: fn(&mut MidHandshake<R>) -> &mut HandshakeMachine<R::InternalStream> =
            MidHandshake::<R>::get_mut;
        let _: fn(MidHandshake<R>) -> Result<R::FinalResult, HandshakeError<R>> =
            MidHandshake::<R>::handshake;
        let _: fn(MidHandshake<R>) -> HandshakeError<R> = HandshakeError::Interrupted;
        let _: fn(Error) -> HandshakeError<R> = HandshakeError::Failure;
    }
    fn of_streams<S: Read + Write, C: Callback>() {
        of_roles::<ClientHandshake<S>>();
        of_roles::<ServerHandshake<S, C>>();
        let _: fn(S, client::Request, Config) -> Result<MidHandshake<ClientHandshake<S>>> =
            ClientHandshake::start;
        let _: fn(S, C, Config) -> MidHandshake<ServerHandshake<S, C>> = ServerHandshake::start;
    }
    of_streams::<Mock, NoCallback>();

    let _: fn(&[u8]) -> String = handshake::derive_accept_key;
    let _: fn() -> String = client::generate_key;
    let _: fn(client::Request) -> Result<(Vec<u8>, String)> = client::generate_request;
    let _: fn(&server::Request) -> Result<server::Response> = server::create_response;
    let _: fn(Vec<u8>, &HttpResponse<u8>) -> Result<()> = server::write_response::<u8>;
    let with_body: Result<HttpResponse<u8>> =
        server::create_response_with_body(&tungstenite::http::Request::new(()), || 0);
    with_body.unwrap_err();
}

#[test]
fn the_handshake_machine_has_its_methods() {
    fn without_bounds<S>() {
        let _: fn(S) -> HandshakeMachine<S> = HandshakeMachine::<S>::start_read;
        let _: fn(S, String) -> HandshakeMachine<S> = HandshakeMachine::<S>::start_write::<String>;
        let _: fn(&HandshakeMachine<S>) -> &S = HandshakeMachine::<S>::get_ref;
        let _: fn(&mut HandshakeMachine<S>) -> &mut S = HandshakeMachine::<S>::get_mut;
        // Every variant, and no other.
        let _ = |result: RoundResult<(), S>| -> S {
            match result {
                RoundResult::WouldBlock(_) | RoundResult::Incomplete(_) => unreachable!(),
                RoundResult::StageFinished(StageResult::DoneReading {
                    result: (),
                    stream,
                    tail: _,
                }) => stream,
                RoundResult::StageFinished(StageResult::DoneWriting(stream)) => stream,
            }
        };
    }
    fn of_streams<S: Read + Write, O: TryParse>() {
        let _: fn(HandshakeMachine<S>) -> Result<RoundResult<O, S>> =
            HandshakeMachine::<S>::single_round::<O>;
    }
    without_bounds::<*const ()>();
    of_streams::<Mock, handshake::server::Request>();
}

#[test]
fn the_read_buffer_has_its_methods() {
    type Buffer = tungstenite::buffer::ReadBuffer<8>;
    let _: fn() -> Buffer = Buffer::new;
    let _: fn(usize) -> Buffer = Buffer::with_capacity;
    let _: fn(Vec<u8>) -> Buffer = Buffer::from_partially_read;
    let _: fn(&Buffer) -> &Cursor<Vec<u8>> = Buffer::as_cursor;
    let _: fn(&mut Buffer) -> &mut Cursor<Vec<u8>> = Buffer::as_cursor_mut;
    let _: fn(Buffer) -> Vec<u8> = Buffer::into_vec;
    let _: fn(&mut Buffer, &mut Mock) -> io::Result<usize> = Buffer::read_from::<Mock>;
    let _: fn(&Buffer) -> usize = <Buffer as Buf>::remaining;
}

#[test]
fn results_of_non_blocking_streams_have_their_method() {
    use tungstenite::util::{NonBlockingError, NonBlockingResult};
    let _: fn(io::Error) -> Option<io::Error> = io::Error::into_non_blocking;
    let _: fn(Error) -> Option<Error> = Error::into_non_blocking;
    let _: fn(Result<u8>) -> Result<Option<u8>> = Result::<u8>::no_block;
}
