//! Without the feature `tokio` no asynchronous stream is known.

use crate::wire::Socket;

pub(super) fn socket<S>(_stream: &S) -> Option<Socket> {
    None
}
