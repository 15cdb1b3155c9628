//! A chat with axum. One task writes to each connection, and nothing is found. With `--break`, a second one does.
//!
//! ```text
//! cargo run --example axum_chat --features axum,dashboard
//! cargo run --example axum_chat --features axum,dashboard -- --break
//! ```
//!
//! The program prints two addresses. Open the chat in one or two tabs, and beside it the page. Say something, and send the
//! picture a few times. The page stays empty: only `deliver` writes to a connection, and it sends the pings, too. axum
//! answers the client's pings through the same object.
//!
//! With `--break`, `heartbeat` sends pings of its own, past axum, to a duplicate of the socket. One of them tears the
//! picture. The browser reads the rest of the picture as frames, and ends the connection. The report shows `deliver` and
//! `heartbeat`, each with its backtrace.

use axum::Router;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Extension, State};
use axum::response::{Html, Response};
use axum::routing::{any, get};
use axum::serve::IncomingStream;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use redhanded::Tap;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast::{self, Receiver, Sender, error::RecvError};
use tokio::time::{interval, sleep};

#[tokio::main]
async fn main() -> io::Result<()> {
    let (room, _) = broadcast::channel::<Message>(16);
    let app = Router::new()
        .route("/", get(Html(PAGE)))
        .route("/ws", any(join))
        .with_state(room);

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("the chat is on http://{}/", listener.local_addr()?);
    println!(
        "the page is on {}",
        redhanded::url().as_deref().unwrap_or("no address")
    );

    // The only line for the detector.
    let listener = Tap::new(listener);

    if std::env::args().any(|argument| argument == "--break") {
        axum::serve(
            listener,
            app.into_make_service_with_connect_info::<Duplicate>(),
        )
        .await
    } else {
        axum::serve(listener, app).await
    }
}

async fn join(
    upgrade: WebSocketUpgrade,
    State(room): State<Sender<Message>>,
    duplicate: Option<Extension<ConnectInfo<Duplicate>>>,
) -> Response {
    upgrade.on_upgrade(async move |socket| {
        let (sink, stream) = socket.split();
        let delivering = tokio::spawn(deliver(sink, room.subscribe()));
        let pinging =
            duplicate.map(|Extension(ConnectInfo(socket))| tokio::spawn(heartbeat(socket)));
        listen(stream, room).await;
        delivering.abort();
        pinging.inspect(|pinging| pinging.abort());
    })
}

/// All clients get what one client says.
async fn listen(mut stream: SplitStream<WebSocket>, room: Sender<Message>) {
    while let Some(Ok(message)) = stream.next().await {
        if matches!(message, Message::Text(_) | Message::Binary(_)) {
            // There is always a receiver: this client's own.
            let _ = room.send(message);
        }
    }
}

/// The one writer of a connection. Each message, and each ping, is sent to its end before the next begins.
async fn deliver(mut sink: SplitSink<WebSocket, Message>, mut messages: Receiver<Message>) {
    let mut pings = interval(Duration::from_secs(20));
    loop {
        let message = tokio::select! {
            message = messages.recv() => message,
            _ = pings.tick() => Ok(Message::Ping("".into())),
        };
        let sent = match message {
            Ok(message) => sink.send(message).await,
            // A slow client misses what the room does not keep.
            Err(RecvError::Lagged(_)) => Ok(()),
            Err(RecvError::Closed) => return,
        };
        if sent.is_err() {
            return;
        }
    }
}

/// A duplicate of a connection's socket. axum does not give out its own.
#[derive(Clone)]
struct Duplicate(Arc<socket2::Socket>);

impl Connected<IncomingStream<'_, Tap<TcpListener>>> for Duplicate {
    fn connect_info(connection: IncomingStream<'_, Tap<TcpListener>>) -> Self {
        let socket = socket2::SockRef::from(connection.io().get_ref()).try_clone();
        Duplicate(Arc::new(socket.expect("a descriptor is left")))
    }
}

/// The fault: pings past axum, which may be in the middle of a frame. They are so frequent only to show the fault at once.
async fn heartbeat(Duplicate(socket): Duplicate) -> io::Result<()> {
    let mut socket = Tap::new(TcpStream::from_std(socket.try_clone()?.into())?);
    loop {
        sleep(Duration::from_millis(1)).await;
        socket.write_all(b"\x89\x00").await?;
    }
}

const PAGE: &str = r#"<!doctype html>
<meta charset="utf-8">
<title>Chat</title>
<form>
  <input autofocus placeholder="Say something"> <button>Say</button>
  <button type="button">Send a picture</button>
</form>
<pre></pre>
<script>
  const [form, input, log] = ["form", "input", "pre"].map((name) => document.querySelector(name));
  const say = (line) => log.prepend(line + "\n");
  const socket = new WebSocket(`ws://${location.host}/ws`);
  socket.binaryType = "arraybuffer";
  const picture = (bytes) => `a picture of ${bytes.length} bytes${bytes.some(Boolean) ? ", and not as it was sent" : ""}`;
  socket.onmessage = ({ data }) => say(typeof data === "string" ? data : picture(new Uint8Array(data)));
  socket.onclose = ({ code }) => say(`The connection has ended with code ${code}.`);
  form.onsubmit = (event) => {
    event.preventDefault();
    socket.send(input.value);
    form.reset();
  };
  form.lastElementChild.onclick = () => socket.send(new Uint8Array(8 << 20));
</script>
"#;
