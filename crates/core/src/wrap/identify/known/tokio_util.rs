//! tokio-util's `Compat`: a stream of tokio as one of the `futures` crates, or the other way round.

use super::HasSocket;
use crate::wire::Socket;
use ::tokio_util::compat::Compat;

impl<T: HasSocket> HasSocket for Compat<T> {
    fn socket(&self) -> Option<Socket> {
        self.get_ref().socket()
    }
}
