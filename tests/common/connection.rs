//! Connections over loopback whose buffers are small on every machine.

use super::{PATIENCE, Peer};
use socket2::SockRef;
use std::net::{TcpListener, TcpStream};

/// The buffer size in each direction. Without a fixed size, systems let buffers grow to many megabytes.
const BUFFER: usize = 64 << 10;

/// A program's end and the peer's end of a connection without a handshake.
pub(crate) fn connection() -> (TcpStream, Peer<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    // The window is agreed on while connecting. The accepted socket inherits it from the listener.
    tighten(&SockRef::from(&listener));
    let socket = TcpStream::connect(
        listener
            .local_addr()
            .expect("a bound socket has an address"),
    )
    .expect("loopback");
    tighten(&SockRef::from(&socket));
    let (peer, _) = listener.accept().expect("a client connects");
    peer.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    (socket, Peer::new(peer))
}

/// Makes a socket's buffers small, so that a big message is stuck until its receiver reads.
pub(crate) fn tighten(socket: &SockRef<'_>) {
    socket
        .set_send_buffer_size(BUFFER)
        .expect("a smaller buffer");
    socket
        .set_recv_buffer_size(BUFFER)
        .expect("a smaller buffer");
}

/// Waits until everything that the socket has sent is acknowledged, and more is waiting. Then the peer takes no more, and
/// nothing happens on the connection until it reads. On systems that do not report this, it returns at once.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
#[track_caller]
pub(crate) fn is_full(socket: &TcpStream) {
    use std::os::fd::AsRawFd;
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        // SAFETY: the type has only numbers, for which zero is a valid value.
        let mut info: libc::tcp_info = unsafe { std::mem::zeroed() };
        let (mut size, mut queued) = (size_of::<libc::tcp_info>() as libc::socklen_t, 0);
        // SAFETY: the pointers are to plain values, and the sizes are those of the values.
        let failed = unsafe {
            let (number, info) = (socket.as_raw_fd(), (&raw mut info).cast());
            libc::getsockopt(number, libc::IPPROTO_TCP, libc::TCP_INFO, info, &mut size)
                | libc::ioctl(number, libc::TIOCOUTQ, &raw mut queued)
        };
        assert_eq!(failed, 0, "Linux reports this for TCP");
        if info.tcpi_unacked == 0 && queued > 0 {
            return;
        }
        assert!(
            std::time::Instant::now() < deadline,
            "{queued} bytes wait, {} are on their way",
            info.tcpi_unacked
        );
        std::thread::yield_now();
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn is_full(_socket: &TcpStream) {}

/// Makes a socket's buffer a little larger while a big message fills it: room for a small one of another writer, and too
/// little for the system to wake the one that is stuck (Linux: a third of the buffer must be free).
pub(crate) fn make_room(socket: &TcpStream) {
    let socket = SockRef::from(socket);
    let doubled = socket.send_buffer_size().expect("a socket has a size");
    let size = if cfg!(target_os = "linux") {
        doubled / 2
    } else {
        doubled
    };
    socket
        .set_send_buffer_size(size + size / 8)
        .expect("a larger buffer");
}

mod tests {
    use super::*;
    use crate::common::{big_message, start};
    use redhanded::raw::tungstenite::WebSocket;
    use redhanded::raw::tungstenite::protocol::Role;
    use std::io::Write;

    #[test]
    fn a_small_write_finds_room_beside_a_send_that_is_stuck() {
        let (mut socket, mut peer) = connection();
        let clone = socket.try_clone().expect("a clone");
        let stuck = start("stuck", move || {
            WebSocket::from_raw_socket(clone, Role::Server, None).send(big_message())
        });
        peer.sees_a_byte();
        is_full(&socket);
        stuck.sleeps();
        make_room(&socket);
        socket.write_all(b"in between").expect("the peer is there");
        peer.takes(10 + crate::common::peer::BIG + 10);
        stuck.result().expect("the peer is there");
        let seen = peer.into_seen();
        // On systems that do not report that a thread is stuck, the big message may have gone out by then.
        assert!(seen.windows(10).any(|window| window == b"in between"));
        assert!(!cfg!(target_os = "linux") || !seen.ends_with(b"in between"));
    }
}
