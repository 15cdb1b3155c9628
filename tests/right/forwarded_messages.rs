//! A channel in front of the sink, and a reader that answers pings: the two halves of one object, or one task for both.
//!
//! This is the usual advice. `forward` and `split` stand between the program and the object, and the reader is a
//! hidden writer; but all of them go through one object, which takes one poll at a time.

use crate::asynchronous::{on_many_threads, on_one_thread, ready};
use crate::common::{Peer, Running, big_message, connection, start};
use crate::{assert_all_arrived, never_accused, notices};
use futures_util::stream::{Stream, unfold};
use futures_util::{SinkExt, StreamExt};
use redhanded::raw;
use redhanded::tokio_tungstenite::WebSocketStream;
use redhanded::tokio_tungstenite::tungstenite::Message;
use redhanded::tokio_tungstenite::tungstenite::protocol::Role;
use std::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::LocalSet;

const SENDERS: [&str; 3] = ["one", "two", "three"];

/// Sends a ping, and asks for the end when the pong has come. Returns all messages.
fn pinging(peer: Peer<TcpStream>) -> Running<Vec<Message>> {
    start("peer", move || {
        let mut socket =
            raw::tungstenite::WebSocket::from_raw_socket(peer.stream, Role::Client, None);
        socket.send(Message::Ping("there?".into())).unwrap();
        let mut messages = Vec::new();
        while !matches!(messages.last(), Some(Message::Close(_))) {
            match socket.read().unwrap() {
                Message::Pong(payload) => {
                    assert_eq!(payload, "there?");
                    socket.send(Message::text("enough")).unwrap();
                }
                message => messages.push(message),
            }
        }
        messages
    })
}

async fn produce(queue: mpsc::Sender<Message>, sender: &'static str) {
    for notice in notices(sender) {
        queue.send(notice).await.unwrap();
    }
}

fn received(queue: mpsc::Receiver<Message>) -> impl Stream<Item = Message> {
    unfold(queue, async |mut queue| Some((queue.recv().await?, queue)))
}

fn forwarded() {
    let (socket, peer) = connection();
    on_many_threads(async {
        let object =
            WebSocketStream::from_raw_socket(ready(&socket).await, Role::Server, None).await;
        let (sink, mut stream) = object.split();
        let (queue, messages) = mpsc::channel(4);
        queue.send(big_message()).await.unwrap();
        for sender in SENDERS {
            tokio::spawn(produce(queue.clone(), sender));
        }
        // Closes the connection when all senders are dropped.
        let forward = tokio::spawn(received(messages).map(Ok).forward(sink));
        let reader = tokio::spawn(async move {
            while stream.next().await.unwrap().unwrap() != Message::text("enough") {}
            drop(queue);
            // The other end sends its close frame, too.
            while stream.next().await.is_some() {}
        });
        assert_all_arrived(&pinging(peer).result(), &SENDERS);
        forward.await.unwrap().unwrap();
        drop(socket);
        reader.await.unwrap();
    });
}

#[test]
fn a_channel_forwarded_into_one_half_while_the_other_answers_pings_is_not_accused() {
    never_accused(forwarded);
}

async fn serve(socket: TcpStream, mut messages: mpsc::Receiver<Message>) {
    let mut object =
        WebSocketStream::from_raw_socket(ready(&socket).await, Role::Server, None).await;
    let mut is_asked_to_end = false;
    loop {
        tokio::select! {
            message = messages.recv() => match message {
                Some(message) => object.send(message).await.unwrap(),
                None if is_asked_to_end => break,
                None => is_asked_to_end = object.next().await.unwrap().unwrap() == Message::text("enough"),
            },
            message = object.next() => is_asked_to_end |= message.unwrap().unwrap() == Message::text("enough"),
        }
    }
    object.close(None).await.unwrap();
}

fn selected() {
    let (socket, peer) = connection();
    let peer = pinging(peer);
    on_one_thread(LocalSet::new().run_until(async move {
        let (queue, messages) = mpsc::channel(4);
        queue.send(big_message()).await.unwrap();
        for sender in SENDERS {
            tokio::task::spawn_local(produce(queue.clone(), sender));
        }
        drop(queue);
        tokio::task::spawn_local(serve(socket, messages))
            .await
            .unwrap();
    }));
    assert_all_arrived(&peer.result(), &SENDERS);
}

#[test]
fn a_local_task_that_selects_between_a_channel_and_its_connection_is_not_accused() {
    never_accused(selected);
}
