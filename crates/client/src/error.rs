//! Every error of a client and of a split connection, and what its receiver can do about it.

use crate::tungstenite::protocol::CloseFrame;
use crate::tungstenite::{self, Message};
use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Why there is no connection.
///
/// The client goes on by itself, unless it says that it does not; there is nothing to be done about an error that is not
/// [permanent](ConnectionError::is_permanent).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ConnectionError {
    /// The host's name was not resolved. See that the name is right and that there is a network.
    Resolve {
        /// The name.
        host: String,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// No address of the host took the connection. The server is not there, or not reachable.
    Connect(Arc<io::Error>),
    /// The server took too long. Ask for a longer `connect_timeout` if it is only slow.
    TimedOut {
        /// What took too long.
        during: Step,
    },
    /// TLS failed: a certificate that is not trusted or is for another name (both permanent), or something else.
    Tls {
        /// What the TLS library said.
        source: Arc<tungstenite::Error>,
        /// Whether trying again cannot help: the certificate is not valid for the host, or not trusted.
        is_permanent: bool,
    },
    /// The server did not accept the WebSocket. [`http_status`](ConnectionError::http_status) tells what it answered.
    Handshake(Arc<tungstenite::Error>),
    /// The connection broke: it was reset, ended in the middle, or carried what is not WebSocket.
    Lost(Arc<tungstenite::Error>),
    /// The peer closed, and said why if there is a frame.
    PeerClosed(Option<CloseFrame>),
    /// The peer is dead: it has not answered a ping, or not taken a byte, for as long as `pong_timeout` says.
    Dead {
        /// How long.
        silent_for: Duration,
    },
    /// This side closed.
    Closed,
}

/// What a connection is made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Finding the addresses of the host.
    Resolving,
    /// Connecting to one of them.
    Connecting,
    /// Handshaking hands, TLS and WebSocket.
    Handshake,
}

impl ConnectionError {
    /// Whether trying again cannot help: somebody has to change the URL, the credentials, the certificate or the server.
    ///
    /// These are: a request that is no WebSocket request, HTTP statuses 300 to 499 (but for 408, 425 and 429, which ask
    /// for another attempt; redirects are not followed), a subprotocol that the server does not speak, and a certificate
    /// that is not valid for the host or not trusted.
    pub fn is_permanent(&self) -> bool {
        match self {
            ConnectionError::Tls { is_permanent, .. } => *is_permanent,
            ConnectionError::Handshake(error) => is_refusal(error),
            _ => false,
        }
    }

    /// The HTTP status with which the server refused the handshake, such as 401.
    pub fn http_status(&self) -> Option<u16> {
        let ConnectionError::Handshake(error) = self else {
            return None;
        };
        let tungstenite::Error::Http(response) = &**error else {
            return None;
        };
        Some(response.status().as_u16())
    }
}

fn is_refusal(error: &tungstenite::Error) -> bool {
    use tungstenite::error::ProtocolError;
    match error {
        tungstenite::Error::Http(response) => {
            let status = response.status().as_u16();
            (300..500).contains(&status) && !matches!(status, 408 | 425 | 429)
        }
        tungstenite::Error::Url(_) | tungstenite::Error::HttpFormat(_) => true,
        tungstenite::Error::Protocol(error) => matches!(
            error,
            ProtocolError::InvalidHeader(_)
                | ProtocolError::WrongHttpMethod
                | ProtocolError::SecWebSocketSubProtocolError(_)
        ),
        _ => false,
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Step::Resolving => "resolving the host's name",
            Step::Connecting => "connecting",
            Step::Handshake => "the handshake",
        })
    }
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConnectionError::Resolve { host, source } => {
                write!(f, "the name {host:?} was not resolved: {source}")
            }
            ConnectionError::Connect(source) => write!(f, "the server was not reached: {source}"),
            ConnectionError::TimedOut { during } => write!(f, "{during} took too long"),
            ConnectionError::Tls { source, .. } => write!(f, "TLS failed: {source}"),
            ConnectionError::Handshake(source) => {
                write!(f, "the server did not accept the WebSocket: {source}")
            }
            ConnectionError::Lost(source) => write!(f, "the connection broke: {source}"),
            ConnectionError::PeerClosed(None) => f.write_str("the peer closed the connection"),
            ConnectionError::PeerClosed(Some(frame)) => {
                write!(f, "the peer closed the connection: {frame}")
            }
            ConnectionError::Dead { silent_for } => {
                write!(f, "the peer is dead: no sign of life for {silent_for:?}")
            }
            ConnectionError::Closed => f.write_str("the connection was closed from this side"),
        }
    }
}

impl Error for ConnectionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ConnectionError::Resolve { source, .. } | ConnectionError::Connect(source) => {
                Some(&**source)
            }
            ConnectionError::Tls { source, .. }
            | ConnectionError::Handshake(source)
            | ConnectionError::Lost(source) => Some(&**source),
            _ => None,
        }
    }
}

/// A message was not taken. It comes back in the error.
#[derive(Debug)]
pub struct SendError {
    /// The message that was not taken.
    pub message: Box<Message>,
    /// Why.
    pub reason: SendRefusal,
}

/// Why a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendRefusal {
    /// The queue of guaranteed messages stayed full for as long as `send_timeout` says. Try again later, or send less.
    Full,
    /// The message alone is larger than the queue's bytes, or than what the WebSocket takes. Ask for a larger queue.
    TooLarge {
        /// The most bytes of payload that are taken.
        most: usize,
    },
    /// Only text and binary messages are taken: pings, pongs and closing are the client's own, and single frames would
    /// break the messages of others.
    NotData,
    /// The client, or the connection, is closed or has ended. Start another one.
    Closed,
    /// What was to survive the process could not be stored. See that the disk has room and that the path can be written.
    NotStored,
}

impl SendError {
    pub(super) fn new(message: Message, reason: SendRefusal) -> Self {
        SendError {
            message: Box::new(message),
            reason,
        }
    }

    /// The message again.
    pub fn into_message(self) -> Message {
        *self.message
    }
}

impl fmt::Display for SendRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SendRefusal::Full => f.write_str("the queue is full"),
            SendRefusal::TooLarge { most } => write!(f, "the message is larger than {most} bytes"),
            SendRefusal::NotData => f.write_str("only text and binary messages are sent"),
            SendRefusal::Closed => f.write_str("the client is closed"),
            SendRefusal::NotStored => f.write_str("the message could not be stored"),
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the message was not taken: {}", self.reason)
    }
}

impl Error for SendError {}

/// A message is not known to have been delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReceiptError {
    /// Not yet. The client goes on trying; wait again.
    NotYet,
    /// The message is droppable, and nothing confirms it.
    Droppable,
    /// The client ended before the message was confirmed. It may have arrived; `close` hands it back.
    Ended,
}

impl fmt::Display for ReceiptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ReceiptError::NotYet => "the message is not confirmed yet",
            ReceiptError::Droppable => "droppable messages are not confirmed",
            ReceiptError::Ended => "the client ended before the message was confirmed",
        })
    }
}

impl Error for ReceiptError {}

/// There is nothing to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TakeError {
    /// Nothing has come within the time. Wait again.
    TimedOut,
    /// Nothing will come any more: the client, or the connection, has ended.
    Ended,
}

impl fmt::Display for TakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TakeError::TimedOut => "nothing has come within the time",
            TakeError::Ended => "nothing will come any more",
        })
    }
}

impl Error for TakeError {}

/// A client, or a split, could not be started.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The URL, or the request, is none for a WebSocket; or it asks for TLS and no TLS feature is on. Correct it.
    Request(tungstenite::Error),
    /// The system has no thread, or no descriptor, left for it; or the stream is not ready for this.
    System(io::Error),
    /// The store of what must survive the process cannot be opened. See that the path can be written and that no other
    /// process has it open.
    Store(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Request(source) => write!(f, "not a request for a WebSocket: {source}"),
            StartError::System(source) => write!(f, "it could not be started: {source}"),
            StartError::Store(source) => write!(f, "the store could not be opened: {source}"),
        }
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            StartError::Request(source) => Some(source),
            StartError::System(source) => Some(source),
            StartError::Store(source) => Some(&**source),
        }
    }
}

/// Closing gave nothing back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseError {
    /// Somebody else has closed it, and has what was not delivered.
    AlreadyClosed,
    /// A hook, or an acknowledgement, called it: the thread cannot wait for itself. Close from another thread.
    InsideHook,
    /// A hook, or an acknowledgement, panicked, and took what was not delivered with it.
    Panicked,
}

impl fmt::Display for CloseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CloseError::AlreadyClosed => "it is closed already",
            CloseError::InsideHook => "a hook cannot close the client that calls it",
            CloseError::Panicked => "a hook panicked",
        })
    }
}

impl Error for CloseError {}
