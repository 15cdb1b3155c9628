//! TLS by `rustls`.

use super::{Attempt, Connector, MaybeTlsStream};
use crate::watched::tungstenite::tls::certificates::default_config;
use ::tungstenite::Error;
use ::tungstenite::error::TlsError;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};

pub(super) async fn wrap<S>(stream: S, domain: &str, connector: Option<Connector>) -> Attempt<S>
where
    S: 'static + AsyncRead + AsyncWrite + Send + Unpin,
{
    match connector {
        None => match default_config() {
            Ok(config) => Ok(connect(stream, domain, config).await),
            Err(error) => Ok(Err(error)),
        },
        Some(Connector::Rustls(config)) => Ok(connect(stream, domain, config).await),
        other => Err((stream, other)),
    }
}

async fn connect<S>(
    stream: S,
    domain: &str,
    config: Arc<ClientConfig>,
) -> Result<MaybeTlsStream<S>, Error>
where
    S: 'static + AsyncRead + AsyncWrite + Send + Unpin,
{
    let domain = ServerName::try_from(domain)
        .map_err(|_| TlsError::InvalidDnsName)?
        .to_owned();
    let connected = tokio_rustls::TlsConnector::from(config)
        .connect(domain, stream)
        .await;
    connected.map(MaybeTlsStream::Rustls).map_err(Error::Io)
}

/// IPv6 addresses in URLs stand in brackets, in certificates they do not.
pub(super) fn without_brackets(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}
