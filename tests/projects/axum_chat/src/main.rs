//! A chat, as in axum's examples: a first message is a name, each further one is heard by all.

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::broadcast;

struct Room {
    names: Mutex<HashSet<String>>,
    lines: broadcast::Sender<String>,
}

#[tokio::main]
async fn main() {
    let listener = TcpListener::bind("127.0.0.1:3000")
        .await
        .expect("a free port");
    axum::serve(listener, chat()).await.expect("a server");
}

fn chat() -> Router {
    let (lines, _) = broadcast::channel(1024);
    let names = Mutex::default();
    Router::new()
        .route("/ws", any(join))
        .with_state(Arc::new(Room { names, lines }))
}

async fn join(upgrade: WebSocketUpgrade, State(room): State<Arc<Room>>) -> Response {
    upgrade.on_upgrade(|socket| visit(socket, room))
}

async fn visit(socket: WebSocket, room: Arc<Room>) {
    let (mut sink, mut stream) = socket.split();
    let Some(name) = introduce(&mut sink, &mut stream, &room).await else {
        return;
    };
    let lines = room.lines.subscribe();
    room.say(format!("{name} is here"));

    let mut hearing = tokio::spawn(hear(sink, lines));
    let mut speaking = tokio::spawn(speak(stream, name.clone(), room.clone()));
    tokio::select! {
        _ = &mut hearing => speaking.abort(),
        _ = &mut speaking => hearing.abort(),
    }
    room.say(format!("{name} has left"));
    room.names.lock().unwrap().remove(&name);
}

/// Asks for a name until it gets one that is free.
async fn introduce(
    sink: &mut SplitSink<WebSocket, Message>,
    stream: &mut SplitStream<WebSocket>,
    room: &Room,
) -> Option<String> {
    while let Some(Ok(message)) = stream.next().await {
        if let Message::Text(name) = message {
            let name = name.to_string();
            if room.names.lock().unwrap().insert(name.clone()) {
                return Some(name);
            }
            sink.send(Message::Text("this name is taken".into()))
                .await
                .ok()?;
        }
    }
    None
}

async fn hear(
    mut sink: SplitSink<WebSocket, Message>,
    mut lines: broadcast::Receiver<String>,
) -> Result<(), axum::Error> {
    while let Ok(line) = lines.recv().await {
        sink.send(Message::Text(line.into())).await?;
    }
    sink.close().await
}

async fn speak(mut stream: SplitStream<WebSocket>, name: String, room: Arc<Room>) {
    while let Some(Ok(Message::Text(line))) = stream.next().await {
        room.say(format!("{name}: {line}"));
    }
}

impl Room {
    fn say(&self, line: String) {
        // Without a visitor there is no receiver.
        let _ = self.lines.send(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;
    use tokio_tungstenite::tungstenite::Message;
    use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

    type Visitor = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

    const LINES: usize = 50;

    async fn visitor(chat: SocketAddr, name: &str) -> Visitor {
        let (mut visitor, _) = connect_async(format!("ws://{chat}/ws"))
            .await
            .expect("a chat");
        visitor
            .send(Message::text(name))
            .await
            .expect("the chat is there");
        visitor
    }

    async fn hears(visitor: &mut Visitor) -> String {
        let message = visitor.next().await.expect("a line").expect("no error");
        message.into_text().expect("text").to_string()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn each_visitor_hears_every_line() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = tokio::spawn(axum::serve(listener, chat()).into_future());

        let mut visitors = Vec::new();
        for name in ["ann", "ben", "cleo"] {
            let mut visitor = visitor(address, name).await;
            while hears(&mut visitor).await != format!("{name} is here") {}
            visitors.push(visitor);
        }
        let visits = visitors.into_iter().map(|mut visitor| {
            tokio::spawn(async move {
                for line in 0..LINES {
                    visitor
                        .send(Message::text(line.to_string()))
                        .await
                        .expect("the chat");
                }
                let mut heard = 0;
                while heard < 3 * LINES {
                    heard += usize::from(hears(&mut visitor).await.contains(": "));
                }
                visitor
            })
        });
        for visit in visits.collect::<Vec<_>>() {
            let mut visitor = visit.await.expect("the visitor has heard all");
            visitor.close(None).await.expect("the chat is there");
        }
        server.abort();
    }

    #[tokio::test]
    async fn a_name_is_given_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = tokio::spawn(axum::serve(listener, chat()).into_future());

        let mut first = visitor(address, "ann").await;
        assert_eq!(hears(&mut first).await, "ann is here");
        let mut second = visitor(address, "ann").await;
        assert_eq!(hears(&mut second).await, "this name is taken");
        server.abort();
    }
}
