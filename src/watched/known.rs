//! The sockets below the `MaybeTlsStream` of tungstenite and of tokio-tungstenite.
//!
//! The detector knows no WebSocket library. So the drop-ins make these types known before the first stream is watched.

#[cfg(not(all(feature = "tokio", feature = "stream")))]
#[path = "known/absent.rs"]
mod asynchronous;
#[cfg(all(feature = "tokio", feature = "stream"))]
mod asynchronous;
mod blocking;

use redhanded_core::KnownStreams;
use redhanded_core::wrap::{Library, Site, Watched, Watcher};
use std::sync::atomic::{AtomicBool, Ordering};

/// The stream types of the libraries.
#[derive(Debug)]
pub struct Libraries;

impl KnownStreams for Libraries {
    fn make_known() {
        // No thread waits for another one that does it: a forked child would do so for ever. To do it twice changes nothing.
        static ARE_KNOWN: AtomicBool = AtomicBool::new(false);
        if !ARE_KNOWN.load(Ordering::Acquire) {
            blocking::make_known();
            asynchronous::make_known();
            // Release, so that who reads it finds them.
            ARE_KNOWN.store(true, Ordering::Release);
        }
    }
}

/// Starts to watch a stream of this library whose object makes a handshake.
#[cfg(feature = "handshake")]
pub(super) fn attach_in_handshake<S>(stream: &mut Watched<S>, library: Library) -> Watcher {
    Libraries::make_known();
    Watcher::attach_in_handshake(stream, library)
}

/// Starts to watch a stream of this library, for an object of this type that was made there.
pub(super) fn attach<S>(
    stream: &mut Watched<S>,
    library: Library,
    kind: &'static str,
    made: Site,
) -> Watcher {
    Libraries::make_known();
    let mut watcher = Watcher::attach(stream, library);
    watcher.note_made(kind, made);
    watcher
}
