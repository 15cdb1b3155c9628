//! What watching costs in async programs: raw and watched, as ratios in one binary.
//!
//! ```text
//! cargo bench --bench cost_async
//! ```
//!
//! The runtime has one thread, so that the libraries are compared and not the scheduler.

mod compare;
mod null;

use compare::{Sender, compare};
use futures_util::SinkExt;
use null::Null;
use raw::tokio_tungstenite::tungstenite::Message;
use redhanded::{raw, watched};
use std::io::Read;
use std::net::TcpListener;
use std::rc::Rc;
use std::thread;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

/// How many messages one call sends, so that entering the runtime does not count.
const BATCH: usize = 64;

/// A server that sends one message to all clients: no masking and no copy of the payload, so the cheapest send there is.
macro_rules! sender {
    ($half:ident, $runtime:expr, $stream:expr, $size:expr) => {{
        use $half::tokio_tungstenite::{WebSocketStream, tungstenite::protocol::Role};
        let runtime: Rc<Runtime> = $runtime.clone();
        let mut websocket = runtime.block_on(WebSocketStream::from_raw_socket(
            $stream,
            Role::Server,
            None,
        ));
        let message = Message::binary(vec![7; $size]);
        Box::new(move || {
            runtime.block_on(async {
                for _ in 0..BATCH {
                    websocket
                        .send(message.clone())
                        .await
                        .expect("the stream takes it");
                }
            });
        }) as Sender
    }};
}

fn main() {
    for size in [64, 64 << 10] {
        let calls = 8 / (1 + size / (16 << 10)) + 1;
        compare(
            &format!("watched / raw, {size} B over loopback TCP"),
            calls,
            || {
                let runtime = runtime();
                let streams = [drained(&runtime), drained(&runtime)];
                let [one, other] = streams;
                [
                    sender!(raw, runtime, one, size),
                    sender!(watched, runtime, other, size),
                ]
            },
        );
    }
    compare("watched / raw, 64 B into a null stream", 100, || {
        let runtime = runtime();
        [
            sender!(raw, runtime, Null, 64),
            sender!(watched, runtime, Null, 64),
        ]
    });
    compare(
        "tapped / raw bytes, a frame of 64 B over loopback TCP",
        9,
        || {
            let runtime = runtime();
            let (one, other) = (drained(&runtime), drained(&runtime));
            [
                writer(&runtime, one),
                writer(&runtime, watched::Tap::new(other)),
            ]
        },
    );
}

/// A library that writes whole frames by itself.
fn writer<S: AsyncWrite + Unpin + 'static>(runtime: &Rc<Runtime>, mut stream: S) -> Sender {
    let runtime = runtime.clone();
    let frame = [&[0x82, 64][..], &[7; 64]].concat();
    // Where no handshake has gone by, frames that are all short leave it open whether they are frames.
    let long = [&[0x82, 126, 1, 0][..], &[7; 256]].concat();
    let first = runtime.block_on(stream.write_all(&long));
    first.expect("the stream takes it");
    Box::new(move || {
        runtime.block_on(async {
            for _ in 0..BATCH {
                stream.write_all(&frame).await.expect("the stream takes it");
            }
        });
    })
}

fn runtime() -> Rc<Runtime> {
    Rc::new(
        Builder::new_current_thread()
            .enable_io()
            .build()
            .expect("a runtime"),
    )
}

/// A connection whose far end reads everything.
fn drained(runtime: &Runtime) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let near =
        std::net::TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    near.set_nodelay(true).expect("a TCP socket");
    near.set_nonblocking(true).expect("a TCP socket");
    let (mut far, _) = listener.accept().expect("just connected");
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 20];
        while far.read(&mut buffer).is_ok_and(|count| count > 0) {}
    });
    let _entered = runtime.enter();
    TcpStream::from_std(near).expect("a socket that does not block")
}
