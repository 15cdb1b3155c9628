//! TLS by `rustls`.

use super::certificates::default_config;
use super::{Attempt, Connector};
use ::tungstenite::Result;
use ::tungstenite::error::TlsError;
use ::tungstenite::stream::MaybeTlsStream;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use std::io::{Read, Write};
use std::sync::Arc;

pub(super) const AVAILABLE: bool = true;

pub(super) fn wrap<S: Read + Write>(
    stream: S,
    domain: &str,
    connector: Option<Connector>,
) -> Attempt<S> {
    match connector {
        None => Ok(default_config().and_then(|config| connect(stream, domain, config))),
        Some(Connector::Rustls(config)) => Ok(connect(stream, domain, config)),
        other => Err((stream, other)),
    }
}

fn connect<S: Read + Write>(
    stream: S,
    domain: &str,
    config: Arc<ClientConfig>,
) -> Result<MaybeTlsStream<S>> {
    let domain = ServerName::try_from(domain)
        .map_err(|_| TlsError::InvalidDnsName)?
        .to_owned();
    let client = ClientConnection::new(config, domain).map_err(TlsError::from)?;
    Ok(MaybeTlsStream::Rustls(StreamOwned::new(client, stream)))
}
