//! The threads of the page, and their end.
//!
//! The page lives inside somebody else's program: neither may fall over with the other. So every connection has a
//! thread of its own (one that says nothing keeps nobody waiting), their number and their time are limited, an error or
//! a panic ends one connection only, and a drop ends all of them.
//!
//! Requests are parsed by `httparse`. Why not a whole HTTP server: `tiny_http` 0.12, the one without an async runtime,
//! was tried first. With four silent connections, such as browsers open in advance, it left 12 of 100 requests without
//! an answer, and with twenty 40 (its pool counts a thread as idle that has been given work already); it also stops
//! accepting for good after one error, and allocates whatever a `Content-Length` claims.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle, Scope};
use std::time::Duration;

use super::http;
use super::routes;

/// All threads of the page have this name.
const THREAD_NAME: &str = "redhanded page";

/// How many connections are served at the same time; further ones are closed at once.
const MAX_CONNECTIONS: usize = 64;

/// How long to wait after accepting failed; out of file descriptors is the usual reason.
const AFTER_ERROR: Duration = Duration::from_millis(250);

/// How long the connection that wakes the accepting thread may take. It stays inside the machine.
const WAKING: Duration = Duration::from_secs(1);

/// The running server. Dropping it ends its threads and frees the port.
pub(super) struct Server {
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    address: SocketAddr,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    stopping: bool,
    open: Vec<Arc<TcpStream>>,
}

impl Server {
    pub(super) fn start(listener: TcpListener, address: SocketAddr) -> io::Result<Self> {
        let shared = Arc::new(Shared { address, state: Mutex::default() });
        let accepting = thread::Builder::new().name(THREAD_NAME.into()).spawn({
            let shared = shared.clone();
            // The scope ends when the last connection has. The listener goes before that, and with it the port.
            move || thread::scope(|connections| shared.accept(listener, connections))
        })?;
        Ok(Self { shared, accepting: Some(accepting) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.stopping = true;
        for connection in &state.open {
            // Whoever reads or writes it returns at once.
            let _ = connection.shutdown(Shutdown::Both);
        }
        drop(state);
        // Accepting ends with one more connection, or after the wait that follows an error.
        let woken = match TcpStream::connect_timeout(&self.shared.address, WAKING) {
            Ok(_) => true,
            // A connection that was on its way had woken it already, and the listener is gone.
            Err(error) => matches!(
                error.kind(),
                io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted
            ),
        };
        let Some(accepting) = self.accepting.take() else { return };
        accepting.thread().unpark();
        // Without a file descriptor for that connection the thread sleeps on; waiting for it would be for ever.
        if woken {
            let _ = accepting.join();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accept<'scope>(&'scope self, listener: TcpListener, connections: &'scope Scope<'scope, '_>) {
        while !self.state().stopping {
            match listener.accept() {
                Ok((stream, _)) => self.admit(Arc::new(stream), connections),
                Err(_) => thread::park_timeout(AFTER_ERROR),
            }
        }
    }

    fn admit<'scope>(&'scope self, stream: Arc<TcpStream>, connections: &'scope Scope<'scope, '_>) {
        let mut state = self.state();
        if state.stopping || state.open.len() >= MAX_CONNECTIONS {
            return;
        }
        state.open.push(stream.clone());
        drop(state);
        let served = Served { shared: self, stream };
        // When no thread can be had, the connection is closed with the closure that is not run.
        let _ = thread::Builder::new().name(THREAD_NAME.into()).spawn_scoped(connections, move || {
            let _ = catch_unwind(AssertUnwindSafe(|| served.serve()));
        });
    }
}

/// A connection while it is in the list of open ones.
struct Served<'a> {
    shared: &'a Shared,
    stream: Arc<TcpStream>,
}

impl Served<'_> {
    fn serve(&self) {
        let bound = self.shared.address;
        // What cannot be sent is the client's affair: it has gone, or reads nothing.
        let _ = http::serve(&self.stream, |request| {
            catch_unwind(AssertUnwindSafe(|| routes::answer(request, bound)))
                .unwrap_or_else(|_| routes::Answer::failed())
        });
    }
}

impl Drop for Served<'_> {
    fn drop(&mut self) {
        self.shared.state().open.retain(|stream| !Arc::ptr_eq(stream, &self.stream));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn start() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        Server::start(listener, address).unwrap()
    }

    #[test]
    fn connections_beyond_the_limit_are_closed_and_the_others_stay() {
        let server = start();
        let connect = || TcpStream::connect(server.shared.address).unwrap();
        let mut silent: Vec<_> = (0..MAX_CONNECTIONS).map(|_| connect()).collect();
        assert_eq!(connect().read(&mut [0]).unwrap_or(0), 0, "closed without a word");
        silent.iter_mut().for_each(|stream| stream.set_nonblocking(true).unwrap());
        let waits =
            |stream: &mut TcpStream| stream.read(&mut [0]).is_err_and(|e| e.kind() == io::ErrorKind::WouldBlock);
        assert!(silent.iter_mut().all(waits));
    }

    #[test]
    fn dropping_ends_every_thread_and_connection() {
        let server = start();
        let shared = Arc::downgrade(&server.shared);
        let mut silent: Vec<_> = (0..8).map(|_| TcpStream::connect(server.shared.address).unwrap()).collect();
        drop(server);
        assert!(shared.upgrade().is_none(), "a thread still has the server");
        assert!(silent.iter_mut().all(|stream| stream.read(&mut [0]).unwrap_or(0) == 0));
    }
}
