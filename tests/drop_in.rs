//! The watched library does one to one what the library does: calls, bytes, results and errors.
//!
//! Every program here is run twice, with `redhanded::tungstenite` and with `redhanded::raw::tungstenite`, over streams
//! that play the same script and write down every call. The two transcripts must be equal.

#[path = "drop_in/compare.rs"]
mod compare;
#[path = "drop_in/connecting.rs"]
mod connecting;
#[path = "drop_in/frames.rs"]
mod frames;
#[path = "drop_in/handshakes.rs"]
mod handshakes;
#[path = "drop_in/messages.rs"]
mod messages;
#[path = "drop_in/random.rs"]
mod random;
#[path = "drop_in/scripted.rs"]
mod scripted;
#[path = "drop_in/server.rs"]
mod server;
#[path = "drop_in/steps.rs"]
mod steps;
#[path = "drop_in/wrong.rs"]
mod wrong;

/// Runs a program with each of the two libraries, checks that the transcripts are equal, and returns the transcript.
macro_rules! one_to_one {
    ($lib:ident, $log:ident => $program:block) => {
        crate::compare::same_transcript!(redhanded::tungstenite, redhanded::raw::tungstenite; $lib, $log => $program)
    };
}
pub(crate) use one_to_one;
