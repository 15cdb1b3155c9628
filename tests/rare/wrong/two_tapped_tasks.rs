//! Two tasks that write frames of their own through taps on one socket: a ticker, and answers.

use crate::asynchronous::{of_tokio, on_many_threads};
use crate::harness::{between, drain, ms, tcp, time_of_a_run, writes};
use redhanded::Tap;
use std::time::Instant;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{interval, sleep};

/// A server's binary frame of 200 bytes.
fn frame() -> Vec<u8> {
    let header = [0x82, 126, 0, 200];
    [&header[..], &[7; 200]].concat()
}

async fn tick(mut tap: Tap<TcpStream>, until: Instant) {
    let mut ticks = interval(ms(150));
    while Instant::now() < until {
        ticks.tick().await;
        drop(writes!(tap.write_all(&frame()).await));
    }
}

async fn answer(mut tap: Tap<TcpStream>, until: Instant) {
    while Instant::now() < until {
        sleep(between(70, 80)).await;
        drop(writes!(tap.write_all(&frame()).await));
    }
}

pub(crate) fn two_tapped_tasks() {
    let (socket, peer) = tcp();
    drain(peer);
    let until = Instant::now() + time_of_a_run();
    on_many_threads(async move {
        let taps = [(); 2].map(|()| Tap::new(of_tokio(&socket)));
        let [ticks, answers] = taps;
        let ticking = tokio::spawn(tick(ticks, until));
        let answering = tokio::spawn(answer(answers, until));
        ticking.await.unwrap();
        answering.await.unwrap();
    });
}
