//! A `tokio::sync::Mutex` around a `WebSocketStream`, taken for each fragment, and two tasks.
//!
//! The lock is held across every `.await` of a send, so no two sends overlap. But a message of several
//! frames is one unit on the wire, and only control frames may come between them.

use crate::accusation::{Meeting, Pair, addresses};
use crate::asynchronous::{in_a_task, of_tokio, on_one_thread};
use crate::common::connection;
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use futures_util::SinkExt;
use redhanded::report::Kind;
use redhanded::tokio_tungstenite::WebSocketStream;
use redhanded::tokio_tungstenite::tungstenite::Message;
use redhanded::tokio_tungstenite::tungstenite::protocol::Role;
use redhanded::tokio_tungstenite::tungstenite::protocol::frame::Frame;
use redhanded::tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::{Mutex, oneshot};

type Shared = Arc<Mutex<WebSocketStream<TcpStream>>>;

fn fragment(data: Data, is_final: bool) -> Message {
    Message::Frame(Frame::message(vec![7; 3], OpCode::Data(data), is_final))
}

async fn upload(shared: Shared, begun: oneshot::Sender<Site>, go_on: oneshot::Receiver<()>) {
    let first = fragment(Data::Binary, false);
    let (sent, site) = (shared.lock().await.send(first).await, here!());
    sent.expect("there is room");
    begun.send(site).expect("the receiver is kept");
    go_on.await.expect("the sender is kept");
    for next in [
        fragment(Data::Continue, false),
        Message::Ping("there?".into()),
        fragment(Data::Continue, true),
    ] {
        shared.lock().await.send(next).await.expect("there is room");
    }
}

async fn notify(shared: Shared) -> Site {
    let hello = Message::text("hello");
    let (sent, site) = (shared.lock().await.send(hello).await, here!());
    sent.expect("there is room");
    site
}

async fn between_fragments(socket: std::net::TcpStream) -> (Site, Site) {
    let object = WebSocketStream::from_raw_socket(of_tokio(&socket), Role::Server, None).await;
    let shared: Shared = Arc::new(Mutex::new(object));
    let ((begun, began), (go_on, waits)) = (oneshot::channel(), oneshot::channel());
    let uploader = tokio::spawn(upload(shared.clone(), begun, waits));
    let began = began.await.expect("it begins");
    let notified = in_a_task(notify(shared)).await;
    go_on.send(()).expect("the uploader waits");
    uploader.await.expect("it comes back");
    (began, notified)
}

fn program(_run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = connection();
    let addresses = addresses(&socket);
    let (began, notified) = on_one_thread(between_fragments(socket));
    peer.takes(5 + 7 + 5 + 8 + 5);

    let first = began.did("send Frame 3 B");
    let second = notified.polled("send Text 5 B");
    let pair = Pair::in_turn(&[Kind::TornMessage], first, second, addresses);
    vec![Pair {
        meeting: Meeting::OnOneObject,
        ..pair
    }]
}

#[test]
fn a_message_of_one_task_between_the_fragments_of_another_is_caught() {
    caught_in_every_run(file!(), program);
}
