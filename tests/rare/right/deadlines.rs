//! A message goes out within 50 ms, the wait for the lock included, or it is given up.

use super::rounds;
use crate::asynchronous::{object, on_many_threads};
use crate::harness::{between, drain, message, ms, note_deadline, note_send, open, sent, tcp};
use futures_util::SinkExt;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

const DEADLINE: Duration = ms(50);

pub(crate) fn a_lock_within_50_ms() {
    let (socket, peer) = tcp();
    drain(peer);
    let wire = parking_lot::Mutex::new(());
    thread::scope(|scope| {
        for _ in 0..3 {
            let (wire, mut object) = (&wire, open(socket.try_clone().unwrap()));
            scope.spawn(move || {
                for _ in 0..rounds(8) {
                    thread::sleep(between(5, 10));
                    let began = Instant::now();
                    if let Some(_guard) = wire.try_lock_for(DEADLINE) {
                        sent(|| object.send(message()));
                    }
                    note_deadline(began, DEADLINE);
                }
            });
        }
    });
}

pub(crate) fn a_permit_within_50_ms() {
    let (socket, peer) = tcp();
    drain(peer);
    on_many_threads(async move {
        let permits = Arc::new(Semaphore::new(1));
        let mut writers = Vec::new();
        for _ in 0..3 {
            let (permits, mut object) = (permits.clone(), object(&socket).await);
            writers.push(tokio::spawn(async move {
                for _ in 0..rounds(8) {
                    tokio::time::sleep(between(5, 10)).await;
                    let began = Instant::now();
                    if let Ok(permit) = tokio::time::timeout(DEADLINE, permits.acquire()).await {
                        let _permit = permit.unwrap();
                        let sending = Instant::now();
                        note_send(sending, &object.send(message()).await);
                    }
                    note_deadline(began, DEADLINE);
                }
            }));
        }
        for writer in writers {
            writer.await.unwrap();
        }
    });
}
