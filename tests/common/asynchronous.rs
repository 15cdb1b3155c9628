//! What asynchronous programs need: runtimes, sockets of tokio, and waits for what a task does.

use crate::common::connection::is_full;
use crate::common::{PATIENCE, Peer, Running, start};
use socket2::SockRef;
use std::future::{Future, poll_fn};
use std::io::Read;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::task::{spawn_blocking, yield_now};
use tokio::time::timeout;

/// Runs a program on a runtime with one thread, the calling one. Writers overlap there only between two polls.
#[track_caller]
pub(crate) fn on_one_thread<T>(program: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(patiently("the program", program))
}

/// Runs a program on a runtime with several threads.
#[track_caller]
pub(crate) fn on_many_threads<T>(program: impl Future<Output = T>) -> T {
    let runtime = Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(patiently("the program", program))
}

/// The time after which a test that hangs fails. No test waits for it.
pub(crate) async fn patiently<T>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("{what} takes for ever"))
}

/// A task of its own, and its result.
pub(crate) async fn in_a_task<F>(body: F) -> F::Output
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(body).await.expect("the task comes back")
}

/// The socket as a socket of tokio.
pub(crate) fn of_tokio(socket: &std::net::TcpStream) -> TcpStream {
    let clone = socket.try_clone().expect("a clone");
    clone.set_nonblocking(true).expect("a socket");
    TcpStream::from_std(clone).expect("a runtime")
}

/// A socket of tokio that is known to take bytes. Before the first write, a runtime asks the system, and that poll writes
/// nothing.
pub(crate) async fn ready(socket: &std::net::TcpStream) -> TcpStream {
    let socket = of_tokio(socket);
    socket
        .writable()
        .await
        .expect("an empty socket takes bytes");
    socket
}

/// Whether a task may go on. A scheduler may leave a task waiting for any time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gate(Arc<Mutex<(bool, Option<Waker>)>>);

impl Gate {
    /// The same future, which goes on only while the gate is open.
    pub(crate) fn before<F: Future>(&self, body: F) -> impl Future<Output = F::Output> + use<F> {
        let (gate, mut body) = (self.0.clone(), Box::pin(body));
        poll_fn(move |context| {
            // Held during the whole poll, so that the gate is not shut in the middle of one.
            let mut gate = gate.lock().unwrap();
            gate.1 = Some(context.waker().clone());
            if gate.0 {
                Poll::Pending
            } else {
                body.as_mut().poll(context)
            }
        })
    }

    /// Waits until the socket is full, and shuts the gate for the task that fills it. Then makes room for others.
    pub(crate) async fn shuts_when_full(&self, socket: &std::net::TcpStream) {
        while self.0.lock().unwrap().1.is_none() {
            // The task has not been polled yet.
            yield_now().await;
        }
        let clone = socket.try_clone().expect("a clone");
        spawn_blocking(move || is_full(&clone))
            .await
            .expect("the socket fills");
        self.0.lock().unwrap().0 = true;
        let socket = SockRef::from(socket);
        let doubled = socket.send_buffer_size().expect("a socket has a size");
        socket
            .set_send_buffer_size(doubled * 2)
            .expect("a larger buffer");
    }

    pub(crate) fn opens(&self) {
        let mut gate = self.0.lock().unwrap();
        gate.0 = false;
        gate.1.take().into_iter().for_each(Waker::wake);
    }
}

/// Reads everything in the background, until the program ends the connection.
pub(crate) fn reading(mut peer: Peer<std::net::TcpStream>) -> Running<Vec<u8>> {
    start("peer", move || {
        let mut seen = Vec::new();
        peer.stream
            .read_to_end(&mut seen)
            .expect("the program hangs up");
        seen
    })
}
