//! An echo server with warp.

use futures_util::{SinkExt, StreamExt};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::{Reply, Response};
use warp::ws::{WebSocket, Ws};

#[tokio::main]
async fn main() {
    warp::serve(routes()).run(([127, 0, 0, 1], 3030)).await;
}

fn routes() -> BoxedFilter<(Response,)> {
    warp::path("echo")
        .and(warp::ws())
        .map(|upgrade: Ws| upgrade.on_upgrade(echo).into_response())
        .boxed()
}

async fn echo(socket: WebSocket) {
    let (mut sink, mut stream) = socket.split();
    while let Some(Ok(message)) = stream.next().await {
        if (message.is_text() || message.is_binary()) && sink.send(message).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;
    use tokio_tungstenite::connect_async;
    use tokio_tungstenite::tungstenite::{Bytes, Message};

    #[tokio::test]
    async fn a_client_hears_itself_and_its_pings_are_answered() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = tokio::spawn(warp::serve(routes()).incoming(listener).run());

        let url = format!("ws://{address}/echo");
        let (mut client, _) = connect_async(url).await.expect("a server");
        for size in [0, 100, 70_000, 4 << 20] {
            let ping = Bytes::from(size.to_string());
            client
                .send(Message::Ping(ping.clone()))
                .await
                .expect("the server is there");
            let answer = client.next().await.expect("an answer").expect("no error");
            assert_eq!(answer, Message::Pong(ping));

            let message = Message::binary(vec![7; size]);
            let (mut sink, mut stream) = (&mut client).split();
            let (sent, echo) = tokio::join!(sink.send(message.clone()), stream.next());
            sent.expect("the server is there");
            assert_eq!(echo.expect("an echo").expect("no error"), message);
        }
        client.close(None).await.expect("the server is there");
        while let Some(Ok(_)) = client.next().await {}
        server.abort();
    }
}
