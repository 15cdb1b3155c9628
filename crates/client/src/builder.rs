//! How a client is described and started.

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
/// Its hooks run on the client's own thread: they must neither block nor wait for the client, or everything waits for them,
/// [`close`](Client::close) too. A hook that panics ends the client.
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

    /// The bounds of the queues and the timings of connections. By default, these are [`Options::default`].
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// How long to wait before the next attempt to connect. By default, this is [`Backoff::default`].
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// How long one attempt to connect may take, from the host's name to the end of the handshake. By default, this is
    /// 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Whether an error that cannot heal by itself ends the client
    /// ([`is_permanent`](super::error::ConnectionError::is_permanent)). By default, this is `false`: somebody may put the
    /// server right.
    pub fn end_on_permanent_errors(mut self, end: bool) -> Self {
        self.ends_on_permanent = end;
        self
    }

    /// Buffers and limits of the WebSocket. By default, these are tungstenite's.
    pub fn websocket_config(mut self, config: WebSocketConfig) -> Self {
        self.config = Some(config);
        self
    }

    /// What encrypts `wss://` connections. By default, this is what tungstenite chooses, with its roots.
    #[cfg(any(feature = "native-tls", feature = "__rustls-tls"))]
    pub fn tls(mut self, connector: tungstenite::Connector) -> Self {
        self.tls = Tls(Some(connector));
        self
    }

    /// Called before each attempt to connect, with the request as it will be sent: for a header that has to be
    /// fresh, such as a token. The URL stays that of the builder.
    pub fn before_connect(mut self, hook: impl FnMut(&mut Request) + Send + 'static) -> Self {
        self.before_connect = Some(Box::new(hook));
        self
    }

    /// Called behind each connect, before anything that waits is written: to subscribe again.
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

    /// Guaranteed messages are confirmed by what the peer's application says, and not by pongs: called for each message
    /// that arrives, with those that are not confirmed. By default, pongs confirm.
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

    /// Stores guaranteed messages in this file until they are delivered, so that they survive the process: the next client
    /// that is started with the same file sends what is in it first. By default, nothing is stored.
    ///
    /// `send` comes back when the message is on disk. Messages are sent again, and so may arrive twice, where a process ended
    /// before it could take them out of the file. What [`close`](Client::close) hands back is in the file as well. One client
    /// at a time can have the file open.
    #[cfg(feature = "spill")]
    pub fn spill(mut self, file: impl Into<std::path::PathBuf>) -> Self {
        self.spill = StorePath(Some(file.into()));
        self
    }

    /// Starts the client. Returns at once, whether the server is there or not.
    ///
    /// # Errors
    /// [`StartError`]: the URL is none that can be connected to, or the system has no thread or descriptor left.
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
