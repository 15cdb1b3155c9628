//! Thousands of connections and tens of thousands of tasks that keep the contract, and what it costs to watch them.
#![cfg(any(debug_assertions, feature = "detect-in-release"))]
#![allow(unsafe_code)] // A global allocator is an unsafe trait, and a limit is a system call.

use futures_util::{SinkExt, StreamExt};
use redhanded::raw::tokio_tungstenite as plain;
use redhanded::tokio_tungstenite::{WebSocketStream, tungstenite};
use redhanded::{Settings, Statistics, Stderr, Tap};
use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicIsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Mutex, mpsc};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tungstenite::Message;
use tungstenite::protocol::Role;

struct Counting;

/// How many bytes are allocated, by all threads.
static LIVE: AtomicIsize = AtomicIsize::new(0);

// SAFETY: every call goes to the system's allocator, and the count is in an atomic.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size() as isize, Relaxed);
        // SAFETY: the caller's guarantee holds for the system's allocator as well.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as isize, Relaxed);
        // SAFETY: the caller's guarantee holds for the system's allocator as well.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LIVE.fetch_add(size as isize - layout.size() as isize, Relaxed);
        // SAFETY: the caller's guarantee holds for the system's allocator as well.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The time after which a test that hangs fails. No test waits for it.
const PATIENCE: Duration = Duration::from_secs(120);

/// To be called first by every test: the weights must be taken before anything else is watched.
fn settle() -> [Weight; 3] {
    static WEIGHTS: OnceLock<[Weight; 3]> = OnceLock::new();
    *WEIGHTS.get_or_init(|| {
        redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off))
            .expect("nothing is watched yet");
        allow_descriptors();
        weigh()
    })
}

/// Two for each connection, and some more. Many systems allow 1024 at first, and more on request.
#[cfg(target_os = "linux")]
fn allow_descriptors() {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the pointer is to a value of the type that is asked for.
    assert_eq!(
        unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) },
        0
    );
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: the same.
    assert_eq!(
        unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) },
        0
    );
    assert!(
        limit.rlim_max as usize > 2 * CONNECTIONS + 100,
        "the system allows {} descriptors",
        limit.rlim_max
    );
}

#[cfg(not(target_os = "linux"))]
fn allow_descriptors() {}

/// Both ends of as many connections.
async fn connections(count: usize) -> Vec<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut pairs = Vec::with_capacity(count);
    for _ in 0..count {
        let client = TcpStream::connect(address).await.unwrap();
        pairs.push((listener.accept().await.unwrap().0, client));
    }
    pairs
}

const CONNECTIONS: usize = 2_000;
const TASKS: usize = 10;
const MESSAGES: usize = 3;

type Object = WebSocketStream<TcpStream>;

fn message(task: usize, number: usize) -> Message {
    Message::text(format!("{task} {number}"))
}

async fn send_in_turn(object: Arc<Mutex<Object>>, task: usize) {
    for number in 0..MESSAGES {
        object
            .lock()
            .await
            .send(message(task, number))
            .await
            .unwrap();
    }
}

async fn serve_in_turn(socket: TcpStream) {
    let object = Arc::new(Mutex::new(
        WebSocketStream::from_raw_socket(socket, Role::Server, None).await,
    ));
    let tasks: JoinSet<()> = (0..TASKS)
        .map(|task| send_in_turn(object.clone(), task))
        .collect();
    tasks.join_all().await;
    object.lock().await.close(None).await.unwrap();
}

async fn queue(messages: mpsc::Sender<Message>, task: usize) {
    for number in 0..MESSAGES {
        messages.send(message(task, number)).await.unwrap();
    }
}

async fn serve_by_queue(socket: TcpStream) {
    let mut object = WebSocketStream::from_raw_socket(socket, Role::Server, None).await;
    let (messages, mut queued) = mpsc::channel(4);
    let tasks: JoinSet<()> = (0..TASKS)
        .map(|task| queue(messages.clone(), task))
        .collect();
    drop(messages);
    while let Some(message) = queued.recv().await {
        object.send(message).await.unwrap();
    }
    tasks.join_all().await;
    object.close(None).await.unwrap();
}

/// Takes all messages, and checks that those of each task are in order.
async fn receive(socket: TcpStream) {
    let mut object = plain::WebSocketStream::from_raw_socket(socket, Role::Client, None).await;
    let mut next: HashMap<usize, usize> = HashMap::new();
    loop {
        let received = object.next().await.unwrap().unwrap();
        if received.is_close() {
            break;
        }
        let task = received
            .to_text()
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let number = next.entry(task).or_default();
        assert_eq!(received, message(task, *number));
        *number += 1;
    }
    assert_eq!(next, (0..TASKS).map(|task| (task, MESSAGES)).collect());
}

#[test]
fn twenty_thousand_tasks_on_two_thousand_connections_are_not_accused() {
    settle();
    let watch = redhanded::watch();
    let runtime = Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .unwrap();
    let everything = async {
        let mut ends: Vec<JoinHandle<()>> = Vec::new();
        for (index, (server, client)) in connections(CONNECTIONS).await.into_iter().enumerate() {
            ends.push(tokio::spawn(receive(client)));
            ends.push(match index % 2 {
                0 => tokio::spawn(serve_in_turn(server)),
                _ => tokio::spawn(serve_by_queue(server)),
            });
        }
        for end in ends {
            end.await.unwrap();
        }
    };
    runtime.block_on(async {
        timeout(PATIENCE, everything)
            .await
            .expect("it takes for ever")
    });
    watch.assert_clean();
    assert_eq!(redhanded::statistics(), Statistics::default());
}

/// How many bytes are allocated for each of the objects after each has sent something, and the objects.
///
/// The caller keeps the objects until all are weighed: the registry removes a closed wire only when new ones come.
fn weighs<T>(
    runtime: &Runtime,
    sockets: Vec<TcpStream>,
    object: impl AsyncFn(TcpStream) -> T,
) -> (isize, Vec<T>) {
    let count = sockets.len();
    runtime.block_on(async {
        let mut objects = Vec::with_capacity(count);
        let before = LIVE.load(Relaxed);
        for socket in sockets {
            objects.push(object(socket).await);
        }
        // The sockets had an allocation of their own.
        let bytes = LIVE.load(Relaxed) - before + (count * size_of::<TcpStream>()) as isize;
        (bytes / count as isize + size_of::<T>() as isize, objects)
    })
}

async fn plain_end(socket: TcpStream, role: Role) -> plain::WebSocketStream<TcpStream> {
    let mut object = plain::WebSocketStream::from_raw_socket(socket, role, None).await;
    object.send(Message::text("hello")).await.unwrap();
    object
}

async fn watched_end(socket: TcpStream, role: Role) -> Object {
    let mut object = WebSocketStream::from_raw_socket(socket, role, None).await;
    object.send(Message::text("hello")).await.unwrap();
    object
}

async fn untapped(mut socket: TcpStream) -> TcpStream {
    socket.write_all(b"\x81\x05hello").await.unwrap();
    socket
}

async fn tapped(socket: TcpStream) -> Tap<TcpStream> {
    let mut tap = Tap::new(socket);
    // Long enough for a tap to know without a handshake that it is a frame.
    let frame = [&[0x81, 126, 0, 200][..], &[7; 200]].concat();
    tap.write_all(&frame).await.unwrap();
    tap
}

/// A name, the bytes without watching, and the bytes with watching.
type Weight = (&'static str, isize, isize);

fn weigh() -> [Weight; 3] {
    const COUNT: usize = 500;
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let ends = |count| {
        runtime
            .block_on(connections(count))
            .into_iter()
            .unzip::<_, _, Vec<_>, Vec<_>>()
    };
    // The first object also makes what exists once in a process.
    let (one, _other) = ends(1);
    let _first = weighs(&runtime, one, async |socket| {
        watched_end(socket, Role::Server).await
    });
    let [server, client] = [
        ("a server's end", Role::Server),
        ("a client's end", Role::Client),
    ]
    .map(|(name, role)| {
        // The two kinds of objects are at the two ends of the same connections.
        let (one, other) = ends(COUNT);
        let plain = weighs(&runtime, one, async |socket| plain_end(socket, role).await);
        let watched = weighs(&runtime, other, async |socket| {
            watched_end(socket, role).await
        });
        (name, plain, watched)
    });
    let (one, other) = ends(COUNT);
    let (plain, tapped) = (
        weighs(&runtime, one, untapped),
        weighs(&runtime, other, tapped),
    );
    [
        (server.0, server.1.0, server.2.0),
        (client.0, client.1.0, client.2.0),
        ("a tap", plain.0, tapped.0),
    ]
}

#[test]
fn watching_takes_little_more_than_a_kibibyte_for_each_end_of_a_connection() {
    for (name, plain, watched) in settle() {
        let more = watched - plain;
        println!("{name}: {plain} B by itself, {watched} B watched: {more} B more");
        assert!(
            (1..=1_664).contains(&more),
            "{name}: {plain} B by itself, {watched} B watched"
        );
    }
}
