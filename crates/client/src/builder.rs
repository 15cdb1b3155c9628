//! Describes a client and starts it.

use super::backoff::{Backoff, Failures};
use super::connect::{Connector, Plan, tls::Tls};
use super::driver::ClientDriver;
use super::error::StartError;
use super::handle::Client;
use super::hooks::{Acknowledge, BeforeConnect, Incoming, NewConnection, OnConnect, Unconfirmed};
use super::in_flight::InFlight;
use super::options::Options;
use super::reactor::Reactor;
use super::shared::{IoThread, Shared, largest_payload};
use super::spill::StorePath;
use crate::tungstenite::handshake::client::Request;
use crate::tungstenite::protocol::WebSocketConfig;
use crate::tungstenite::{self, Message};
use std::fmt;
use std::time::Duration;

/// A client that is not started yet.
///
/// Its hooks run on the client's own thread. They must neither block nor wait for the client:
/// everything waits for them, [`close`](Client::close) too. A hook that panics ends the client.
/// That thread takes no signals, and neither do the threads that a hook starts.
#[must_use = "it does nothing before it is started"]
pub struct Builder {
    request: Result<Request, tungstenite::Error>,
    options: Options,
    backoff: Backoff,
    connect_timeout: Duration,
    ends_on_permanent: bool,
    config: Option<WebSocketConfig>,
    tls: Tls,
    before_connect: Option<BeforeConnect>,
    on_connect: Option<OnConnect>,
    acknowledge: Option<Acknowledge>,
    spill: StorePath,
}

impl Builder {
    pub(super) fn new(request: Result<Request, tungstenite::Error>) -> Self {
        Builder {
            request,
            options: Options::default(),
            backoff: Backoff::default(),
            connect_timeout: Duration::from_secs(10),
            ends_on_permanent: false,
            config: None,
            tls: Tls::default(),
            before_connect: None,
            on_connect: None,
            acknowledge: None,
            spill: StorePath::default(),
        }
    }

    /// The bounds of the queues, and the time limits of connections. By default, these are
    /// [`Options::default`].
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// How long to wait before the next attempt to connect. By default, this is
    /// [`Backoff::default`].
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// How long one attempt to connect may take, from the host's name to the end of the handshake.
    /// By default, this is 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Whether a [permanent](super::error::ConnectionError::is_permanent) error ends the client. By
    /// default, this is `false`: the server may be corrected meanwhile.
    pub fn end_on_permanent_errors(mut self, end: bool) -> Self {
        self.ends_on_permanent = end;
        self
    }

    /// Buffers and limits of the WebSocket. By default, these are tungstenite's.
    pub fn websocket_config(mut self, config: WebSocketConfig) -> Self {
        self.config = Some(config);
        self
    }

    /// The TLS configuration of `wss://` connections. By default, this is tungstenite's, with its
    /// root certificates.
    #[cfg(any(feature = "native-tls", feature = "__rustls-tls"))]
    pub fn tls(mut self, connector: tungstenite::Connector) -> Self {
        self.tls = Tls(Some(connector));
        self
    }

    /// Sets a hook that is called before each attempt to connect, with the request as it will be
    /// sent. It is for headers that change, such as a token. The hook cannot change where the
    /// client connects to.
    pub fn before_connect(mut self, hook: impl FnMut(&mut Request) + Send + 'static) -> Self {
        self.before_connect = Some(Box::new(hook));
        self
    }

    /// Sets a hook that is called after each connect, before any message that waits is written. It
    /// is for what each connection begins with, such as a subscription.
    ///
    /// ```
    /// # use redhanded_client::Client;
    /// let builder = Client::builder("ws://127.0.0.1:9001/feed").on_connect(|connection| {
    ///     connection.send(r#"{"subscribe": "ticks"}"#);
    /// });
    /// # let _ = builder;
    /// ```
    pub fn on_connect(mut self, hook: impl FnMut(&mut NewConnection<'_>) + Send + 'static) -> Self {
        self.on_connect = Some(Box::new(hook));
        self
    }

    /// Sets a hook that says which guaranteed messages are confirmed. It is called for each message
    /// that arrives, with the messages that are not confirmed. By default, the peer's pongs confirm
    /// messages; with this hook, they do not.
    ///
    /// ```
    /// # use redhanded_client::{Client, Incoming};
    /// let builder = Client::builder("ws://127.0.0.1:9001/orders").acknowledge_with(|incoming, unconfirmed| {
    ///     // This server answers every order with "ok", in order.
    ///     if matches!(incoming.to_text(), Ok("ok")) {
    ///         unconfirmed.confirm(1);
    ///         return Incoming::Consumed;
    ///     }
    ///     Incoming::Delivered
    /// });
    /// # let _ = builder;
    /// ```
    pub fn acknowledge_with(
        mut self,
        hook: impl FnMut(&Message, &mut Unconfirmed<'_>) -> Incoming + Send + 'static,
    ) -> Self {
        self.acknowledge = Some(Box::new(hook));
        self
    }

    /// Stores guaranteed messages in this file until they are delivered. So they survive the
    /// process: the next client that is started with the same file sends them first. By default,
    /// nothing is stored.
    ///
    /// `send` returns when the message is on disk. If a process ends before it could take a
    /// delivered message out of the file, the message is sent again, and arrives twice. What
    /// [`close`](Client::close) gives back stays in the file as well. Only one client at a time can
    /// have the file open.
    #[cfg(feature = "spill")]
    pub fn spill(mut self, file: impl Into<std::path::PathBuf>) -> Self {
        self.spill = StorePath(Some(file.into()));
        self
    }

    /// Starts the client. Returns at once, whether the server is there or not.
    ///
    /// # Errors
    /// [`StartError`]: the URL cannot be connected to, the system has no thread or descriptor left,
    /// or the file of stored messages cannot be opened.
    pub fn start(self) -> Result<Client, StartError> {
        let (reactor, waker) = Reactor::new().map_err(StartError::System)?;
        let plan = Plan {
            request: self.request.map_err(StartError::Request)?,
            config: self.config,
            tls: self.tls,
            timeout: self.connect_timeout,
            before_connect: self.before_connect,
        };
        let connector = Connector::new(plan, waker.clone())?;
        let (spill, earlier) = self.spill.open()?;
        let largest = self
            .config
            .map_or(usize::MAX, |config| largest_payload(&config));
        let shared = Shared::new(&self.options, largest, waker, spill);
        shared.queue.begin_with(earlier);
        shared.start_store()?;
        let driver = ClientDriver {
            shared: shared.clone(),
            reactor,
            connector,
            failures: Failures::new(self.backoff),
            options: self.options,
            ends_on_permanent: self.ends_on_permanent,
            on_connect: self.on_connect,
            acknowledge: self.acknowledge,
            in_flight: InFlight::default(),
            connections: 0,
        };
        let thread = IoThread::start(shared.clone(), move || driver.run());
        let thread = thread.inspect_err(|_| shared.queue.end_store())?;
        Ok(Client::new(shared, thread))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uri = self.request.as_ref().map(Request::uri);
        f.debug_struct("Builder")
            .field("uri", &uri)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
