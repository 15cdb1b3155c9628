//! A client with reqwest-websocket, and a small echo server that it talks to.

use futures_util::{SinkExt, StreamExt};
use reqwest::Client;
use reqwest_websocket::{Bytes, CloseCode, Message, Upgrade};
use std::net::TcpListener;
use std::thread;

const MESSAGES: usize = 100;

fn serve(listener: TcpListener) -> usize {
    let (stream, _) = listener.accept().expect("a client");
    let mut socket = tungstenite::accept(stream).expect("a handshake");
    let mut echoes = 0;
    while let Ok(message) = socket.read() {
        if message.is_text() || message.is_binary() {
            socket.send(message).expect("the client is there");
            echoes += 1;
        }
    }
    echoes
}

#[tokio::main]
async fn main() -> Result<(), reqwest_websocket::Error> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let server = thread::spawn(move || serve(listener));

    let request = Client::new().get(format!("http://{address}/"));
    let mut socket = request.upgrade().send().await?.into_websocket().await?;
    for size in 0..MESSAGES {
        let bytes = Bytes::from(vec![7; 1000 * size]);
        socket.send(Message::Binary(bytes.clone())).await?;
        let echo = socket.next().await.expect("an echo")?;
        assert!(matches!(echo, Message::Binary(echo) if echo == bytes));
    }
    socket.close(CloseCode::Normal, None).await?;
    assert_eq!(server.join().expect("the server has ended"), MESSAGES);
    println!("{MESSAGES} echoes");
    Ok(())
}
