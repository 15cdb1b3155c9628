//! Many guaranteed messages, of several senders, over many forced reconnects.

use crate::peer::{PATIENCE, Server, quick, run};
use redhanded::raw::tungstenite::{Message, WebSocket};
use redhanded_client::{Client, Delivery, Options};
use socket2::SockRef;
use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

const SENDERS: usize = 8;

/// A million in a release build, and what takes the same time in a debug build.
const MESSAGES: usize = if cfg!(debug_assertions) {
    100_000
} else {
    1_000_000
};
const RECONNECTS: usize = if cfg!(debug_assertions) { 50 } else { 200 };

/// What the queues may hold, and what the rest of the process may need.
const QUEUE_MESSAGES: usize = 8_192;
const MOST_GROWTH: usize = 48 << 20;

#[test]
fn a_million_guaranteed_messages_of_eight_senders_arrive_in_order_over_two_hundred_reconnects() {
    run(|| {
        let server = Server::new();
        let options = Options::default()
            .queue_messages(QUEUE_MESSAGES)
            .send_timeout(PATIENCE);
        let backoff = quick().limit(Duration::from_millis(2));
        let client = server
            .builder()
            .options(options)
            .backoff(backoff)
            .start()
            .unwrap();
        let memory = Memory::now();
        let serving = thread::spawn(move || serve(&server, memory));
        thread::scope(|scope| {
            for sender in 0..SENDERS {
                let client = &client;
                scope.spawn(move || send(client, sender));
            }
        });
        assert_eq!(client.close(PATIENCE).unwrap(), []);
        let seen = serving.join().unwrap();
        assert_eq!(
            seen.next,
            [MESSAGES / SENDERS; SENDERS],
            "every message of every sender"
        );
        let stats = client.stats();
        assert_eq!(
            (stats.delivered, stats.reconnects),
            (MESSAGES as u64, RECONNECTS as u64)
        );
        assert!(
            seen.duplicates <= stats.resent,
            "{} duplicates, {stats:?}",
            seen.duplicates
        );
        println!(
            "{MESSAGES} messages, {RECONNECTS} reconnects: {} sent again, {} arrived twice; memory grew by {} KiB at most",
            stats.resent,
            seen.duplicates,
            seen.growth >> 10
        );
        assert!(
            seen.growth < MOST_GROWTH,
            "memory grew by {} bytes",
            seen.growth
        );
    });
}

fn send(client: &Client, sender: usize) {
    for number in 0..MESSAGES / SENDERS {
        let mut payload = Vec::with_capacity(16);
        payload.extend((sender as u64).to_be_bytes());
        payload.extend((number as u64).to_be_bytes());
        client.send(payload, Delivery::Guaranteed).unwrap();
    }
}

/// What the peer has received, over all connections.
#[derive(Default)]
struct Seen {
    /// The next number of each sender.
    next: [usize; SENDERS],
    duplicates: u64,
    growth: usize,
}

impl Seen {
    fn unique(&self) -> usize {
        self.next.iter().sum()
    }

    /// On one connection, the numbers of a sender have no gaps. A later connection may begin with
    /// numbers that were seen before, but skips none.
    fn take(
        &mut self,
        here: &mut [Option<usize>; SENDERS],
        message: &Message,
        is_first_connection: bool,
    ) {
        let Message::Binary(payload) = message else {
            panic!("{message:?}")
        };
        let number =
            |part: &[u8]| usize::try_from(u64::from_be_bytes(part.try_into().unwrap())).unwrap();
        let (sender, number) = (number(&payload[..8]), number(&payload[8..]));
        if let Some(before) = here[sender].replace(number) {
            assert_eq!(number, before + 1, "of sender {sender}, on one connection");
        }
        if number == self.next[sender] {
            self.next[sender] += 1;
        } else {
            assert!(
                number < self.next[sender],
                "of sender {sender}: {number} before {}",
                self.next[sender]
            );
            assert!(
                !is_first_connection,
                "of sender {sender}: {number} twice without a reconnect"
            );
            self.duplicates += 1;
        }
    }
}

fn serve(server: &Server, memory: Memory) -> Seen {
    let mut seen = Seen::default();
    for connection in 0..=RECONNECTS {
        let mut peer = server.accept();
        let mut here = [None; SENDERS];
        let enough = if connection == RECONNECTS {
            usize::MAX
        } else {
            MESSAGES * (connection + 1) / (RECONNECTS + 1)
        };
        while seen.unique() < enough {
            match peer.read() {
                Ok(message) if message.is_binary() => {
                    seen.take(&mut here, &message, connection == 0)
                }
                Ok(message) if message.is_ping() || message.is_close() => {}
                Ok(message) => panic!("{message:?}"),
                Err(_) => break,
            }
        }
        seen.growth = seen.growth.max(memory.growth());
        break_off(peer, connection);
    }
    seen
}

/// Ends a connection, in turn in each possible way.
fn break_off(mut peer: WebSocket<TcpStream>, connection: usize) {
    match connection % 4 {
        0 => SockRef::from(peer.get_ref())
            .set_linger(Some(Duration::ZERO))
            .unwrap(),
        1 => drop(peer.close(None)),
        2 => drop(peer.get_mut().write_all(&[0x82, 100, 1, 2, 3])),
        _ => {}
    }
}

/// The memory of this process when it began.
struct Memory(usize);

impl Memory {
    fn now() -> Self {
        Memory(resident())
    }

    fn growth(&self) -> usize {
        resident().saturating_sub(self.0)
    }
}

#[cfg(target_os = "linux")]
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<usize>()
        .unwrap()
        << 10
}

/// Only Linux shows this.
#[cfg(not(target_os = "linux"))]
fn resident() -> usize {
    0
}
