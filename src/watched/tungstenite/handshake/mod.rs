//! Handshakes: the library's own, on a stream that is watched from its first byte on. A frame that another object sends before
//! the text of a handshake is out is a torn frame.
//!
//! `ProcessingResult` and `HandshakeRole::stage_finished` are not here. The library hides them from its documentation, and
//! programs cannot use them, because they cannot make a role.

mod auto_traits;
pub mod client;
pub mod machine;
pub mod server;

use self::machine::{HandshakeMachine, TryParse};
use ::tungstenite::Error;
use ::tungstenite::handshake as library;
use redhanded_core::wrap::{Act, Operation, Outcome, Site, Watched, Watcher};
use ref_cast::RefCast;
use std::fmt;
use std::io::{Read, Write};

pub use library::{derive_accept_key, headers};

/// A WebSocket handshake.
pub struct MidHandshake<Role: HandshakeRole> {
    // Dropped before the library's object, as in `WebSocket`.
    watcher: Watcher,
    inner: library::MidHandshake<Role::Library>,
}

impl<Role: HandshakeRole> MidHandshake<Role> {
    pub(super) fn new(watcher: Watcher, inner: library::MidHandshake<Role::Library>) -> Self {
        MidHandshake { watcher, inner }
    }

    /// Allow access to machine
    pub fn get_ref(&self) -> &HandshakeMachine<Role::InternalStream> {
        HandshakeMachine::ref_cast(self.inner.get_ref())
    }

    /// Allow mutable access to machine
    pub fn get_mut(&mut self) -> &mut HandshakeMachine<Role::InternalStream> {
        self.watcher.lend();
        HandshakeMachine::ref_cast_mut(self.inner.get_mut())
    }

    /// Restarts the handshake process.
    ///
    /// # Errors
    /// `Interrupted` if the stream would block, to be tried again; `Failure` otherwise.
    #[track_caller]
    pub fn handshake(self) -> Result<Role::FinalResult, HandshakeError<Role>> {
        let MidHandshake { watcher, inner } = self;
        let operation = Operation::new(Act::Handshake, 0);
        let operating = watcher.begin_lazily(operation, Site::caller());
        let result = inner.handshake();
        operating.end(match &result {
            Ok(_) => Outcome::Returned,
            Err(library::HandshakeError::Interrupted(_)) => Outcome::Pending,
            Err(library::HandshakeError::Failure(_)) => Outcome::Failed,
        });
        match result {
            Ok(result) => Ok(Role::adopt(result)),
            Err(library::HandshakeError::Interrupted(inner)) => {
                Err(HandshakeError::Interrupted(MidHandshake { watcher, inner }))
            }
            Err(library::HandshakeError::Failure(error)) => Err(HandshakeError::Failure(error)),
        }
    }
}

impl<Role: HandshakeRole> fmt::Debug for MidHandshake<Role>
where
    Role::Library: fmt::Debug,
    Role::InternalStream: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// A handshake result.
pub enum HandshakeError<Role: HandshakeRole> {
    /// Handshake was interrupted (would block).
    Interrupted(MidHandshake<Role>),
    /// Handshake failed.
    Failure(Error),
}

impl<Role: HandshakeRole> fmt::Debug for HandshakeError<Role> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HandshakeError::Interrupted(_) => write!(f, "HandshakeError::Interrupted(...)"),
            HandshakeError::Failure(error) => write!(f, "HandshakeError::Failure({error:?})"),
        }
    }
}

impl<Role: HandshakeRole> fmt::Display for HandshakeError<Role> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HandshakeError::Interrupted(_) => write!(f, "Interrupted handshake (WouldBlock)"),
            HandshakeError::Failure(error) => write!(f, "{error}"),
        }
    }
}

impl<Role: HandshakeRole> std::error::Error for HandshakeError<Role> {}

impl<Role: HandshakeRole> From<Error> for HandshakeError<Role> {
    fn from(error: Error) -> Self {
        HandshakeError::Failure(error)
    }
}

/// Handshake role.
pub trait HandshakeRole {
    #[doc(hidden)]
    type IncomingData: TryParse;
    #[doc(hidden)]
    type InternalStream: Read + Write;
    #[doc(hidden)]
    type FinalResult;
    #[doc(hidden)]
    type Library: library::HandshakeRole<InternalStream = Watched<Self::InternalStream>>;
    #[doc(hidden)]
    fn adopt(result: <Self::Library as library::HandshakeRole>::FinalResult) -> Self::FinalResult;
}
