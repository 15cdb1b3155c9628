//! Every kind of runtime: one thread, several, or a `LocalSet` with a stream that is not `Send`.

use crate::one_to_one;
use crate::polled::Polled;
use crate::scripted::Scripted;
use crate::steps::{BINARY, CLOSE, FINAL, PING, TEXT, from_client};
use futures_util::sink::SinkExt;
use futures_util::stream::StreamExt;
use redhanded::raw::tungstenite::Message;
use redhanded::raw::tungstenite::protocol::Role;
use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

/// The time after which a test that hangs fails. No test waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// More than a socket takes at once, so that sends are pending in between.
const BIG: usize = 8 << 20;

fn runtimes() -> [(&'static str, Runtime); 2] {
    [
        (
            "one thread",
            Builder::new_current_thread().enable_all().build().unwrap(),
        ),
        (
            "two threads",
            Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap(),
        ),
    ]
}

#[test]
fn two_tasks_talk_over_a_socket_on_every_runtime() {
    for (name, runtime) in runtimes() {
        let seen = one_to_one!(lib, log => {
            let talk = async {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
                let address = listener.local_addr().unwrap();
                let server = tokio::spawn(async move {
                    let socket = lib::accept_async(listener.accept().await.unwrap().0).await.unwrap();
                    let (sink, stream) = socket.split();
                    stream.take_while(|message| std::future::ready(!matches!(message, Ok(Message::Close(_))))).forward(sink).await
                });
                let socket = TcpStream::connect(address).await.unwrap();
                let (socket, response) = lib::client_async(format!("ws://{address}/"), socket).await.unwrap();
                log.note("status", response.status());
                let (mut sink, mut stream) = socket.split();
                // One task reads while another writes: the big message goes both ways at once.
                let sending = tokio::spawn(async move {
                    for round in 0..100 {
                        sink.feed(Message::text(format!("round {round}"))).await.unwrap();
                    }
                    sink.send(Message::binary(vec![7; BIG])).await.unwrap();
                    sink
                });
                for _ in 0..100 {
                    log.note("next", stream.next().await);
                }
                log.note("big", stream.next().await.unwrap().unwrap() == Message::binary(vec![7; BIG]));
                log.note("close", sending.await.unwrap().close().await);
                while let Some(message) = stream.next().await {
                    log.note("behind", message);
                }
                log.note("served", server.await.unwrap());
            };
            runtime.block_on(async { tokio::time::timeout(PATIENCE, talk).await.expect("it takes for ever") })
        });
        assert!(seen.contains(&"big = true".to_owned()), "{name}: {seen:#?}");
        assert_eq!(seen.last().unwrap(), "served = Ok(())", "{name}");
    }
}

#[test]
fn both_halves_of_a_stream_that_cannot_be_sent_go_to_tasks_of_a_local_set() {
    let blocked = ErrorKind::WouldBlock;
    let seen = one_to_one!(lib, log => {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let local = LocalSet::new();
        local.block_on(&runtime, async {
            let script = [(TEXT, &b"one"[..]), (PING, b"ping"), (BINARY, b"two"), (CLOSE, b"")];
            let script = script.into_iter().fold(Scripted::new(&log), |script, (opcode, payload)| {
                script.fails_to_read(blocked).gives(from_client(FINAL | opcode, payload))
            });
            let script = script.ends().takes(3).fails_to_write(blocked).takes(1).fails_to_flush(blocked);
            let stream = Polled::waking(&log, script);
            let (mut sink, mut stream) = lib::WebSocketStream::from_raw_socket(stream, Role::Server, None).await.split();
            let (of_reader, of_writer) = (log.clone(), log.clone());
            let reader = tokio::task::spawn_local(async move {
                while let Some(message) = stream.next().await {
                    of_reader.note("next", message);
                }
            });
            let writer = tokio::task::spawn_local(async move {
                of_writer.note("send", sink.send(Message::text("sent by the half that sends")).await);
            });
            let ended = tokio::time::timeout(PATIENCE, async { (reader.await, writer.await) }).await;
            log.note("ended", ended);
            log.note_frames();
        })
    });
    for frame in ["frame = (129", "frame = (138", "frame = (136"] {
        assert!(
            seen.iter().any(|line| line.starts_with(frame)),
            "no {frame}: {seen:#?}"
        );
    }
}

#[test]
fn a_stream_is_made_in_one_runtime_and_used_in_another() {
    one_to_one!(lib, log => {
        let [(_, first), (_, second)] = runtimes();
        let (here, there) = tokio::io::duplex(64);
        let mut client = first.block_on(lib::WebSocketStream::from_raw_socket(here, Role::Client, None));
        let mut server = second.block_on(lib::WebSocketStream::from_raw_socket(there, Role::Server, None));
        let sending = second.spawn(async move { client.send(Message::binary(vec![7; 1000])).await.map(|()| client) });
        log.note("next", first.block_on(server.next()));
        log.note("sent", second.block_on(sending).unwrap().is_ok());
    });
}
