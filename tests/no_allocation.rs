//! An uncontested send allocates nothing that the library would not allocate by itself. This holds for a blocking send, a
//! polled one, and one through a tap. A lock without waiters allocates nothing at all.
#![allow(unsafe_code)] // A global allocator is an unsafe trait.

use futures_util::FutureExt;
use futures_util::sink::SinkExt;
use futures_util::stream::StreamExt;
use redhanded::tungstenite::protocol::Role;
use redhanded::{Settings, Stderr, raw, tungstenite, watched};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::{self, IoSlice, Read, Write};
use std::pin::Pin;
use std::sync::Once;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

struct Counting;

thread_local! {
    // Counted for each thread, because the collector may allocate at any time.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator, and the count is in a cell that needs no allocation.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's guarantee holds for the system's allocator as well.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's guarantee holds for the system's allocator as well.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's guarantee holds for the system's allocator as well.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A stream that takes everything, and gives a ping to every read.
struct Pinging;

impl Read for Pinging {
    fn read(&mut self, mut buffer: &mut [u8]) -> io::Result<usize> {
        buffer.write(&[0x89, 2, 1, 2])
    }
}

impl Write for Pinging {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsyncRead for Pinging {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        buffer.put_slice(&[0x89, 2, 1, 2]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pinging {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// No page on a public port, and no output. To be called before a test makes its first WebSocket.
fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off)).unwrap()
    });
}

fn allocations(body: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.with(Cell::get);
    body();
    ALLOCATIONS.with(Cell::get) - before
}

macro_rules! allocations_of_a_thousand {
    ($websocket:ty) => {{
        let mut websocket = <$websocket>::from_raw_socket(Pinging, Role::Client, None);
        let message = raw::tungstenite::Message::binary(vec![7; 64]);
        let mut work = |count| {
            for _ in 0..count {
                websocket
                    .send(message.clone())
                    .expect("the stream takes it");
                websocket
                    .write(message.clone())
                    .expect("the stream takes it");
                websocket.flush().expect("the stream takes it");
                websocket.read().expect("a ping");
            }
        };
        // Buffers grow, and the thread gets its number.
        work(10);
        allocations(|| work(1000))
    }};
}

macro_rules! allocations_of_a_thousand_async {
    ($library:ident) => {{
        let made = $library::tokio_tungstenite::WebSocketStream::from_raw_socket(
            Pinging,
            Role::Client,
            None,
        );
        let mut websocket = made.now_or_never().expect("the first poll makes it");
        let message = raw::tungstenite::Message::binary(vec![7; 64]);
        let mut work = |count| {
            for _ in 0..count {
                websocket
                    .send(message.clone())
                    .now_or_never()
                    .expect("is ready")
                    .expect("the stream takes it");
                websocket
                    .feed(message.clone())
                    .now_or_never()
                    .expect("is ready")
                    .expect("the stream takes it");
                SinkExt::flush(&mut websocket)
                    .now_or_never()
                    .expect("is ready")
                    .expect("the stream takes it");
                websocket
                    .next()
                    .now_or_never()
                    .expect("is ready")
                    .expect("no end")
                    .expect("a ping");
            }
        };
        work(10);
        allocations(|| work(1000))
    }};
}

#[test]
fn uncontested_operations_allocate_what_the_library_allocates() {
    quiet();
    let plain = allocations_of_a_thousand!(raw::tungstenite::WebSocket<Pinging>);
    let watched = allocations_of_a_thousand!(tungstenite::WebSocket<Pinging>);
    assert_eq!(watched, plain);
    assert_ne!(
        allocations(|| drop(std::hint::black_box(Box::new(1)))),
        0,
        "the count counts"
    );
}

#[test]
fn uncontested_polls_allocate_what_the_library_allocates() {
    quiet();
    let plain = allocations_of_a_thousand_async!(raw);
    let watched = allocations_of_a_thousand_async!(watched);
    assert_eq!(watched, plain);
}

#[test]
fn uncontested_whole_frames_through_a_tap_allocate_nothing() {
    quiet();
    let mut tap = watched::Tap::new(Pinging);
    let mut work = |count| {
        for _ in 0..count {
            AsyncWriteExt::write_all(&mut tap, &[0x82, 3, 1, 2, 3])
                .now_or_never()
                .expect("is ready")
                .expect("the stream takes it");
            // Two frames in one call.
            Write::write_all(&mut tap, &[0x82, 1, 1, 0x89, 0]).expect("the stream takes it");
            let pieces = [IoSlice::new(&[0x81, 0]), IoSlice::new(&[0x82, 0])];
            assert_eq!(
                Write::write_vectored(&mut tap, &pieces).expect("the stream takes it"),
                2
            );
            Write::flush(&mut tap).expect("the stream flushes");
        }
    };
    // The tap begins to watch, and the thread gets its number.
    work(10);
    assert_eq!(allocations(|| work(1000)), 0);
}

#[test]
fn locks_without_waiters_allocate_nothing() {
    quiet();
    let (mutex, exclusive) = (
        watched::sync::Mutex::new(0),
        watched::sync::Exclusive::new(0),
    );
    let tokio = watched::sync::tokio::Mutex::new(0);
    let work = |count| {
        for _ in 0..count {
            *mutex.lock().expect("not poisoned") += 1;
            *mutex.try_lock().expect("free") += 1;
            *exclusive.enter().expect("no other is inside") += 1;
            *tokio.lock().now_or_never().expect("free") += 1;
        }
    };
    // Each lock gets its record, and the thread its number.
    work(1);
    assert_eq!(allocations(|| work(1000)), 0);
}
