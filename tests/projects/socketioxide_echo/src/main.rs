//! An echo server with Socket.IO, on hyper.

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use socketioxide::SocketIo;
use socketioxide::extract::{Data, SocketRef};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() {
    let listener = TcpListener::bind("127.0.0.1:3000")
        .await
        .expect("a free port");
    serve(listener).await;
}

async fn serve(listener: TcpListener) {
    let (service, io) = SocketIo::new_svc();
    io.ns("/", async |socket: SocketRef| socket.on("say", echo));
    while let Ok((stream, _)) = listener.accept().await {
        let connection = http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service.clone())
            .with_upgrades();
        tokio::spawn(connection);
    }
}

async fn echo(socket: SocketRef, Data(word): Data<String>) {
    // A client that has gone hears nothing.
    let _ = socket.emit("echo", &word);
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{SinkExt, StreamExt};
    use tokio_tungstenite::tungstenite::Message;
    use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

    const WORDS: usize = 100;

    type Client = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

    /// Packets of Engine.IO begin with a digit: 0 is "open", 2 is a ping, 4 is a message. A message of Socket.IO begins
    /// with another: 0 is "connect", 2 is an event.
    async fn hears(client: &mut Client) -> String {
        loop {
            let packet = client.next().await.expect("a packet").expect("no error");
            let packet = packet.into_text().expect("text").to_string();
            if packet != "2" {
                return packet;
            }
            client
                .send(Message::text("3"))
                .await
                .expect("the server is there");
        }
    }

    #[tokio::test]
    async fn what_a_client_says_comes_back() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = tokio::spawn(serve(listener));

        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
        let (mut client, _) = connect_async(url).await.expect("a server");
        assert!(hears(&mut client).await.starts_with("0{"));
        client
            .send(Message::text("40"))
            .await
            .expect("the server is there");
        assert!(hears(&mut client).await.starts_with("40{"));
        for word in 0..WORDS {
            let event = format!(r#"42["say","{word}"]"#);
            client
                .send(Message::text(event))
                .await
                .expect("the server is there");
            assert_eq!(hears(&mut client).await, format!(r#"42["echo","{word}"]"#));
        }
        client.close(None).await.expect("the server is there");
        while let Some(Ok(_)) = client.next().await {}
        server.abort();
    }
}
