//! Runtimes on which a thread must not simply wait.

use super::rounds;
use super::tasks::send;
use crate::asynchronous::{object, on_many_threads, on_one_thread};
use crate::harness::{between, drain, message, note_send, open, sent, tcp};
use redhanded::Tap;
use smol::io::AsyncWriteExt;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;
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

/// Sends and waits for the lock that lose against a timer, and are dropped.
pub(crate) fn dropped_sends() {
    let (socket, peer) = tcp();
    drain(peer);
    on_many_threads(async move {
        let wire = Arc::new(Mutex::new(()));
        let mut writers = Vec::new();
        for _ in 0..3 {
            let (wire, mut object) = (wire.clone(), object(&socket).await);
            writers.push(tokio::spawn(async move {
                for _ in 0..rounds(4) {
                    let sends = async {
                        let _guard = wire.lock().await;
                        sleep(between(0, 2)).await;
                        send(&mut object).await;
                    };
                    tokio::select! {
                        () = sends => {}
                        () = sleep(between(1, 4)) => {}
                    }
                }
            }));
        }
        for writer in writers {
            writer.await.unwrap();
        }
    });
}

/// Tasks of an executor of smol's that stays on its thread, below hand-written framers.
pub(crate) fn tasks_of_another_executor() {
    let (socket, peer) = tcp();
    drain(peer);
    let frame = [&[0x82, 126, 0, 200][..], &[7; 200]].concat();
    let (wire, frame) = (&smol::lock::Mutex::new(()), &frame);
    let executor = smol::LocalExecutor::new();
    let writers = (0..2).map(|_| {
        let socket = smol::Async::new(socket.try_clone().unwrap()).unwrap();
        let mut tap = Tap::new(socket);
        executor.spawn(async move {
            for _ in 0..rounds(6) {
                smol::Timer::after(between(4, 8)).await;
                let _guard = wire.lock().await;
                let began = Instant::now();
                note_send(began, &tap.write_all(frame).await);
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    smol::block_on(executor.run(async {
        for writer in writers {
            writer.await;
        }
    }));
}

/// A blocking send in a task of such an executor, beside another one in a thread.
pub(crate) fn blocking_sends_of_another_executor() {
    let (socket, peer) = tcp();
    drain(peer);
    let wire = &std::sync::Mutex::new(());
    let executor = smol::LocalExecutor::new();
    std::thread::scope(|scope| {
        let mut beside = open(socket.try_clone().unwrap());
        scope.spawn(move || {
            for _ in 0..rounds(6) {
                std::thread::sleep(between(4, 8));
                let _guard = wire.lock().unwrap();
                sent(|| beside.send(message()));
            }
        });
        let writers = (0..2).map(|_| {
            let mut object = open(socket.try_clone().unwrap());
            executor.spawn(async move {
                for _ in 0..rounds(6) {
                    smol::Timer::after(between(4, 8)).await;
                    let _guard = wire.lock().unwrap();
                    sent(|| object.send(message()));
                }
            })
        });
        let writers: Vec<_> = writers.collect();
        smol::block_on(executor.run(async {
            for writer in writers {
                writer.await;
            }
        }));
    });
}
