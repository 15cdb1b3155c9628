//! Sends of tokio-tungstenite that are given up half-way, under a `tokio::sync::Mutex` around whole messages.
//!
//! The message stays in the object's buffer, and the next send finishes it first. So nothing is torn, although the
//! task that began a frame and the task that finishes it are not the same.

use crate::asynchronous::{on_many_threads, on_one_thread, ready};
use crate::common::{big_message, connection, start};
use crate::{assert_all_arrived, never_accused, notices};
use futures_util::SinkExt;
use redhanded::tokio_tungstenite::WebSocketStream;
use redhanded::tokio_tungstenite::tungstenite::Message;
use redhanded::tokio_tungstenite::tungstenite::protocol::Role;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{Mutex, oneshot};
use tokio::time::timeout;

type Object = WebSocketStream<TcpStream>;

async fn give_up(shared: Arc<Mutex<Object>>) {
    let mut object = shared.lock().await;
    timeout(Duration::ZERO, object.send(big_message()))
        .await
        .expect_err("the socket does not take all of it");
}

async fn notify(shared: Arc<Mutex<Object>>, sender: &'static str) {
    for notice in notices(sender) {
        shared.lock().await.send(notice).await.unwrap();
    }
}

/// Each send is given up as soon as it is pending. A later send that is not given up flushes it.
async fn hurry(shared: Arc<Mutex<Object>>, sender: &'static str) {
    for notice in notices(sender) {
        let mut object = shared.lock().await;
        // It is in the buffer, even if the flush fails.
        object.feed(notice).await.unwrap();
        let _ = timeout(Duration::ZERO, object.flush()).await;
    }
}

fn finished_by_another() {
    let (socket, peer) = connection();
    on_many_threads(async {
        let object =
            WebSocketStream::from_raw_socket(ready(&socket).await, Role::Server, None).await;
        let shared = Arc::new(Mutex::new(object));
        tokio::spawn(give_up(shared.clone())).await.unwrap();
        let peer = start("peer", move || peer.takes_messages(Role::Client));
        let tasks = [
            tokio::spawn(notify(shared.clone(), "one")),
            tokio::spawn(notify(shared.clone(), "other")),
            tokio::spawn(hurry(shared.clone(), "hurried")),
        ];
        for task in tasks {
            task.await.unwrap();
        }
        shared.lock().await.close(None).await.unwrap();
        assert_all_arrived(&peer.result(), &["one", "other", "hurried"]);
    });
}

#[test]
fn sends_given_up_half_way_and_finished_by_another_task_are_not_accused() {
    never_accused(finished_by_another);
}

/// Holds the lock through all polls until its message is flushed.
async fn in_turn(
    mut object: Object,
    wire: Arc<Mutex<()>>,
    message: Message,
    locked: oneshot::Sender<()>,
) -> Object {
    let _turn = wire.lock().await;
    let _ = locked.send(());
    object.send(message).await.unwrap();
    object
}

fn one_lock() {
    let (socket, peer) = connection();
    on_one_thread(async {
        let one = WebSocketStream::from_raw_socket(ready(&socket).await, Role::Server, None).await;
        let other =
            WebSocketStream::from_raw_socket(ready(&socket).await, Role::Server, None).await;
        let wire = Arc::new(Mutex::new(()));
        let ((locks, locked), (locks_next, _)) = (oneshot::channel(), oneshot::channel());
        let uploader = tokio::spawn(in_turn(one, wire.clone(), big_message(), locks));
        locked.await.unwrap();
        let notifier = tokio::spawn(in_turn(
            other,
            wire.clone(),
            Message::text("hello"),
            locks_next,
        ));
        let peer = start("peer", move || peer.takes_messages(Role::Client));
        let (mut one, _other) = (uploader.await.unwrap(), notifier.await.unwrap());
        one.close(None).await.unwrap();
        assert!(
            peer.result() == [big_message(), Message::text("hello"), Message::Close(None)],
            "not what was sent"
        );
    });
}

#[test]
fn two_objects_under_one_lock_across_every_await_are_not_accused() {
    never_accused(one_lock);
}
