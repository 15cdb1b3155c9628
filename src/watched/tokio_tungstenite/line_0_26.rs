//! tokio-tungstenite 0.26 and 0.27: a `MaybeTlsStream` does not give out the stream below it, but its variants do.
#![cfg(feature = "stream")]

use ::tokio_tungstenite::MaybeTlsStream;

/// The stream below the encryption. `None` if nothing is encrypted.
pub(in crate::watched) fn below<T>(encrypting: &MaybeTlsStream<T>) -> Option<&T> {
    native_tls::below(encrypting).or_else(|| rustls::below(encrypting))
}

#[cfg(feature = "native-tls")]
mod native_tls {
    use super::MaybeTlsStream;

    pub(super) fn below<T>(stream: &MaybeTlsStream<T>) -> Option<&T> {
        let MaybeTlsStream::NativeTls(stream) = stream else {
            return None;
        };
        Some(stream.get_ref().get_ref().get_ref())
    }
}

#[cfg(not(feature = "native-tls"))]
mod native_tls {
    use super::MaybeTlsStream;

    pub(super) fn below<T>(_stream: &MaybeTlsStream<T>) -> Option<&T> {
        None
    }
}

#[cfg(feature = "__rustls-tls")]
mod rustls {
    use super::MaybeTlsStream;

    pub(super) fn below<T>(stream: &MaybeTlsStream<T>) -> Option<&T> {
        let MaybeTlsStream::Rustls(stream) = stream else {
            return None;
        };
        Some(stream.get_ref().0)
    }
}

#[cfg(not(feature = "__rustls-tls"))]
mod rustls {
    use super::MaybeTlsStream;

    pub(super) fn below<T>(_stream: &MaybeTlsStream<T>) -> Option<&T> {
        None
    }
}
