//! Makes connections without blocking: the host's addresses, TCP, TLS, and the WebSocket handshake.

mod dial;
mod handshake;
mod known;
mod resolve;
mod stream;
pub(crate) mod tls;

use self::dial::Dialing;
use self::handshake::Handshaking;
use self::resolve::Resolver;
pub(super) use self::stream::Stream;
use self::tls::Tls;
use super::deadline::after;
use super::error::{ConnectionError, StartError, Step};
use super::hooks::BeforeConnect;
use super::limited::Limited;
use super::reactor::register;
use crate::tungstenite::client::uri_mode;
use crate::tungstenite::error::UrlError;
use crate::tungstenite::handshake::client::{Request, Response, generate_key};
use crate::tungstenite::http::HeaderValue;
use crate::tungstenite::protocol::WebSocketConfig;
use crate::tungstenite::stream::Mode;
use crate::tungstenite::{self, WebSocket};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How connections are made.
pub(super) struct Plan {
    pub(super) request: Request,
    pub(super) config: Option<WebSocketConfig>,
    pub(super) tls: Tls,
    pub(super) timeout: Duration,
    pub(super) before_connect: Option<BeforeConnect>,
}

impl Plan {
    /// Finds out whether there can ever be a connection, and whether it is encrypted.
    pub(super) fn check(&self) -> Result<Mode, StartError> {
        let mode = uri_mode(self.request.uri()).map_err(StartError::Request)?;
        let host = self.request.uri().host().unwrap_or_default();
        let wrong = match mode {
            _ if host.is_empty() => UrlError::NoHostName,
            Mode::Tls if !tls::AVAILABLE => UrlError::TlsFeatureNotEnabled,
            Mode::Tls | Mode::Plain => return Ok(mode),
        };
        Err(StartError::Request(wrong.into()))
    }

    /// The request of the next attempt. Each has a key of its own (RFC 6455, 4.1).
    fn next_request(&mut self) -> Result<Request, ConnectionError> {
        let mut request = self.request.clone();
        if let Some(before_connect) = &mut self.before_connect {
            before_connect(&mut request);
        }
        let key = HeaderValue::from_str(&generate_key())
            .map_err(|error| handshake_error(error.into()))?;
        request.headers_mut().insert("Sec-WebSocket-Key", key);
        Ok(request)
    }
}

/// The error of a handshake that failed, that of TLS or that of the WebSocket.
fn handshake_error(error: tungstenite::Error) -> ConnectionError {
    if tls::is_of_tls(&error) {
        tls::failed(error)
    } else {
        ConnectionError::Handshake(Arc::new(error))
    }
}

/// Makes connections, one attempt at a time.
pub(super) struct Connector {
    plan: Plan,
    mode: Mode,
    resolver: Resolver,
}

/// One attempt.
pub(super) struct Attempt {
    state: State,
    request: Option<Request>,
    deadline: Instant,
}

enum State {
    Resolving,
    Dialing(Dialing),
    Handshaking(Handshaking),
}

/// How far an attempt has come.
#[allow(clippy::large_enum_variant)] // It lives for one call.
pub(super) enum Progress {
    /// It waits for the socket, at most until then.
    Pending(Instant),
    Done(WebSocket<Stream>, Response),
}

impl Connector {
    pub(super) fn new(plan: Plan, waker: Arc<mio::Waker>) -> Result<Self, StartError> {
        let mode = plan.check()?;
        Ok(Connector {
            resolver: Resolver::new(plan.request.uri(), mode, waker),
            plan,
            mode,
        })
    }

    pub(super) fn attempt(&mut self) -> Result<Attempt, ConnectionError> {
        let request = Some(self.plan.next_request()?);
        self.resolver.start()?;
        Ok(Attempt {
            state: State::Resolving,
            request,
            deadline: after(self.plan.timeout),
        })
    }

    /// Goes on with an attempt as far as possible without waiting.
    pub(super) fn advance(
        &mut self,
        attempt: &mut Attempt,
        registry: &mio::Registry,
        now: Instant,
    ) -> Result<Progress, ConnectionError> {
        loop {
            let next_at = match &mut attempt.state {
                State::Resolving => match self.resolver.addresses()? {
                    Some(addresses) => {
                        attempt.state = State::Dialing(Dialing::new(addresses, now));
                        continue;
                    }
                    None => attempt.deadline,
                },
                State::Dialing(dialing) => {
                    match dialing.advance(registry, now).map_err(connect_error)? {
                        Some(socket) => {
                            let request = attempt.request.take().expect("it is used once");
                            attempt.state =
                                State::Handshaking(self.shake(request, socket, registry)?);
                            continue;
                        }
                        None => dialing
                            .next_at()
                            .unwrap_or(attempt.deadline)
                            .min(attempt.deadline),
                    }
                }
                State::Handshaking(handshaking) => match handshaking.advance(&self.plan)? {
                    Some((websocket, response)) => return Ok(Progress::Done(websocket, response)),
                    None => attempt.deadline,
                },
            };
            if now >= attempt.deadline {
                return Err(ConnectionError::TimedOut {
                    during: attempt.state.step(),
                });
            }
            return Ok(Progress::Pending(next_at));
        }
    }

    fn shake(
        &self,
        request: Request,
        socket: TcpStream,
        registry: &mio::Registry,
    ) -> Result<Handshaking, ConnectionError> {
        register(registry, &socket).map_err(connect_error)?;
        known::make_known();
        let socket = Limited::new(socket);
        Ok(Handshaking::new(request, socket, self.mode))
    }
}

fn connect_error(error: std::io::Error) -> ConnectionError {
    ConnectionError::Connect(Arc::new(error))
}

impl State {
    fn step(&self) -> Step {
        match self {
            State::Resolving => Step::Resolving,
            State::Dialing(_) => Step::Connecting,
            State::Handshaking(_) => Step::Handshake,
        }
    }
}
