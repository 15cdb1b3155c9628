//! An echo server and its clients on smol.

use async_tungstenite::tungstenite::Message;
use async_tungstenite::{accept_async, smol::connect_async};
use futures_util::StreamExt;
use smol::net::{TcpListener, TcpStream};
use std::net::SocketAddr;

const CLIENTS: usize = 3;
const MESSAGES: usize = 100;

fn main() {
    smol::block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let clients: Vec<_> = (0..CLIENTS).map(|_| smol::spawn(ask(address))).collect();
        let mut serving = Vec::new();
        for _ in 0..CLIENTS {
            let (stream, _) = listener.accept().await.expect("a client");
            serving.push(smol::spawn(echo(stream)));
        }
        for client in clients {
            client.await;
        }
        for server in serving {
            assert_eq!(server.await, MESSAGES);
        }
    });
    println!("{} echoes", CLIENTS * MESSAGES);
}

async fn echo(stream: TcpStream) -> usize {
    let socket = accept_async(stream).await.expect("a handshake");
    let (mut sink, mut stream) = socket.split();
    let mut echoes = 0;
    while let Some(Ok(message)) = stream.next().await {
        if message.is_text() || message.is_binary() {
            sink.send(message).await.expect("the client is there");
            echoes += 1;
        }
    }
    echoes
}

async fn ask(server: SocketAddr) {
    let (mut socket, _) = connect_async(format!("ws://{server}/"))
        .await
        .expect("a server");
    for size in 0..MESSAGES {
        let message = Message::binary(vec![7; 1000 * size]);
        socket
            .send(message.clone())
            .await
            .expect("the server is there");
        let echo = socket.next().await.expect("an echo").expect("no error");
        assert_eq!(echo, message);
    }
    socket.close(None).await.expect("the server is there");
    while let Some(Ok(_)) = socket.next().await {}
}
