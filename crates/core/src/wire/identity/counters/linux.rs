//! The counters of a TCP socket on Linux.
//!
//! Bytes acknowledged (`TCP_INFO`, `tcpi_bytes_acked`, tcp(7)) and bytes queued (`SIOCOUTQ`, tcp(7)) are two system
//! calls; read until the first is the same before and after the second, their sum is what the socket had taken at that
//! instant. No kept crate offers both for a descriptor that may be gone, so that this file calls the C library.
//!
//! Why unsafe, and why it is sound: `getsockopt` and `ioctl` get pointers to local variables, with their sizes. The
//! descriptor is a plain number: it may have been closed, and even be another file's by now. Both calls only read, so
//! that the worst is an answer about another socket; and that is found out, because the caller compares the socket's
//! cookie, which no other socket ever has, after the last of them.
#![allow(unsafe_code)]

use super::Taken;
use std::os::fd::{AsFd, AsRawFd, RawFd};

/// A number by which a socket can be asked, together with the socket's cookie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Descriptor {
    number: RawFd,
    cookie: u64,
}

pub(crate) fn descriptor_of(stream: impl AsFd) -> Option<Descriptor> {
    let number = stream.as_fd().as_raw_fd();
    let cookie = cookie(number)?;
    Some(Descriptor { number, cookie })
}

/// How often two readings may differ before they are given up: a peer that acknowledges all the time.
const TRIES: usize = 8;

/// Where `struct tcp_info` (linux/tcp.h) has these; fields are only ever added to its end.
const BYTES_ACKED: usize = 120;
const NOT_SENT: usize = 144;
const BYTES_SENT: usize = 200;
const BYTES_RETRANSMITTED: usize = 208;
const END: usize = 216;

impl Descriptor {
    /// The descriptor's number, which may be another file's by now.
    pub(crate) fn number(self) -> i64 {
        self.number.into()
    }

    /// How many bytes the socket has taken. `None` where the kernel does not tell: no TCP, a kernel before 4.19, or a
    /// socket that is gone.
    pub(crate) fn taken(self) -> Option<Taken> {
        let mut info = self.tcp_info()?;
        for _ in 0..TRIES {
            let queued = self.queued()?;
            let again = self.tcp_info()?;
            if let Some(taken) = Taken::between(info, queued, again) {
                return (cookie(self.number) == Some(self.cookie)).then_some(taken);
            }
            info = again;
        }
        None
    }

    fn tcp_info(self) -> Option<TcpInfo> {
        let mut bytes = [0u8; 256];
        let size = get_option(self.number, libc::IPPROTO_TCP, libc::TCP_INFO, &mut bytes)?;
        let number = |at: usize| {
            bytes
                .get(at..)
                .and_then(<[u8]>::first_chunk)
                .map_or(0, |it| u64::from_ne_bytes(*it))
        };
        let not_sent =
            u32::from_ne_bytes(bytes[NOT_SENT..NOT_SENT + 4].try_into().unwrap_or_default());
        (size >= END).then(|| TcpInfo {
            acknowledged: number(BYTES_ACKED),
            data: number(BYTES_SENT)
                .wrapping_sub(number(BYTES_RETRANSMITTED))
                .wrapping_add(u64::from(not_sent)),
        })
    }

    /// How many bytes are taken and not acknowledged.
    fn queued(self) -> Option<u64> {
        let mut queued: libc::c_int = 0;
        // SAFETY: SIOCOUTQ, which is TIOCOUTQ under another name, stores one `int`, and there is one.
        let result = unsafe { libc::ioctl(self.number, libc::TIOCOUTQ, &raw mut queued) };
        if result == 0 {
            queued.try_into().ok()
        } else {
            None
        }
    }
}

impl Taken {
    /// What was taken when so many bytes were queued, between two readings of `TCP_INFO`. `None` if they do not tell.
    ///
    /// Another thread may write at any time, and so before or after the bytes were queued that were counted. Then the data of the
    /// one reading is too little, or that of the other one is too much.
    fn between(before: TcpInfo, queued: u64, after: TcpInfo) -> Option<Taken> {
        let bytes = before.acknowledged.saturating_add(queued);
        let before_data = |info: TcpInfo| bytes.saturating_sub(info.data).min(1);
        let is_certain =
            before.acknowledged == after.acknowledged && before_data(before) == before_data(after);
        is_certain.then_some(Taken {
            bytes,
            before_data: before_data(after),
        })
    }
}

#[derive(Debug, Clone, Copy)]
struct TcpInfo {
    acknowledged: u64,
    /// Bytes of data, sent or waiting: nearly the same, counted from the first one.
    data: u64,
}

fn cookie(number: RawFd) -> Option<u64> {
    let mut bytes = [0; 8];
    let size = get_option(number, libc::SOL_SOCKET, libc::SO_COOKIE, &mut bytes)?;
    (size == bytes.len()).then(|| u64::from_ne_bytes(bytes))
}

/// Reads an option of a socket into `bytes`. Gives how many bytes it has.
fn get_option(
    number: RawFd,
    level: libc::c_int,
    option: libc::c_int,
    bytes: &mut [u8],
) -> Option<usize> {
    let mut size = bytes.len() as libc::socklen_t;
    // SAFETY: the pointer and the size are those of `bytes`, and at most so many bytes are stored.
    let result = unsafe {
        libc::getsockopt(
            number,
            level,
            option,
            bytes.as_mut_ptr().cast(),
            &raw mut size,
        )
    };
    (result == 0).then_some(size as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    fn connection() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let one = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (one, listener.accept().unwrap().0)
    }

    #[test]
    fn every_byte_is_counted_once_at_either_end() {
        let (mut one, mut other) = connection();
        let counters = [&one, &other].map(|socket| descriptor_of(socket).unwrap());
        let data =
            || counters.map(|counter| counter.taken().map(|taken| taken.bytes - taken.before_data));
        assert_eq!(data(), [Some(0), Some(0)]);
        one.write_all(&[1; 5]).unwrap();
        other.write_all(&[2; 70_000]).unwrap();
        assert_eq!(data(), [Some(5), Some(70_000)]);
        one.read_exact(&mut [0; 70_000]).unwrap();
        one.write_all(&[1; 2]).unwrap();
        assert_eq!(data(), [Some(7), Some(70_000)]);
    }

    /// What was acknowledged and sent before and after, what was queued between, and the answer.
    type BetweenRow = (
        &'static str,
        (u64, u64),
        u64,
        (u64, u64),
        Option<(u64, u64)>,
    );
    const BETWEEN: &[BetweenRow] = &[
        ("nothing was sent", (0, 0), 0, (0, 0), Some((0, 0))),
        (
            "the first packet is no data",
            (1, 10),
            10,
            (1, 10),
            Some((11, 1)),
        ),
        (
            "the other end has sent the first packet",
            (0, 10),
            10,
            (0, 10),
            Some((10, 0)),
        ),
        (
            "some were acknowledged meanwhile",
            (1, 10),
            10,
            (6, 10),
            None,
        ),
        (
            "another thread has written after the queue was read",
            (1, 10),
            10,
            (1, 13),
            None,
        ),
        (
            "another thread has written before the queue was read",
            (0, 10),
            13,
            (0, 13),
            None,
        ),
    ];

    #[test]
    fn what_is_no_data_is_not_taken_from_what_others_write_meanwhile() {
        for &(name, before, queued, after, answer) in BETWEEN {
            let info = |(acknowledged, data)| TcpInfo { acknowledged, data };
            let taken = Taken::between(info(before), queued, info(after));
            let answer = answer.map(|(bytes, before_data)| Taken { bytes, before_data });
            assert_eq!(taken, answer, "{name}");
        }
    }

    #[test]
    fn a_socket_that_is_gone_is_not_taken_for_the_one_that_has_its_number() {
        let (one, _other) = connection();
        let counter = descriptor_of(&one).unwrap();
        drop(one);
        assert_eq!(counter.taken(), None);
        let (again, _peer) = connection();
        // The lowest free number comes first, unless another test was faster.
        if again.as_raw_fd() == counter.number {
            assert_eq!(counter.taken(), None);
        }
    }

    #[test]
    fn what_is_no_tcp_has_no_counters() {
        let (one, _other) = std::os::unix::net::UnixStream::pair().unwrap();
        assert_eq!(descriptor_of(&one).and_then(Descriptor::taken), None);
    }
}
