//! A chat with poem, and three visitors that talk and leave.

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use poem::listener::{Acceptor, TcpAcceptor};
use poem::web::Data;
use poem::web::websocket::{Message, WebSocket, WebSocketStream};
use poem::{EndpointExt, IntoResponse, Route, Server, get, handler};
use std::io;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::sync::broadcast::{self, Receiver, Sender};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite;

const LINES: usize = 50;
const VISITORS: usize = 3;

#[tokio::main]
async fn main() -> io::Result<()> {
    let (room, _) = broadcast::channel::<String>(1024);
    let all_are_in = room.clone();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let chat = Route::new().at("/", get(join)).data(room);
    let server = tokio::spawn(serve(TcpAcceptor::from_tokio(listener)?, chat));

    let visits = (0..VISITORS).map(|number| tokio::spawn(visit(address, number)));
    let visits: Vec<_> = visits.collect();
    while all_are_in.receiver_count() < VISITORS {
        tokio::task::yield_now().await;
    }
    all_are_in.send("begin".to_owned()).expect("all are in");
    for visit in visits {
        visit.await.expect("the visitor has heard all");
    }
    server.abort();
    println!(
        "each of {VISITORS} visitors has heard {} lines",
        VISITORS * LINES
    );
    Ok(())
}

async fn serve(acceptor: impl Acceptor + 'static, chat: impl poem::Endpoint + 'static) {
    Server::new_with_acceptor(acceptor)
        .run(chat)
        .await
        .expect("a server");
}

#[handler]
fn join(upgrade: WebSocket, Data(room): Data<&Sender<String>>) -> impl IntoResponse + use<> {
    let room = room.clone();
    upgrade.on_upgrade(async move |socket| {
        let (sink, stream) = socket.split();
        let hearing = tokio::spawn(hear(sink, room.subscribe()));
        speak(stream, room).await;
        hearing.abort();
    })
}

async fn hear(mut sink: SplitSink<WebSocketStream, Message>, mut lines: Receiver<String>) {
    while let Ok(line) = lines.recv().await {
        if sink.send(Message::Text(line)).await.is_err() {
            return;
        }
    }
}

async fn speak(mut stream: SplitStream<WebSocketStream>, room: Sender<String>) {
    while let Some(Ok(Message::Text(line))) = stream.next().await {
        let _ = room.send(line);
    }
}

async fn visit(chat: SocketAddr, number: usize) {
    let (socket, _) = connect_async(format!("ws://{chat}/"))
        .await
        .expect("a chat");
    let (mut sink, mut stream) = socket.split();
    let mut hears = async || stream.next().await.expect("a line").expect("no error");

    assert_eq!(hears().await, tungstenite::Message::text("begin"));
    for line in 0..LINES {
        let line = tungstenite::Message::text(format!("{number}: {line}"));
        sink.send(line).await.expect("the chat is there");
    }
    for _ in 0..VISITORS * LINES {
        hears().await;
    }
    sink.close().await.expect("the chat is there");
}
