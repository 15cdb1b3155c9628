//! Runtimes on which a thread must not simply wait.

use super::rounds;
use super::tasks::send;
use crate::asynchronous::{object, on_many_threads, on_one_thread};
use crate::harness::{between, drain, tcp};
use std::rc::Rc;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::task::LocalSet;
use tokio::time::sleep;

/// Two tasks behind a lock, on a runtime with one thread.
pub(crate) fn tasks_of_one_thread() {
    let (socket, peer) = tcp();
    drain(peer);
    on_one_thread(async move {
        let wire = Arc::new(Mutex::new(()));
        let mut writers = Vec::new();
        for _ in 0..2 {
            let (wire, mut object) = (wire.clone(), object(&socket).await);
            writers.push(tokio::spawn(async move {
                for _ in 0..rounds(6) {
                    sleep(between(4, 8)).await;
                    let _guard = wire.lock().await;
                    send(&mut object).await;
                }
            }));
        }
        for writer in writers {
            writer.await.unwrap();
        }
    });
}

/// Tasks that stay on their thread, on a runtime with several.
pub(crate) fn tasks_of_a_local_set() {
    let (socket, peer) = tcp();
    drain(peer);
    on_many_threads(LocalSet::new().run_until(async move {
        let wire = Rc::new(Mutex::new(()));
        let mut writers = Vec::new();
        for _ in 0..2 {
            let (wire, mut object) = (wire.clone(), object(&socket).await);
            writers.push(tokio::task::spawn_local(async move {
                for _ in 0..rounds(6) {
                    sleep(between(4, 8)).await;
                    let _guard = wire.lock().await;
                    send(&mut object).await;
                }
            }));
        }
        for writer in writers {
            writer.await.unwrap();
        }
    }));
}

/// Blocking threads of a runtime, each of which runs futures to their end.
pub(crate) fn block_on_in_blocking_threads() {
    let (socket, peer) = tcp();
    drain(peer);
    on_many_threads(async move {
        let wire = Arc::new(Mutex::new(()));
        let mut writers = Vec::new();
        for _ in 0..2 {
            let (wire, mut object) = (wire.clone(), object(&socket).await);
            writers.push(tokio::task::spawn_blocking(move || {
                for _ in 0..rounds(6) {
                    Handle::current().block_on(async {
                        sleep(between(4, 8)).await;
                        let _guard = wire.lock().await;
                        send(&mut object).await;
                    });
                }
            }));
        }
        for writer in writers {
            writer.await.unwrap();
        }
    });
}
