//! The errors of native-tls. It tells only those of the socket apart from the others.

use crate::tungstenite::Error;
use crate::tungstenite::error::TlsError;
use std::error::Error as _;
use std::io;
use std::iter::successors;

pub(super) fn is_permanent(error: &Error) -> bool {
    let Error::Tls(TlsError::Native(error)) = error else {
        return false;
    };
    !successors(error.source(), |&error| error.source()).any(|error| error.is::<io::Error>())
}
