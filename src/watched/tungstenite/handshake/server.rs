//! The server's side of the handshake.

use super::{HandshakeRole, MidHandshake};
use crate::watched::known::attach_in_handshake;
use crate::watched::tungstenite::library::LIBRARY;
use crate::watched::tungstenite::protocol::{WebSocket, WebSocketConfig};
use ::tungstenite::handshake::server as library;
use redhanded_core::wrap::{Site, Watched};
use std::io::{Read, Write};
use std::marker::PhantomData;

pub use library::{
    Callback, ErrorResponse, NoCallback, Request, Response, create_response,
    create_response_with_body, write_response,
};

/// Server handshake role.
#[allow(missing_copy_implementations)]
#[derive(Debug)]
pub struct ServerHandshake<S, C>(PhantomData<(S, C, ErrorResponse)>);

impl<S: Read + Write, C: Callback> ServerHandshake<S, C> {
    /// Start server handshake, with a callback for headers.
    pub fn start(stream: S, callback: C, config: Option<WebSocketConfig>) -> MidHandshake<Self> {
        let mut stream = Watched::unattached(stream);
        let watcher = attach_in_handshake(&mut stream, LIBRARY);
        let inner = library::ServerHandshake::start(stream, callback, config);
        MidHandshake::new(watcher, inner)
    }
}

impl<S: Read + Write, C: Callback> HandshakeRole for ServerHandshake<S, C> {
    type IncomingData = Request;
    type InternalStream = S;
    type FinalResult = WebSocket<S>;
    type Library = library::ServerHandshake<Watched<S>, C>;

    fn adopt(websocket: ::tungstenite::WebSocket<Watched<S>>) -> WebSocket<S> {
        WebSocket::watch(websocket, Site::IN_BACKTRACE)
    }
}
