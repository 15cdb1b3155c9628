//! Other libraries on tapped connections, at either end, used as they are meant to be: fragments, pings, and a close frame.

use crate::asynchronous::{on_many_threads, on_one_thread, ready};
use crate::common::{big_message, connection, start};
use crate::never_accused;
use axum::Router;
use axum::extract::ws::{self, WebSocketUpgrade};
use axum::routing::get;
use fastwebsockets::{
    FragmentCollector, Frame, OpCode, Payload, Role, WebSocket, WebSocketError, handshake, upgrade,
};
use futures_util::{SinkExt, StreamExt};
use http_body_util::Empty;
use hyper::Request;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use redhanded::raw::tungstenite::Message;
use redhanded::{Tap, raw, tokio_tungstenite};
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

fn frame(fin: bool, opcode: OpCode, payload: &'static [u8]) -> Frame<'static> {
    Frame::new(fin, opcode, None, Payload::Borrowed(payload))
}

/// Everything a library can send, with control frames between the fragments.
async fn send_all_kinds<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut WebSocket<S>) {
    let big = big_message().into_data();
    socket
        .write_frame(frame(false, OpCode::Text, b"one, "))
        .await
        .unwrap();
    socket
        .write_frame(frame(true, OpCode::Ping, b"there?"))
        .await
        .unwrap();
    socket
        .write_frame(frame(false, OpCode::Continuation, b"two, "))
        .await
        .unwrap();
    socket
        .write_frame(frame(true, OpCode::Continuation, b"three"))
        .await
        .unwrap();
    for vectored in [true, false] {
        socket.set_writev(vectored);
        socket
            .write_frame(Frame::binary(Payload::Owned(big.to_vec())))
            .await
            .unwrap();
    }
    socket.write_frame(Frame::close(1000, b"")).await.unwrap();
}

fn all_kinds() -> Vec<Message> {
    let ping = Message::Ping("there?".into());
    vec![
        ping,
        Message::text("one, two, three"),
        big_message(),
        big_message(),
    ]
}

fn alone() {
    let (socket, peer) = connection();
    let peer = start("peer", move || {
        peer.takes_messages(raw::tungstenite::protocol::Role::Client)
    });
    on_one_thread(async {
        let mut server = WebSocket::after_handshake(Tap::new(ready(&socket).await), Role::Server);
        send_all_kinds(&mut server).await;
    });
    let messages = peer.result();
    let (goodbye, others) = messages.split_last().unwrap();
    assert!(
        others == all_kinds() && goodbye.is_close(),
        "not what was sent"
    );
}

#[test]
fn fastwebsockets_on_a_tapped_connection_is_not_accused() {
    never_accused(alone);
}

/// Sends back what comes, and answers pings and the close frame by itself.
async fn echo(upgraded: upgrade::UpgradeFut) {
    let mut server = FragmentCollector::new(upgraded.await.unwrap());
    loop {
        let frame = server.read_frame().await.unwrap();
        match frame.opcode {
            OpCode::Close => return,
            OpCode::Text | OpCode::Binary => server.write_frame(frame).await.unwrap(),
            _ => {}
        }
    }
}

async fn serve(listener: TcpListener) {
    let (socket, _) = listener.accept().await.unwrap();
    let service = service_fn(async |mut request: Request<Incoming>| {
        let (response, upgraded) = upgrade::upgrade(&mut request)?;
        tokio::spawn(echo(upgraded));
        Ok::<_, WebSocketError>(response)
    });
    let server = hyper::server::conn::http1::Builder::new();
    server
        .serve_connection(TokioIo::new(Tap::new(socket)), service)
        .with_upgrades()
        .await
        .unwrap();
}

async fn come(address: SocketAddr) {
    let socket = Tap::new(TcpStream::connect(address).await.unwrap());
    let request = Request::get("http://here/")
        .header("Host", "here")
        .header("Connection", "Upgrade")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", handshake::generate_key())
        .body(Empty::<Bytes>::new())
        .unwrap();
    let (mut client, _) = handshake::client(&TokioExecutor::new(), request, socket)
        .await
        .unwrap();
    for number in 0..10 {
        let text = format!("number {number}");
        client
            .write_frame(frame(true, OpCode::Ping, b"there?"))
            .await
            .unwrap();
        client
            .write_frame(Frame::text(Payload::Owned(text.clone().into())))
            .await
            .unwrap();
        let pong = client.read_frame().await.unwrap();
        assert!(pong.opcode == OpCode::Pong && *pong.payload == *b"there?");
        let echo = client.read_frame().await.unwrap();
        assert!(echo.opcode == OpCode::Text && *echo.payload == *text.as_bytes());
    }
    client.write_frame(Frame::close(1000, b"")).await.unwrap();
    assert!(client.read_frame().await.unwrap().opcode == OpCode::Close);
}

fn below_hyper() {
    on_many_threads(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(serve(listener));
        come(address).await;
        server.await.unwrap();
    });
}

#[test]
fn an_upgraded_connection_of_hyper_with_taps_at_both_ends_is_not_accused() {
    never_accused(below_hyper);
}

/// Two halves: what comes goes through a channel to the task that sends.
async fn relay(socket: ws::WebSocket) {
    let (mut sink, mut stream) = socket.split();
    let (queue, mut queued) = tokio::sync::mpsc::channel(4);
    let sender = tokio::spawn(async move {
        while let Some(message) = queued.recv().await {
            sink.send(message).await.unwrap();
        }
        sink.close().await.unwrap();
    });
    while let Some(Ok(message)) = stream.next().await {
        match message {
            ws::Message::Close(_) => break,
            ws::Message::Text(_) | ws::Message::Binary(_) => queue.send(message).await.unwrap(),
            _ => {}
        }
    }
    drop(queue);
    sender.await.unwrap();
}

fn below_axum() {
    on_many_threads(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        let app = Router::new().route(
            "/",
            get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(relay)),
        );
        let server = tokio::spawn(axum::serve(Tap::new(listener), app).into_future());
        let (client, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        let (mut sink, mut stream) = client.split();
        let sent = [big_message(), Message::text("small"), big_message()];
        let messages = sent.clone();
        let sender = tokio::spawn(async move {
            for message in messages {
                sink.send(Message::Ping("there?".into())).await.unwrap();
                sink.send(message).await.unwrap();
            }
            sink
        });
        let mut received = Vec::new();
        while received.len() < sent.len() {
            let message = stream.next().await.unwrap().unwrap();
            if !message.is_pong() {
                received.push(message);
            }
        }
        assert!(received == sent, "not what was sent");
        let mut client = sender.await.unwrap().reunite(stream).unwrap();
        client.close(None).await.unwrap();
        while client.next().await.is_some() {}
        server.abort();
    });
}

#[test]
fn handlers_of_axum_on_tapped_connections_are_not_accused() {
    never_accused(below_axum);
}
