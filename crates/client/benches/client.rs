//! What the client costs: its throughput compared with handmade writer threads, and the time until a message is with the
//! peer.
//!
//! ```text
//! cargo bench -p redhanded-client
//! cargo bench -p redhanded-client -- latency
//! ```
//!
//! On a shared machine, only ratios are meaningful. So all ways are timed in turn, for many rounds. The median of the rounds'
//! ratios is printed, with their middle half.

#[allow(dead_code)] // The others compare calls, not threads.
#[path = "../../../benches/compare/mod.rs"]
mod compare;

use compare::{print, quartiles};
use redhanded::raw::tungstenite::protocol::Role;
use redhanded::raw::tungstenite::{self, Bytes, Message, WebSocket};
use redhanded_client::{Client, Delivery, Sender, Transport, split};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const SIZE: usize = 64;
const MESSAGES: usize = 200_000;
const ROUNDS: usize = 31;

/// As many as the client's queue takes.
const CHANNEL: usize = 65_536;

fn main() {
    if !std::env::args().any(|argument| argument == "latency") {
        throughput();
    }
    latency();
}

/// The name of a way, and how long a round takes, in seconds.
type Way = (&'static str, fn() -> f64);

fn throughput() {
    let ways: [Way; 4] = [
        (
            "a channel and a writer thread that flushes when the channel is empty",
            || by_hand(write_in_batches),
        ),
        (
            "a channel and a writer thread that sends each message",
            || by_hand(send_each),
        ),
        (
            "one thread that writes without a channel, flushed once",
            without_channel,
        ),
        ("the split's Sender, guaranteed", by_sender),
    ];
    let mut ratios = vec![Vec::new(); ways.len()];
    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        let client = by_client();
        rates.push(MESSAGES as f64 / client);
        for ((_, way), ratios) in ways.iter().zip(&mut ratios) {
            ratios.push(way() / client);
        }
    }
    let [_, rate, _] = quartiles(&mut rates);
    println!("{SIZE} B over loopback, guaranteed, by one sender: {rate:.0} messages a second");
    for ((name, _), ratios) in ways.iter().zip(&mut ratios) {
        print(&format!("throughput of the client / {name}"), ratios);
    }
}

fn payload() -> Message {
    Message::Binary(Bytes::from_static(&[7; SIZE]))
}

/// A peer that reports when it has read all messages of a round.
struct Peer {
    url: String,
    address: std::net::SocketAddr,
    reading: JoinHandle<()>,
    has_all: Receiver<()>,
}

impl Peer {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (tell, has_all) = sync_channel(1);
        let reading = thread::spawn(move || {
            let mut peer = tungstenite::accept(listener.accept().expect("it connects").0)
                .expect("it speaks WebSocket");
            let mut count = 0;
            while let Ok(message) = peer.read() {
                count += usize::from(message.is_binary());
                if count == MESSAGES {
                    count = 0;
                    tell.send(()).expect("the bench waits");
                }
            }
        });
        Peer {
            url: format!("ws://{address}/"),
            address,
            reading,
            has_all,
        }
    }

    fn connect(&self) -> WebSocket<TcpStream> {
        let socket = TcpStream::connect(self.address).expect("it listens");
        socket.set_nodelay(true).expect("a TCP socket");
        tungstenite::client(&self.url, socket)
            .expect("it speaks WebSocket")
            .0
    }

    /// The time from the first send until the peer has all messages.
    fn time(&self, send: impl FnOnce()) -> f64 {
        let start = Instant::now();
        send();
        self.has_all.recv().expect("it reads");
        start.elapsed().as_secs_f64()
    }

    fn end(self) {
        self.reading.join().expect("it does not panic");
    }
}

fn by_client() -> f64 {
    let peer = Peer::new();
    let client = Client::builder(&peer.url).start().expect("a thread");
    client.recv().expect("it connects");
    let time = peer.time(|| {
        (0..MESSAGES).for_each(|_| {
            drop(
                client
                    .send(payload(), Delivery::Guaranteed)
                    .expect("there is room in time"),
            )
        })
    });
    client
        .close(Duration::from_secs(5))
        .expect("this is the only call");
    peer.end();
    time
}

fn by_sender() -> f64 {
    let peer = Peer::new();
    let (sender, receiver) = split(connect_watched(&peer)).expect("a thread");
    let time = peer.time(|| send_all(&sender));
    receiver
        .close(Duration::from_secs(5))
        .expect("this is the only call");
    peer.end();
    time
}

fn connect_watched(peer: &Peer) -> redhanded::tungstenite::WebSocket<TcpStream> {
    let socket = TcpStream::connect(peer.address).expect("it listens");
    socket.set_nodelay(true).expect("a TCP socket");
    redhanded::tungstenite::client(&peer.url, socket)
        .expect("it speaks WebSocket")
        .0
}

fn send_all(sender: &Sender) {
    (0..MESSAGES).for_each(|_| {
        drop(
            sender
                .send(payload(), Delivery::Guaranteed)
                .expect("there is room in time"),
        )
    });
}

type Writer = fn(WebSocket<TcpStream>, Receiver<Message>);

fn by_hand(write: Writer) -> f64 {
    let peer = Peer::new();
    let websocket = peer.connect();
    let (sender, messages): (SyncSender<Message>, _) = sync_channel(CHANNEL);
    let writer = thread::spawn(move || write(websocket, messages));
    let time = peer.time(|| {
        (0..MESSAGES).for_each(|_| sender.send(payload()).expect("the writer takes them"))
    });
    drop(sender);
    writer.join().expect("it does not panic");
    peer.end();
    time
}

fn write_in_batches(mut websocket: WebSocket<TcpStream>, messages: Receiver<Message>) {
    while let Ok(message) = messages.recv() {
        websocket.write(message).expect("the peer reads");
        while let Ok(message) = messages.try_recv() {
            websocket.write(message).expect("the peer reads");
        }
        websocket.flush().expect("the peer reads");
    }
}

fn send_each(mut websocket: WebSocket<TcpStream>, messages: Receiver<Message>) {
    messages
        .into_iter()
        .for_each(|message| websocket.send(message).expect("the peer reads"));
}

fn without_channel() -> f64 {
    let peer = Peer::new();
    let mut websocket = peer.connect();
    let time = peer.time(|| {
        (0..MESSAGES).for_each(|_| websocket.write(payload()).expect("the peer reads"));
        websocket.flush().expect("the peer reads");
    });
    drop(websocket);
    peer.end();
    time
}

/// How many messages of each kind are timed.
const SENDS: usize = 2_000;

/// The pause before each message, after which every thread is asleep.
const IDLE: Duration = Duration::from_micros(500);

/// Three times from the call of `send` on an idle connection: until the system is given the message, until it has taken it,
/// and until the peer's blocking `read` has it. Over loopback, a message that is taken is in the peer's buffer.
///
/// The sender is that of a split connection, because its stream can be one that reads the clock. The thread is the same as
/// a client's.
fn latency() {
    let (stream, bare_stamps, bare_arrivals) = timed_peer();
    let mut bare = WebSocket::from_raw_socket(stream, Role::Client, None);
    let (stream, stamps, arrivals) = timed_peer();
    let (client, _receiver) = split(redhanded::tungstenite::WebSocket::from_raw_socket(
        stream,
        Role::Client,
        None,
    ))
    .expect("a thread");
    let [mut by_bare, mut by_client] = [Timings::default(), Timings::default()];
    let mut calls = Vec::with_capacity(SENDS);
    for _ in 0..SENDS {
        thread::sleep(IDLE);
        let start = Instant::now();
        bare.send(payload()).expect("the peer reads");
        by_bare.add(
            start,
            bare_arrivals.recv().expect("it arrives"),
            &bare_stamps,
        );
        thread::sleep(IDLE);
        let start = Instant::now();
        client
            .send(payload(), Delivery::Droppable)
            .expect("it is open");
        calls.push(micros(start, Instant::now()));
        by_client.add(start, arrivals.recv().expect("it arrives"), &stamps);
    }
    tell(
        "given to the system",
        &mut by_bare.given,
        &mut by_client.given,
    );
    tell(
        "taken by the system",
        &mut by_bare.taken,
        &mut by_client.taken,
    );
    tell(
        "with the peer's application",
        &mut by_bare.arrived,
        &mut by_client.arrived,
    );
    let [low, median, high] = quartiles(&mut calls);
    println!("the call itself comes back after {median:.1} us ({low:.1} .. {high:.1})");
}

/// Microseconds from the call.
#[derive(Default)]
struct Timings {
    given: Vec<f64>,
    taken: Vec<f64>,
    arrived: Vec<f64>,
}

impl Timings {
    fn add(&mut self, start: Instant, arrival: Instant, stamps: &Mutex<[Instant; 2]>) {
        let [given, taken] = *stamps.lock().expect("no thread panics");
        self.given.push(micros(start, given));
        self.taken.push(micros(start, taken));
        self.arrived.push(micros(start, arrival));
    }
}

fn tell(what: &str, bare: &mut [f64], client: &mut [f64]) {
    let ([_, bare, _], [low, median, high]) = (quartiles(bare), quartiles(client));
    println!("idle, {what} after {median:.1} us ({low:.1} .. {high:.1}); bare {bare:.1} us");
}

fn micros(from: Instant, to: Instant) -> f64 {
    to.saturating_duration_since(from).as_secs_f64() * 1e6
}

/// A stream that notes when the system was last given bytes, and when it had taken them.
struct Stamped {
    socket: TcpStream,
    stamps: Arc<Mutex<[Instant; 2]>>,
}

impl Read for Stamped {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.read(buffer)
    }
}

impl Write for Stamped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut stamps = self.stamps.lock().expect("no thread panics");
        stamps[0] = Instant::now();
        let count = self.socket.write(bytes)?;
        stamps[1] = Instant::now();
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for Stamped {
    fn socket(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.socket.set_nonblocking(nonblocking)
    }
}

/// A stream to a peer that reports when each message was read.
fn timed_peer() -> (Stamped, Arc<Mutex<[Instant; 2]>>, Receiver<Instant>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let socket = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    socket.set_nodelay(true).expect("a TCP socket");
    let (tell, arrivals) = sync_channel(16);
    thread::spawn(move || {
        let (accepted, _) = listener.accept().expect("it connects");
        let mut peer = WebSocket::from_raw_socket(accepted, Role::Server, None);
        while let Ok(message) = peer.read() {
            if message.is_binary() && tell.send(Instant::now()).is_err() {
                return;
            }
        }
    });
    let stamps = Arc::new(Mutex::new([Instant::now(); 2]));
    (
        Stamped {
            socket,
            stamps: stamps.clone(),
        },
        stamps,
        arrivals,
    )
}
