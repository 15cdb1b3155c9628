//! Sockets whose buffers are small on every machine.

use socket2::SockRef;

/// The buffer size in each direction. Without a fixed size, systems let buffers grow to many megabytes.
const BUFFER: usize = 64 << 10;

/// Makes a socket's buffers small, so that a big message is stuck until its receiver reads. An accepted socket inherits
/// the buffers from the listener.
pub(crate) fn tighten<'s, S>(socket: &'s S)
where
    SockRef<'s>: From<&'s S>,
{
    let socket = SockRef::from(socket);
    socket
        .set_send_buffer_size(BUFFER)
        .expect("a smaller buffer");
    socket
        .set_recv_buffer_size(BUFFER)
        .expect("a smaller buffer");
}
