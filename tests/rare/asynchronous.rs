//! What the programs of tokio share.

use redhanded::tokio_tungstenite::WebSocketStream;
use redhanded::tungstenite::protocol::Role;
use std::future::Future;
use tokio::net::TcpStream;
use tokio::runtime::Builder;

/// Runs a program on a runtime with several threads.
pub(crate) fn on_many_threads<T>(program: impl Future<Output = T>) -> T {
    let runtime = Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(program)
}

/// Runs a program on a runtime with one thread, the calling one.
pub(crate) fn on_one_thread<T>(program: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(program)
}

/// A duplicate of the socket, as a socket of tokio.
pub(crate) fn of_tokio(socket: &std::net::TcpStream) -> TcpStream {
    let clone = socket.try_clone().expect("a clone");
    clone.set_nonblocking(true).expect("a socket");
    TcpStream::from_std(clone).expect("a runtime")
}

/// A watched object on a duplicate of the socket.
pub(crate) async fn object(socket: &std::net::TcpStream) -> WebSocketStream<TcpStream> {
    WebSocketStream::from_raw_socket(of_tokio(socket), Role::Server, None).await
}
