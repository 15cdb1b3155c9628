//! Two tasks on a runtime with several threads, each with an object of its own on one socket.

use crate::asynchronous::{object, on_many_threads};
use crate::harness::{between, drain, message, tcp, time_of_a_run, writes};
use futures_util::SinkExt;
use std::time::Instant;
use tokio::time::sleep;

pub(crate) fn two_tasks() {
    let (socket, peer) = tcp();
    drain(peer);
    let until = Instant::now() + time_of_a_run();
    on_many_threads(async move {
        let (mut chat, mut presence) = (object(&socket).await, object(&socket).await);
        let chatting = tokio::spawn(async move {
            while Instant::now() < until {
                sleep(between(80, 90)).await;
                drop(writes!(chat.send(message()).await));
            }
        });
        let telling = tokio::spawn(async move {
            while Instant::now() < until {
                sleep(between(140, 150)).await;
                drop(writes!(presence.send(message()).await));
            }
        });
        chatting.await.unwrap();
        telling.await.unwrap();
    });
}
