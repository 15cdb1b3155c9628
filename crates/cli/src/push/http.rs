//! The transport: one POST over HTTP or TLS, with bounded time. The text of an error never has an address in it.

use super::endpoint::Endpoint;
use std::fmt;
use std::fs;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Error};

/// How many bytes of an answer are read.
const MOST_OF_ANSWER: u64 = 64 << 10;

/// Posts events. It keeps its connections.
pub(super) struct Http {
    agent: Agent,
}

/// What the engine answered.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) rate_limits: Option<String>,
    pub(super) retry_after: Option<String>,
    pub(super) body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoReply {
    /// There is no connection, and there was none.
    NotReached(String),
    /// The request may have arrived.
    NotAnswered(String),
}

impl fmt::Display for NoReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoReply::NotReached(why) => write!(f, "it cannot be reached ({why})"),
            NoReply::NotAnswered(why) => write!(f, "it did not answer ({why})"),
        }
    }
}

impl Http {
    /// Each request takes this time at most. The roots of TLS are Mozilla's, or those in the file.
    pub(super) fn new(timeout: Duration, roots: Option<&str>) -> Result<Http, String> {
        let mut tls = TlsConfig::builder();
        if let Some(file) = roots {
            tls = tls.root_certs(certificates(file)?);
        }
        let config = Agent::config_builder()
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            // The credentials are for this address, and for no other.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("redhanded/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls.build())
            .build();
        Ok(Http {
            agent: config.new_agent(),
        })
    }

    /// Posts these bytes.
    pub(super) fn post(&self, endpoint: &Endpoint, body: &[u8]) -> Result<Reply, NoReply> {
        let mut request = self.agent.post(&endpoint.url);
        for (name, value) in &endpoint.headers {
            request = request.header(name, value);
        }
        let mut response = request.send(body).map_err(no_reply)?;
        // A list may stand in several lines.
        let header = |name: &str| {
            let values = response.headers().get_all(name).iter();
            let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
            (!values.is_empty()).then(|| values.join(","))
        };
        let (rate_limits, retry_after) = (header("x-sentry-rate-limits"), header("retry-after"));
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(MOST_OF_ANSWER);
        Ok(Reply {
            status,
            rate_limits,
            retry_after,
            // The status has said it; what is left of the body only explains.
            body: body.read_to_vec().unwrap_or_default(),
        })
    }
}

fn certificates(file: &str) -> Result<RootCerts, String> {
    let pem = fs::read(file).map_err(|error| format!("SSL_CERT_FILE cannot be read: {error}"))?;
    let certificates: Vec<_> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err("SSL_CERT_FILE has no certificate in PEM".to_owned());
    }
    Ok(RootCerts::Specific(Arc::new(certificates)))
}

/// The words of the library may quote the address, so only words without it are taken over.
fn no_reply(error: Error) -> NoReply {
    match error {
        Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            NoReply::NotReached("connection refused".to_owned())
        }
        Error::HostNotFound => NoReply::NotReached("host not found".to_owned()),
        Error::ConnectionFailed => NoReply::NotReached("no connection".to_owned()),
        Error::InvalidProxyUrl | Error::ConnectProxyFailed(_) => {
            NoReply::NotReached("the proxy does not let it through".to_owned())
        }
        Error::Rustls(error) => NoReply::NotReached(format!("TLS: {error}")),
        Error::Tls(words) => NoReply::NotReached(format!("TLS: {words}")),
        Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
            NoReply::NotReached("no connection in time".to_owned())
        }
        Error::Timeout(_) => NoReply::NotAnswered("no answer in time".to_owned()),
        Error::Io(error) => NoReply::NotAnswered(error.kind().to_string()),
        Error::Protocol(_) => NoReply::NotAnswered("its answer is not HTTP".to_owned()),
        _ => NoReply::NotAnswered("the request could not be made".to_owned()),
    }
}
