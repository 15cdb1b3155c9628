//! hyper-util's `TokioIo`: a stream of tokio as one of hyper, or the other way round.
//!
//! hyper's own `Upgraded` gives out what is in it only by value, so that it is not known.

use super::HasSocket;
use crate::wire::Socket;
use ::hyper_util::rt::TokioIo;

impl<T: HasSocket> HasSocket for TokioIo<T> {
    fn socket(&self) -> Option<Socket> {
        self.inner().socket()
    }
}
