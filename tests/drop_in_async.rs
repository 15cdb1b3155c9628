//! The watched library of asynchronous streams does one to one what the library does: polls, bytes, results and errors.
//!
//! Every program here is run twice, with `redhanded::watched::tokio_tungstenite` and with
//! `redhanded::raw::tokio_tungstenite`, over streams that play the same script and write down every call. The two
//! transcripts must be equal.

#[path = "drop_in_async/closing.rs"]
mod closing;
#[path = "drop_in/compare.rs"]
mod compare;
#[path = "drop_in_async/connecting.rs"]
mod connecting;
#[path = "drop_in_async/halves.rs"]
mod halves;
#[path = "drop_in_async/handshakes.rs"]
mod handshakes;
#[path = "drop_in_async/messages.rs"]
mod messages;
#[path = "drop_in_async/polled.rs"]
mod polled;
#[path = "drop_in_async/runtimes.rs"]
mod runtimes;
#[path = "drop_in/scripted.rs"]
mod scripted;
#[path = "drop_in/server.rs"]
mod server;
#[path = "drop_in/steps.rs"]
mod steps;
#[path = "drop_in_async/tap.rs"]
mod tap;
#[path = "drop_in/wrong.rs"]
mod wrong;

/// Runs a program with each of the two libraries, checks that the transcripts are equal, and returns the transcript.
macro_rules! one_to_one {
    ($lib:ident, $log:ident => $program:block) => {
        crate::compare::same_transcript!(redhanded::watched::tokio_tungstenite, redhanded::raw::tokio_tungstenite; $lib, $log => $program)
    };
}
pub(crate) use one_to_one;
