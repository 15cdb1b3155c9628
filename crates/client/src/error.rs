//! The errors of a client and of a split connection, and what to do about each.

use crate::tungstenite::protocol::CloseFrame;
use crate::tungstenite::{self, Message};
use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// What is said of a client that a forked child has inherited.
pub(super) const IN_CHILD: &str =
    "this process is a forked child, and the connection is its parent's";

/// Why there is no connection.
///
/// The client connects again by itself. An error that is not
/// [permanent](ConnectionError::is_permanent) needs no action.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ConnectionError {
    /// The host's name was not resolved. Check the name, and that there is a network.
    Resolve {
        /// The name.
        host: String,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// No address of the host accepted the connection: the server is not there, or not reachable.
    Connect(Arc<io::Error>),
    /// The server took too long. If it is only slow, set a longer `connect_timeout`.
    TimedOut {
        /// What took too long.
        during: Step,
    },
    /// TLS failed. If the certificate is not trusted, or is for another name, that is permanent.
    Tls {
        /// What the TLS library said.
        source: Arc<tungstenite::Error>,
        /// Whether trying again cannot help: the certificate is not valid for the host, or not
        /// trusted.
        is_permanent: bool,
    },
    /// The server did not accept the WebSocket. [`http_status`](ConnectionError::http_status) is
    /// its answer.
    Handshake(Arc<tungstenite::Error>),
    /// The connection broke. It was reset, it ended in the middle, or its bytes were not WebSocket
    /// frames.
    Lost(Arc<tungstenite::Error>),
    /// The peer closed the connection. If it said why, there is a frame.
    PeerClosed(Option<CloseFrame>),
    /// The peer is dead: for the `pong_timeout`, it has not answered a ping, or not taken a byte.
    Dead {
        /// How long.
        silent_for: Duration,
    },
    /// This side closed.
    Closed,
    /// This process is a forked child. The connection is its parent's. Make another one.
    ForkedChild,
}

/// A step of making a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Finding the addresses of the host.
    Resolving,
    /// Connecting to one of them.
    Connecting,
    /// The handshakes of TLS and WebSocket.
    Handshake,
}

impl ConnectionError {
    /// Whether trying again cannot help. Then the URL, the credentials, the certificate or the
    /// server have to change.
    ///
    /// Permanent are:
    /// - a request that is no WebSocket request;
    /// - HTTP statuses 300 to 499. Redirects are not followed. 408, 425 and 429 are not permanent:
    ///   they ask for another attempt;
    /// - a subprotocol that the server does not speak;
    /// - a certificate that is not trusted, or not valid for the host.
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
            ConnectionError::ForkedChild => f.write_str(IN_CHILD),
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

/// A message was not accepted. It comes back in the error.
#[derive(Debug)]
pub struct SendError {
    /// The message that was not accepted.
    pub message: Box<Message>,
    /// Why.
    pub reason: SendRefusal,
}

/// Why a message was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendRefusal {
    /// The queue of guaranteed messages stayed full for the `send_timeout`. Try again later, or
    /// send less.
    Full,
    /// The message alone is larger than the queue, or than the WebSocket's write buffer. Set larger
    /// bounds.
    TooLarge {
        /// The most bytes of payload that are accepted.
        most: usize,
    },
    /// Only text and binary messages are accepted. The client itself sends pings and pongs, and
    /// closes. Single frames would break the messages of other senders.
    NotData,
    /// The client, or the connection, has been closed or has ended. Start another one.
    Closed,
    /// The message could not be stored on disk. Check that the disk has room and that the file can
    /// be written. The next send tries again.
    NotStored,
    /// This process is a forked child, and the client is its parent's. Start another one.
    ForkedChild,
}

impl SendError {
    pub(super) fn new(message: Message, reason: SendRefusal) -> Self {
        SendError {
            message: Box::new(message),
            reason,
        }
    }

    /// Gives the message back.
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
            SendRefusal::ForkedChild => f.write_str(IN_CHILD),
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the message was not taken: {}", self.reason)
    }
}

impl Error for SendError {}

/// The delivery of a message is not confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReceiptError {
    /// Not yet. The client goes on trying. Wait again.
    NotYet,
    /// The message is droppable. Such messages are never confirmed.
    Droppable,
    /// The client ended before the message was confirmed. It may have arrived. `close` gives it
    /// back.
    Ended,
    /// This process is a forked child, and the client is its parent's. Ask there.
    ForkedChild,
}

impl fmt::Display for ReceiptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ReceiptError::NotYet => "the message is not confirmed yet",
            ReceiptError::Droppable => "droppable messages are not confirmed",
            ReceiptError::Ended => "the client ended before the message was confirmed",
            ReceiptError::ForkedChild => IN_CHILD,
        })
    }
}

impl Error for ReceiptError {}

/// There is no event to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TakeError {
    /// No event has come within the time. Wait again.
    TimedOut,
    /// No event will come any more: the client, or the connection, has ended.
    Ended,
    /// This process is a forked child, and the client is its parent's. Start another one.
    ForkedChild,
}

impl fmt::Display for TakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TakeError::TimedOut => "nothing has come within the time",
            TakeError::Ended => "nothing will come any more",
            TakeError::ForkedChild => IN_CHILD,
        })
    }
}

impl Error for TakeError {}

/// A client, or a split, could not be started.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The URL, or the request, is not one for a WebSocket. Or it asks for TLS, and no TLS feature
    /// is on. Correct it.
    Request(tungstenite::Error),
    /// The system has no thread or no descriptor left. Or the stream cannot be made non-blocking.
    System(io::Error),
    /// The file of stored messages cannot be opened. Check that it can be written, and that no
    /// other process has it open. If it is damaged or cut short, the error says so: nothing in it
    /// was deleted; move it away to start with an empty one.
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

/// A call to `close` did not close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseError {
    /// An earlier call has closed it, and was given what was not delivered.
    AlreadyClosed,
    /// A hook, or an acknowledgement, called it. The thread cannot wait for itself. Close from
    /// another thread.
    InsideHook,
    /// A hook, or an acknowledgement, panicked. What was not delivered is lost.
    Panicked,
    /// This process is a forked child, and the client is its parent's. Only the parent can close it.
    ForkedChild,
}

impl fmt::Display for CloseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CloseError::AlreadyClosed => "it is closed already",
            CloseError::InsideHook => "a hook cannot close the client that calls it",
            CloseError::Panicked => "a hook panicked",
            CloseError::ForkedChild => IN_CHILD,
        })
    }
}

impl Error for CloseError {}
