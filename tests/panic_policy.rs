//! Under the policy `panic`, a writer beside one that never gets to write is left alone.

use redhanded::tungstenite::protocol::{Role, WebSocket, WebSocketConfig};
use redhanded::tungstenite::{Error, Message};
use redhanded::{Policy, Settings, Stderr};
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

#[test]
fn the_only_real_writer_never_panics() {
    let settings = Settings::default()
        .bind(None)
        .stderr(Stderr::Off)
        .policy(Policy::Panic);
    redhanded::configure(settings).expect("nothing is watched yet");
    // The other writer may panic again and again. The hook keeps that out of the output.
    std::panic::set_hook(Box::new(|_| {}));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let near = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    let (mut peer, _) = listener.accept().expect("just connected");
    thread::spawn(move || while peer.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {});

    let done = Arc::new(AtomicBool::new(false));
    let full = {
        let (socket, done) = (near.try_clone().expect("a descriptor"), done.clone());
        let config = WebSocketConfig::default()
            .write_buffer_size(10)
            .max_write_buffer_size(1000);
        thread::spawn(move || {
            let mut websocket = WebSocket::from_raw_socket(socket, Role::Server, Some(config));
            while !done.load(Relaxed) {
                let sent = catch_unwind(AssertUnwindSafe(|| {
                    websocket.send(Message::binary(vec![0; 5000]))
                }));
                assert!(
                    !matches!(sent, Ok(Ok(()) | Err(Error::Io(_)))),
                    "its buffer is too small for anything"
                );
            }
        })
    };
    let mut websocket = WebSocket::from_raw_socket(near, Role::Server, None);
    let panics = (0..20_000)
        .filter(|_| {
            catch_unwind(AssertUnwindSafe(|| {
                websocket.send(Message::text("x")).expect("sent")
            }))
            .is_err()
        })
        .count();
    done.store(true, Relaxed);
    full.join().expect("it keeps its panics to itself");
    assert_eq!(panics, 0);
}
