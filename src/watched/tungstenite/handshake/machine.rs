//! The handshake machine, as a type over the user's own stream.

use ::tungstenite::Result;
use ::tungstenite::handshake::machine as library;
use redhanded_core::wrap::Watched;
use ref_cast::RefCast;
use std::fmt;
use std::io::{Read, Write};

pub use library::{StageResult, TryParse};

/// A generic handshake state machine.
#[derive(RefCast)]
#[repr(transparent)]
pub struct HandshakeMachine<Stream>(library::HandshakeMachine<Watched<Stream>>);

impl<Stream> HandshakeMachine<Stream> {
    /// Start reading data from the peer.
    pub fn start_read(stream: Stream) -> Self {
        HandshakeMachine(library::HandshakeMachine::start_read(Watched::unattached(
            stream,
        )))
    }

    /// Start writing data to the peer.
    pub fn start_write<D: Into<Vec<u8>>>(stream: Stream, data: D) -> Self {
        HandshakeMachine(library::HandshakeMachine::start_write(
            Watched::unattached(stream),
            data,
        ))
    }

    /// Returns a shared reference to the inner stream.
    pub fn get_ref(&self) -> &Stream {
        self.0.get_ref().get_ref()
    }

    /// Returns a mutable reference to the inner stream.
    pub fn get_mut(&mut self) -> &mut Stream {
        self.0.get_mut().get_mut()
    }
}

impl<Stream: Read + Write> HandshakeMachine<Stream> {
    /// Perform a single handshake round.
    ///
    /// # Errors
    /// As `tungstenite::handshake::machine::HandshakeMachine::single_round`.
    pub fn single_round<Obj: TryParse>(self) -> Result<RoundResult<Obj, Stream>> {
        Ok(match self.0.single_round()? {
            library::RoundResult::WouldBlock(machine) => {
                RoundResult::WouldBlock(HandshakeMachine(machine))
            }
            library::RoundResult::Incomplete(machine) => {
                RoundResult::Incomplete(HandshakeMachine(machine))
            }
            library::RoundResult::StageFinished(StageResult::DoneReading {
                result,
                stream,
                tail,
            }) => RoundResult::StageFinished(StageResult::DoneReading {
                result,
                stream: stream.into_inner(),
                tail,
            }),
            library::RoundResult::StageFinished(StageResult::DoneWriting(stream)) => {
                RoundResult::StageFinished(StageResult::DoneWriting(stream.into_inner()))
            }
        })
    }
}

impl<Stream: fmt::Debug> fmt::Debug for HandshakeMachine<Stream> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The result of the round.
#[derive(Debug)]
pub enum RoundResult<Obj, Stream> {
    /// Round not done, I/O would block.
    WouldBlock(HandshakeMachine<Stream>),
    /// Round done, state unchanged.
    Incomplete(HandshakeMachine<Stream>),
    /// Stage complete.
    StageFinished(StageResult<Obj, Stream>),
}
