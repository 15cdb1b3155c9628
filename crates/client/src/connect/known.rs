//! Makes the stream of a client's connection known to the detector, so that it knows the socket.
//!
//! [`Limited`] makes itself known, by its field. tungstenite's `MaybeTlsStream` has its socket in one of several variants,
//! and is made known by a function.
#![allow(unsafe_code)] // `know` is unsafe to call.

use super::stream::Stream;
use crate::tungstenite::stream::MaybeTlsStream;
use redhanded::{Socket, know};
use std::sync::atomic::{AtomicBool, Ordering};

/// Makes the stream known. The first call does it.
pub(super) fn make_known() {
    // No thread waits for another one that does it: a forked child would do so for ever. To do it twice changes nothing.
    static IS_KNOWN: AtomicBool = AtomicBool::new(false);
    if !IS_KNOWN.load(Ordering::Acquire) {
        // SAFETY: the type and its argument have no lifetime parameters.
        unsafe { know::<Stream>(socket_of) };
        // Release, so that who reads it finds the stream.
        IS_KNOWN.store(true, Ordering::Release);
    }
}

fn socket_of(stream: &Stream) -> Option<Socket> {
    let socket = crate::transport::below(stream).get_ref();
    let socket = Socket::of_tcp(socket)?;
    match stream {
        MaybeTlsStream::Plain(_) => Some(socket),
        _ => Some(socket.encrypted()),
    }
}
