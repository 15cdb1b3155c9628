//! The errors of a TLS library that is not compiled in: there are none.

use crate::tungstenite::Error;

#[cfg(not(feature = "__rustls-tls"))]
pub(super) fn is_of_tls(_error: &Error) -> bool {
    false
}

pub(super) fn is_permanent(_error: &Error) -> bool {
    false
}
