//! The handshakes on a socket that is connected: TLS if the URL asks for it, then WebSocket.

use super::stream::{Handshaken, Socket, Stream};
use super::tls::{self, Encrypting};
use super::{Plan, handshake_error};
use crate::error::ConnectionError;
use crate::tungstenite::client::client_with_config;
use crate::tungstenite::handshake::MidHandshake;
use crate::tungstenite::handshake::client::{Request, Response};
use crate::tungstenite::stream::{MaybeTlsStream, Mode};
use crate::tungstenite::{ClientHandshake, HandshakeError, WebSocket};

type Result<T> = std::result::Result<T, ConnectionError>;

/// Handshakes that have begun.
pub(super) enum Handshaking {
    Start(Box<(Request, Socket, Mode)>),
    Encrypting(Box<(Request, Encrypting)>),
    Asking(Box<MidHandshake<ClientHandshake<Stream>>>),
    /// Only while `advance` runs.
    Moved,
}

impl Handshaking {
    pub(super) fn new(request: Request, socket: Socket, mode: Mode) -> Self {
        Handshaking::Start(Box::new((request, socket, mode)))
    }

    /// Goes on as far as possible without waiting.
    pub(super) fn advance(&mut self, plan: &Plan) -> Result<Option<(WebSocket<Stream>, Response)>> {
        let on_result = match std::mem::replace(self, Handshaking::Moved) {
            Handshaking::Start(start) => {
                let (request, socket, mode) = *start;
                match mode {
                    Mode::Plain => ask(request, MaybeTlsStream::Plain(socket), plan),
                    Mode::Tls => {
                        return self.encrypt(request, tls::start(socket, &plan.tls)?, plan);
                    }
                }
            }
            Handshaking::Encrypting(under_way) => {
                let (request, encrypting) = *under_way;
                return self.encrypt(request, encrypting, plan);
            }
            Handshaking::Asking(handshake) => handshake.handshake(),
            Handshaking::Moved => {
                unreachable!("each step sets the next one, or ends the attempt")
            }
        };
        self.on_result(on_result)
    }

    fn encrypt(
        &mut self,
        request: Request,
        encrypting: Encrypting,
        plan: &Plan,
    ) -> Result<Option<(WebSocket<Stream>, Response)>> {
        match tls::advance(encrypting, request, &plan.tls, plan.config)? {
            tls::Advanced::Pending(request, encrypting) => {
                *self = Handshaking::Encrypting(Box::new((request, encrypting)));
                Ok(None)
            }
            tls::Advanced::Encrypted(request, stream) => {
                let on_result = ask(request, stream, plan);
                self.on_result(on_result)
            }
            tls::Advanced::Asked(on_result) => self.on_result(on_result),
        }
    }

    fn on_result(
        &mut self,
        on_result: Handshaken,
    ) -> Result<Option<(WebSocket<Stream>, Response)>> {
        match on_result {
            Ok(done) => Ok(Some(done)),
            Err(HandshakeError::Interrupted(handshake)) => {
                *self = Handshaking::Asking(Box::new(handshake));
                Ok(None)
            }
            Err(HandshakeError::Failure(error)) => Err(handshake_error(error)),
        }
    }
}

fn ask(request: Request, stream: Stream, plan: &Plan) -> Handshaken {
    client_with_config(request, stream, plan.config)
}
