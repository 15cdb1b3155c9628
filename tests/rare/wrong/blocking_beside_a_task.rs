//! A blocking export in `spawn_blocking`, on an object over the duplicate of the socket, beside a task of the runtime.

use crate::asynchronous::{object, on_many_threads};
use crate::harness::{between, drain, every, message, open, tcp, time_of_a_run, writes};
use futures_util::SinkExt;
use std::time::Instant;
use tokio::time::sleep;

pub(crate) fn blocking_beside_a_task() {
    let (socket, peer) = tcp();
    drain(peer);
    let until = Instant::now() + time_of_a_run();
    on_many_threads(async move {
        let mut feed = object(&socket).await;
        let mut export = open(socket);
        let exporting = tokio::task::spawn_blocking(move || {
            every(60, 75, || drop(writes!(export.send(message()))));
        });
        let feeding = tokio::spawn(async move {
            while Instant::now() < until {
                sleep(between(45, 55)).await;
                drop(writes!(feed.send(message()).await));
            }
        });
        exporting.await.unwrap();
        feeding.await.unwrap();
    });
}
