//! The threads of the page, and their end.
//!
//! The page runs inside a program that must not suffer from it. So every connection has a thread of its own, and a silent
//! one holds up no other. The number of connections and their time are limited. An error or a panic ends one connection
//! only, and a drop ends all of them. There are two kinds of connections: those that have not asked yet, and those that are
//! being answered. Each kind has half the places. When there are too many of a kind, its oldest is closed. So silent
//! connections never keep a request from its answer, and neither do slow readers.
//!
//! Requests are parsed by `httparse`. The HTTP server without an async runtime, `tiny_http` 0.12, was tried first. Browsers
//! open connections in advance: with four silent ones it left 12 of 100 requests without an answer, with twenty 40. It
//! also stops accepting for good after one error, and allocates as much as a `Content-Length` claims.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle, Scope};
use std::time::Duration;

use super::answer::Answer;
use super::feed::{Ending, Feed};
use super::http::{self, Request};
use super::kept::Kept;
use super::routes::{self, Reply};
use super::source::Source;

/// All threads of the page have this name.
const THREAD_NAME: &str = "redhanded page";

/// How many connections of each kind are open at the same time. Subscribers of the feed do not count.
const PLACES: usize = 32;

/// How many answers are made at the same time.
const MAX_ANSWERS: usize = 64;

/// How long to wait after accepting has failed, usually for lack of file descriptors.
const AFTER_ERROR: Duration = Duration::from_millis(250);

/// How long the connection that wakes the accepting thread may take. It does not leave the machine.
const WAKING: Duration = Duration::from_secs(1);

/// The running server. Dropping it ends its threads and frees the port.
pub(super) struct Server {
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
    /// The process that has the threads.
    process: u32,
}

struct Shared {
    address: SocketAddr,
    source: Arc<dyn Source>,
    feed: Arc<Feed>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_stopping: bool,
    /// Of each kind, the oldest first.
    open: Vec<Connection>,
    /// How many threads make an answer, also for connections that are closed already.
    answering: usize,
}

struct Connection {
    stream: Arc<Kept<TcpStream>>,
    /// Its request has come.
    has_asked: bool,
}

impl Server {
    pub(super) fn start(
        listener: TcpListener,
        address: SocketAddr,
        source: Arc<dyn Source>,
    ) -> io::Result<Self> {
        let feed = Feed::new(source.clone());
        let shared = Arc::new(Shared {
            address,
            source,
            feed,
            state: Mutex::default(),
        });
        let listener = shared.listens(listener)?;
        let accepting = thread::Builder::new().name(THREAD_NAME.into()).spawn({
            let shared = shared.clone();
            // The scope ends with the last connection. The listener is dropped before that, which frees the port.
            move || thread::scope(|connections| shared.accept(listener, connections))
        })?;
        Ok(Self {
            shared,
            accepting: Some(accepting),
            process: std::process::id(),
        })
    }

    pub(super) fn ending(&self) -> Ending {
        Ending::of(&self.shared.feed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            // A forked child has none of these threads, and shares their connections with its parent.
            std::mem::forget(self.accepting.take());
            return;
        }
        let mut state = self.shared.state();
        state.is_stopping = true;
        for connection in &state.open {
            // A read or write of it returns at once.
            let _ = connection.stream.shutdown(Shutdown::Both);
        }
        drop(state);
        self.shared.feed.stop();
        // Accepting ends with one more connection, or after the wait that follows an error.
        let woken = match TcpStream::connect_timeout(&reachable(self.shared.address), WAKING) {
            Ok(_) => true,
            // Another connection has woken the thread already, and the listener is gone.
            Err(error) => matches!(
                error.kind(),
                io::ErrorKind::ConnectionRefused
                    | io::ErrorKind::ConnectionReset
                    | io::ErrorKind::ConnectionAborted
            ),
        };
        let Some(accepting) = self.accepting.take() else {
            return;
        };
        accepting.thread().unpark();
        // Without a file descriptor for that connection the thread sleeps on, and joining it would never end.
        if woken {
            let _ = accepting.join();
        }
    }
}

/// Where this machine reaches the page: a page on all addresses is on the loopback address as well.
pub(super) fn reachable(mut bound: SocketAddr) -> SocketAddr {
    if bound.ip().is_unspecified() {
        let loopback = match bound {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        };
        bound.set_ip(loopback);
    }
    bound
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The page listens on this.
    fn listens(&self, listener: TcpListener) -> io::Result<Kept<TcpListener>> {
        let listener = Kept::new(listener)?;
        if let Some(number) = listener.number() {
            self.source.listens_on(number);
        }
        Ok(listener)
    }

    fn accept<'scope>(
        &'scope self,
        mut listener: Kept<TcpListener>,
        connections: &'scope Scope<'scope, '_>,
    ) {
        while !self.state().is_stopping {
            match listener.accept() {
                Ok(stream) => self.admit(Arc::new(stream), connections),
                Err(_) if listener.is_still() => thread::park_timeout(AFTER_ERROR),
                // The program has closed it. Its port is free again as soon as the last accept has come back, and browsers
                // know the page by that port.
                Err(_) => match TcpListener::bind(self.address).and_then(|new| self.listens(new)) {
                    Ok(new) => listener = new,
                    Err(_) => thread::park_timeout(AFTER_ERROR),
                },
            }
        }
    }

    fn admit<'scope>(
        &'scope self,
        stream: Arc<Kept<TcpStream>>,
        connections: &'scope Scope<'scope, '_>,
    ) {
        let mut state = self.state();
        if state.is_stopping {
            return;
        }
        state.make_room(false);
        state.open.push(Connection {
            stream: stream.clone(),
            has_asked: false,
        });
        drop(state);
        let served = Served {
            shared: self,
            stream,
        };
        // If there is no thread, the closure is dropped, and with it the connection.
        let _ = thread::Builder::new()
            .name(THREAD_NAME.into())
            .spawn_scoped(connections, move || {
                let _ = catch_unwind(AssertUnwindSafe(|| served.serve()));
            });
    }
}

impl State {
    /// Makes a place for one more connection of a kind: if there is none, the oldest of the kind is closed.
    fn make_room(&mut self, has_asked: bool) {
        let mut of_kind = (0..self.open.len()).filter(|at| self.open[*at].has_asked == has_asked);
        let oldest = of_kind.next();
        if of_kind.count() + 1 < PLACES {
            return;
        }
        if let Some(oldest) = oldest {
            // A read or write of it returns at once.
            let _ = self.open.remove(oldest).stream.shutdown(Shutdown::Both);
        }
    }
}

/// A connection while it is in the list of open ones.
struct Served<'a> {
    shared: &'a Shared,
    stream: Arc<Kept<TcpStream>>,
}

impl Served<'_> {
    fn serve(&self) {
        // An answer that cannot be sent has no reader.
        let _ = self.try_serve();
    }

    fn try_serve(&self) -> io::Result<()> {
        let head = http::read_head(&self.stream)?;
        let Some(answering) = self.begin_answer() else {
            return http::send(
                &self.stream,
                &Answer::error(503, "there are too many requests at once"),
                true,
            );
        };
        let Some(request) = Request::parse(&head) else {
            return http::send(&self.stream, &Answer::bad_request(), true);
        };
        // The address at which this client reached the page: a page on all addresses has several.
        let local = self.stream.local_addr()?;
        let reply = catch_unwind(AssertUnwindSafe(|| {
            routes::reply(&request, local, &*self.shared.source)
        }));
        // Sending ends as soon as the connection is closed, so that it does not count.
        drop(answering);
        match reply.unwrap_or_else(|_| Reply::Answer(Answer::failed())) {
            Reply::Answer(answer) => http::send(&self.stream, &answer, request.wants_body()),
            Reply::Feed => {
                // A subscriber does not count as a connection.
                self.leave();
                self.shared.feed.serve(&self.stream)
            }
        }
    }

    /// Notes that the request has come. `None` if too many answers are being made: one can be large, and its thread goes on
    /// making it when the client is gone.
    fn begin_answer(&self) -> Option<Answering<'_>> {
        let mut state = self.shared.state();
        let is_this = |connection: &Connection| Arc::ptr_eq(&connection.stream, &self.stream);
        let at = state.open.iter().position(is_this)?;
        let mut this = state.open.remove(at);
        state.make_room(true);
        this.has_asked = true;
        state.open.push(this);
        if state.answering >= MAX_ANSWERS {
            return None;
        }
        state.answering += 1;
        Some(Answering(self.shared))
    }

    fn leave(&self) {
        self.shared
            .state()
            .open
            .retain(|connection| !Arc::ptr_eq(&connection.stream, &self.stream));
    }
}

/// An answer that is being made.
struct Answering<'a>(&'a Shared);

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        self.0.state().answering -= 1;
    }
}

impl Drop for Served<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures;
    use super::*;
    use std::io::{Read, Write};

    fn start() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        Server::start(listener, address, Arc::new(fixtures::saved(1))).unwrap()
    }

    fn connect(server: &Server) -> TcpStream {
        let stream = TcpStream::connect(server.shared.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        stream
    }

    #[test]
    fn of_too_many_connections_the_longest_idle_one_goes_and_the_newest_is_answered() {
        let server = start();
        let mut silent: Vec<_> = (0..PLACES).map(|_| connect(&server)).collect();
        let mut asking = connect(&server);
        let request = format!("HEAD / HTTP/1.1\r\nHost: {}\r\n\r\n", server.shared.address);
        asking.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        asking.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert_eq!(
            silent.remove(0).read(&mut [0]).unwrap_or(0),
            0,
            "the first to come has to go"
        );
        silent
            .iter_mut()
            .for_each(|stream| stream.set_nonblocking(true).unwrap());
        let waits = |stream: &mut TcpStream| {
            stream
                .read(&mut [0])
                .is_err_and(|e| e.kind() == io::ErrorKind::WouldBlock)
        };
        assert!(silent.iter_mut().all(waits), "the others stay");
    }

    #[test]
    fn dropping_ends_every_thread_and_connection() {
        let server = start();
        let shared = Arc::downgrade(&server.shared);
        let mut silent: Vec<_> = (0..8).map(|_| connect(&server)).collect();
        let mut listening = connect(&server);
        let request = format!(
            "GET /api/feed HTTP/1.1\r\nHost: {}\r\n\r\n",
            server.shared.address
        );
        listening.write_all(request.as_bytes()).unwrap();
        listening.read_exact(&mut [0]).unwrap();
        drop(server);
        assert!(shared.upgrade().is_none(), "a thread still has the server");
        assert!(
            silent
                .iter_mut()
                .all(|stream| stream.read(&mut [0]).unwrap_or(0) == 0)
        );
        let mut rest = Vec::new();
        let _ = listening.read_to_end(&mut rest);
    }

    #[test]
    fn a_page_on_all_addresses_is_reached_by_the_loopback_address() {
        let of = |bound: &str| reachable(bound.parse().unwrap()).to_string();
        assert_eq!(
            (of("0.0.0.0:7"), of("[::]:7")),
            ("127.0.0.1:7".into(), "[::1]:7".into())
        );
        assert_eq!(of("192.0.2.1:7"), "192.0.2.1:7");
    }
}
