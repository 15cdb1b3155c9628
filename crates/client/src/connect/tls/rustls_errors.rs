//! The errors of rustls. Most of them come from tungstenite inside of I/O errors.

use crate::tungstenite::Error;
use crate::tungstenite::error::TlsError;

pub(super) fn is_of_tls(error: &Error) -> bool {
    rustls_error(error).is_some()
}

pub(super) fn is_permanent(error: &Error) -> bool {
    match rustls_error(error) {
        Some(error) => matches!(
            error,
            rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented
        ),
        None => matches!(error, Error::Tls(TlsError::InvalidDnsName)),
    }
}

fn rustls_error(error: &Error) -> Option<&rustls::Error> {
    match error {
        Error::Io(error) => error.get_ref()?.downcast_ref(),
        Error::Tls(TlsError::Rustls(error)) => Some(error),
        _ => None,
    }
}
