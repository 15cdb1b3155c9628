//! Pointers to streams: what is below a layer may be in a box.

use super::HasSocket;
use crate::wire::Socket;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

impl<T: HasSocket> HasSocket for Box<T> {
    fn socket(&self) -> Option<Socket> {
        (**self).socket()
    }
}

impl<T: HasSocket> HasSocket for Pin<Box<T>> {
    fn socket(&self) -> Option<Socket> {
        (**self).socket()
    }
}

impl<T: HasSocket> HasSocket for Arc<T> {
    fn socket(&self) -> Option<Socket> {
        (**self).socket()
    }
}

impl<T: HasSocket> HasSocket for Rc<T> {
    fn socket(&self) -> Option<Socket> {
        (**self).socket()
    }
}
