//! Handshakes: the library's own, on a stream that is watched as soon as the handshake is done.
//!
//! The text of a handshake has no frames, and the contract of writers is not about it.
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
use redhanded_core::wrap::Watched;
use ref_cast::RefCast;
use std::fmt;
use std::io::{Read, Write};

pub use library::{derive_accept_key, headers};

/// A WebSocket handshake.
pub struct MidHandshake<Role: HandshakeRole>(library::MidHandshake<Role::Library>);

impl<Role: HandshakeRole> MidHandshake<Role> {
    pub(super) fn new(inner: library::MidHandshake<Role::Library>) -> Self {
        MidHandshake(inner)
    }

    /// Allow access to machine
    pub fn get_ref(&self) -> &HandshakeMachine<Role::InternalStream> {
        HandshakeMachine::ref_cast(self.0.get_ref())
    }

    /// Allow mutable access to machine
    pub fn get_mut(&mut self) -> &mut HandshakeMachine<Role::InternalStream> {
        HandshakeMachine::ref_cast_mut(self.0.get_mut())
    }

    /// Restarts the handshake process.
    ///
    /// # Errors
    /// `Interrupted` if the stream would block, to be tried again; `Failure` otherwise.
    pub fn handshake(self) -> Result<Role::FinalResult, HandshakeError<Role>> {
        match self.0.handshake() {
            Ok(result) => Ok(Role::adopt(result)),
            Err(library::HandshakeError::Interrupted(inner)) => {
                Err(HandshakeError::Interrupted(MidHandshake(inner)))
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
        self.0.fmt(f)
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
