//! Tasks on a runtime with several threads, each with an object of its own.

use super::rounds;
use crate::asynchronous::{object, on_many_threads};
use crate::harness::{between, drain, message, ms, note_send, tcp};
use futures_util::SinkExt;
use redhanded::tokio_tungstenite::WebSocketStream;
use std::sync::Arc;
use std::time::Instant;
use tokio::net::TcpStream;
use tokio::sync::{Notify, RwLock, Semaphore};
use tokio::time::sleep;

pub(crate) async fn send(object: &mut WebSocketStream<TcpStream>) {
    let began = Instant::now();
    note_send(began, &object.send(message()).await);
}

pub(crate) fn a_semaphore() {
    let (socket, peer) = tcp();
    drain(peer);
    on_many_threads(async move {
        let permits = Arc::new(Semaphore::new(1));
        let mut writers = Vec::new();
        for _ in 0..4 {
            let (permits, mut object) = (permits.clone(), object(&socket).await);
            writers.push(tokio::spawn(async move {
                for _ in 0..rounds(6) {
                    sleep(between(4, 8)).await;
                    let _permit = permits.acquire().await.unwrap();
                    send(&mut object).await;
                }
            }));
        }
        for writer in writers {
            writer.await.unwrap();
        }
    });
}

pub(crate) fn a_lock_of_tokio() {
    let (socket, peer) = tcp();
    drain(peer);
    on_many_threads(async move {
        let wire = Arc::new(RwLock::new(()));
        let mut writers = Vec::new();
        for _ in 0..3 {
            let (wire, mut object) = (wire.clone(), object(&socket).await);
            writers.push(tokio::spawn(async move {
                for _ in 0..rounds(6) {
                    sleep(between(4, 8)).await;
                    drop(wire.read().await);
                    let _guard = wire.write().await;
                    send(&mut object).await;
                }
            }));
        }
        for writer in writers {
            writer.await.unwrap();
        }
    });
}

/// A task for each message, awaited before the next one.
pub(crate) fn each_task_joined() {
    let (socket, peer) = tcp();
    drain(peer);
    on_many_threads(async move {
        let mut main = object(&socket).await;
        for _ in 0..rounds(6) {
            let mut object = object(&socket).await;
            let writer = tokio::spawn(async move {
                sleep(ms(3)).await;
                send(&mut object).await;
            });
            writer.await.unwrap();
            sleep(ms(3)).await;
            send(&mut main).await;
        }
    });
}

/// Two tasks that wake each other.
pub(crate) fn turns_by_notify() {
    let (socket, peer) = tcp();
    drain(peer);
    on_many_threads(async move {
        let turns = Arc::new([Notify::new(), Notify::new()]);
        turns[0].notify_one();
        let mut writers = Vec::new();
        for me in 0..2 {
            let (turns, mut object) = (turns.clone(), object(&socket).await);
            writers.push(tokio::spawn(async move {
                for _ in 0..rounds(6) {
                    turns[me].notified().await;
                    sleep(between(2, 4)).await;
                    send(&mut object).await;
                    turns[1 - me].notify_one();
                }
            }));
        }
        for writer in writers {
            writer.await.unwrap();
        }
    });
}
