//! A send that meets nobody allocates nothing that the library would not allocate by itself.
#![allow(unsafe_code)] // A global allocator is an unsafe trait.

use redhanded::tungstenite::protocol::Role;
use redhanded::{Settings, Stderr, raw, tungstenite};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::{self, Read, Write};

struct Counting;

thread_local! {
    // This thread's own: the collector allocates when it likes.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: hands everything on to the system's allocator, and counts in a cell that needs no allocation.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Takes everything, and sends a ping whenever it is read.
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
                websocket.send(message.clone()).expect("the stream takes it");
                websocket.write(message.clone()).expect("the stream takes it");
                websocket.flush().expect("the stream takes it");
                websocket.read().expect("a ping");
            }
        };
        // Buffers grow, and the thread gets its number.
        work(10);
        allocations(|| work(1000))
    }};
}

#[test]
fn operations_that_meet_nobody_allocate_what_the_library_allocates() {
    redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off)).expect("nothing is watched yet");
    let plain = allocations_of_a_thousand!(raw::tungstenite::WebSocket<Pinging>);
    let watched = allocations_of_a_thousand!(tungstenite::WebSocket<Pinging>);
    assert_eq!(watched, plain);
    assert_ne!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 0, "the count counts");
}
