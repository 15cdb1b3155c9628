//! The addresses of a host.
//!
//! The system's resolver (`getaddrinfo`) blocks and cannot be interrupted. So a thread of its own
//! asks it, and closing the client does not wait for that thread. A client never has more than one:
//! if an attempt ends before the answer comes, the next attempt waits for the same answer. A host
//! that is an address needs no thread.

use crate::error::ConnectionError;
use crate::reactor::wake;
use crate::threads;
use crate::tungstenite::http::Uri;
use crate::tungstenite::stream::Mode;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread::JoinHandle;

/// Finds the addresses of one host, again for every attempt.
pub(super) struct Resolver {
    host: String,
    port: u16,
    asked: Option<Asked>,
    waker: Arc<mio::Waker>,
}

struct Asked {
    answer: Receiver<io::Result<Vec<SocketAddr>>>,
    thread: JoinHandle<()>,
}

impl Resolver {
    pub(super) fn new(uri: &Uri, mode: Mode, waker: Arc<mio::Waker>) -> Self {
        let host = uri.host().unwrap_or_default();
        // A URL has an IPv6 address in brackets (RFC 3986, 3.2.2). The resolver takes it without.
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host)
            .to_owned();
        let default_port = match mode {
            Mode::Plain => 80,
            Mode::Tls => 443,
        };
        Resolver {
            host,
            port: uri.port_u16().unwrap_or(default_port),
            asked: None,
            waker,
        }
    }

    /// Asks for the addresses. The answer wakes the client's thread.
    pub(super) fn start(&mut self) -> Result<(), ConnectionError> {
        if self.asked.is_some() || self.literal().is_some() {
            return Ok(());
        }
        let (host, port, waker) = (self.host.clone(), self.port, self.waker.clone());
        let (answers, answer) = sync_channel(1);
        let thread = threads::spawn("redhanded resolver", move || {
            let addresses = (host.as_str(), port)
                .to_socket_addrs()
                .map(Iterator::collect);
            // A client that is closed has dropped the receiver.
            if answers.send(addresses).is_ok() {
                wake(&waker);
            }
        });
        let thread = thread.map_err(|error| self.error(error))?;
        self.asked = Some(Asked { answer, thread });
        Ok(())
    }

    /// The addresses, if the answer has come.
    pub(super) fn addresses(&mut self) -> Result<Option<Vec<SocketAddr>>, ConnectionError> {
        if let Some(address) = self.literal() {
            return Ok(Some(vec![address]));
        }
        let asked = self.asked.as_ref().map(|asked| asked.answer.try_recv());
        let answer = match asked {
            Some(Err(TryRecvError::Empty)) => return Ok(None),
            Some(Ok(answer)) => answer,
            Some(Err(TryRecvError::Disconnected)) | None => Err(ErrorKind::NotFound.into()),
        };
        // The thread has answered, and ends at once.
        self.asked.take().map(|asked| asked.thread.join());
        match answer {
            Ok(addresses) if addresses.is_empty() => Err(self.error(ErrorKind::NotFound.into())),
            Ok(addresses) => Ok(Some(addresses)),
            Err(error) => Err(self.error(error)),
        }
    }

    fn literal(&self) -> Option<SocketAddr> {
        self.host
            .parse::<IpAddr>()
            .ok()
            .map(|address| SocketAddr::new(address, self.port))
    }

    fn error(&self, source: io::Error) -> ConnectionError {
        ConnectionError::Resolve {
            host: self.host.clone(),
            source: Arc::new(source),
        }
    }
}
