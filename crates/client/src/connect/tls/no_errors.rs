//! A library that is not compiled in makes no errors.

use crate::tungstenite::Error;

#[allow(dead_code)] // Asked of one library only.
pub(super) fn is_of_tls(_error: &Error) -> bool {
    false
}

pub(super) fn is_permanent(_error: &Error) -> bool {
    false
}
