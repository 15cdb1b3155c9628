//! The client's side of the handshake.

use super::{HandshakeRole, MidHandshake};
use crate::watched::known::attach_in_handshake;
use crate::watched::tungstenite::library::LIBRARY;
use crate::watched::tungstenite::protocol::{WebSocket, WebSocketConfig};
use ::tungstenite::Result;
use ::tungstenite::handshake::client as library;
use redhanded_core::wrap::{Site, Watched};
use std::io::{Read, Write};
use std::marker::PhantomData;

pub use library::{Request, Response, generate_key, generate_request};

/// Client handshake role.
#[derive(Debug)]
pub struct ClientHandshake<S>(PhantomData<S>);

impl<S: Read + Write> ClientHandshake<S> {
    /// Initiate a client handshake.
    ///
    /// # Errors
    /// As `tungstenite::ClientHandshake::start`.
    pub fn start(
        stream: S,
        request: Request,
        config: Option<WebSocketConfig>,
    ) -> Result<MidHandshake<Self>> {
        let mut stream = Watched::unattached(stream);
        let watcher = attach_in_handshake(&mut stream, LIBRARY);
        library::ClientHandshake::start(stream, request, config)
            .map(|inner| MidHandshake::new(watcher, inner))
    }
}

impl<S: Read + Write> HandshakeRole for ClientHandshake<S> {
    type IncomingData = Response;
    type InternalStream = S;
    type FinalResult = (WebSocket<S>, Response);
    type Library = library::ClientHandshake<Watched<S>>;

    fn adopt(
        (websocket, response): (::tungstenite::WebSocket<Watched<S>>, Response),
    ) -> Self::FinalResult {
        (WebSocket::watch(websocket, Site::IN_BACKTRACE), response)
    }
}
