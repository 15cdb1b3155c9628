//! The configuration of `rustls` where the program gives none: the certificates that the features name.

#[cfg(not(feature = "rustls-tls-native-roots"))]
mod native_roots {
    pub(super) fn add_to(_roots: &mut rustls::RootCertStore) -> tungstenite::Result<()> {
        Ok(())
    }
}

#[cfg(feature = "rustls-tls-native-roots")]
mod native_roots {
    use std::io;

    /// Adds the system's certificates. Those that cannot be read are skipped. If there are none, that is an error, unless
    /// webpki's are there.
    pub(super) fn add_to(roots: &mut rustls::RootCertStore) -> tungstenite::Result<()> {
        let loaded = rustls_native_certs::load_native_certs();
        if loaded.certs.is_empty() && !super::webpki::AVAILABLE {
            let message = format!(
                "no native root CA certificates found (errors: {:?})",
                loaded.errors
            );
            return Err(io::Error::new(io::ErrorKind::NotFound, message).into());
        }
        roots.add_parsable_certificates(loaded.certs);
        Ok(())
    }
}

#[cfg(not(feature = "rustls-tls-webpki-roots"))]
mod webpki {
    #[allow(dead_code)] // Only `native_roots` reads it.
    pub(super) const AVAILABLE: bool = false;

    pub(super) fn add_to(_roots: &mut rustls::RootCertStore) {}
}

#[cfg(feature = "rustls-tls-webpki-roots")]
mod webpki {
    #[allow(dead_code)] // Only `native_roots` reads it.
    pub(super) const AVAILABLE: bool = true;

    pub(super) fn add_to(roots: &mut rustls::RootCertStore) {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
}

use ::tungstenite::Result;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;

pub(in crate::watched) fn default_config() -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    native_roots::add_to(&mut roots)?;
    webpki::add_to(&mut roots);
    Ok(Arc::new(
        ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth(),
    ))
}
