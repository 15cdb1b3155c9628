//! TLS by `native-tls`, the default where it is compiled in.

use super::{Attempt, Connector, MaybeTlsStream};
use ::tungstenite::Error;
use ::tungstenite::error::TlsError;
use native_tls_crate::TlsConnector;
use tokio::io::{AsyncRead, AsyncWrite};

pub(super) async fn wrap<S>(stream: S, domain: &str, connector: Option<Connector>) -> Attempt<S>
where
    S: 'static + AsyncRead + AsyncWrite + Send + Unpin,
{
    match connector {
        None => match TlsConnector::new() {
            Ok(connector) => Ok(connect(stream, domain, connector).await),
            Err(error) => Ok(Err(tls_error(error))),
        },
        Some(Connector::NativeTls(connector)) => Ok(connect(stream, domain, connector).await),
        other => Err((stream, other)),
    }
}

async fn connect<S>(
    stream: S,
    domain: &str,
    connector: TlsConnector,
) -> Result<MaybeTlsStream<S>, Error>
where
    S: 'static + AsyncRead + AsyncWrite + Send + Unpin,
{
    let connected = tokio_native_tls::TlsConnector::from(connector)
        .connect(domain, stream)
        .await;
    connected.map(MaybeTlsStream::NativeTls).map_err(tls_error)
}

fn tls_error(error: native_tls_crate::Error) -> Error {
    Error::Tls(TlsError::from(error))
}
