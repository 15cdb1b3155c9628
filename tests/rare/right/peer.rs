//! Writers that take strict turns through the peer: each writes only when the peer has answered the message of another one.
//!
//! A message is answered as soon as it has arrived. The call that sent it need not be back by then.

use super::rounds;
use super::tasks::send;
use crate::asynchronous::{object, on_many_threads};
use crate::harness::{message, open, reading_messages, sent, tcp};
use futures_util::StreamExt;
use redhanded::Tap;
use redhanded::tungstenite::{Message, WebSocket};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// So many milliseconds of a run stand for a message. No writer waits for anything but its turn, so that it takes less.
const EACH: u64 = 4;

/// Has the peer answer each message of which the number is a multiple of `nth`.
fn answering(peer: impl Read + Write + Send + 'static, nth: u64) {
    let mut count = 0;
    reading_messages(peer, move |peer, _| {
        count += 1;
        if count % nth == 0 {
            let _ = peer.send(Message::text("answer"));
        }
    });
}

fn read_answer<S: Read + Write>(object: &mut WebSocket<S>) {
    assert_eq!(object.read().unwrap(), Message::text("answer"));
}

/// For each of so many writers, a channel from the one before it.
fn ring(size: usize) -> Vec<(Receiver<()>, Sender<()>)> {
    let (mut senders, receivers): (Vec<_>, Vec<_>) = (0..size).map(|_| channel()).unzip();
    senders[0].send(()).unwrap();
    senders.rotate_left(1);
    receivers.into_iter().zip(senders).collect()
}

/// Threads, each of which reads the answer to the message of the one before it and then sends so many messages.
fn take_turns<S: Read + Write + Send>(objects: Vec<WebSocket<S>>, messages: u64) {
    let size = objects.len();
    let rounds = rounds(EACH * messages * size as u64);
    thread::scope(|scope| {
        for (me, (mut object, (turns, next))) in objects.into_iter().zip(ring(size)).enumerate() {
            scope.spawn(move || {
                for round in 0..rounds {
                    turns.recv().unwrap();
                    if me > 0 || round > 0 {
                        read_answer(&mut object);
                    }
                    // The next one waits for the answer from here on.
                    let _ = next.send(());
                    for _ in 0..messages {
                        sent(|| object.send(message()));
                    }
                }
            });
        }
    });
}

fn objects(socket: &TcpStream, count: usize) -> Vec<WebSocket<TcpStream>> {
    (0..count)
        .map(|_| open(socket.try_clone().unwrap()))
        .collect()
}

pub(crate) fn answered_threads() {
    let (socket, peer) = tcp();
    answering(peer, 1);
    take_turns(objects(&socket, 2), 1);
}

pub(crate) fn three_answered_threads() {
    let (socket, peer) = tcp();
    answering(peer, 1);
    take_turns(objects(&socket, 3), 1);
}

/// Each sends three messages on end, and the last of them is answered.
pub(crate) fn answered_pipelines() {
    let (socket, peer) = tcp();
    answering(peer, 3);
    take_turns(objects(&socket, 2), 3);
}

pub(crate) fn answered_on_a_unix_socket() {
    let (socket, peer) = UnixStream::pair().unwrap();
    answering(peer, 1);
    let objects = vec![open(socket.try_clone().unwrap()), open(socket)];
    take_turns(objects, 1);
}

/// The first one sends when the other has sent. The other sends when the message of the first is answered.
pub(crate) fn every_second_message_answered() {
    let (socket, peer) = tcp();
    answering(peer, 2);
    let mut objects = objects(&socket, 2).into_iter();
    let (mut first, mut second) = (objects.next().unwrap(), objects.next().unwrap());
    let (has_sent, sends) = channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            for _ in 0..rounds(2 * EACH) {
                sent(|| second.send(message()));
                has_sent.send(()).unwrap();
                read_answer(&mut second);
            }
        });
        while sends.recv().is_ok() {
            sent(|| first.send(message()));
        }
    });
}

/// A third thread reads all answers and says whose turn it is.
pub(crate) fn answers_read_by_a_third() {
    let (socket, peer) = tcp();
    answering(peer, 1);
    let mut reader = open(socket.try_clone().unwrap());
    thread::scope(|scope| {
        let mut writers = Vec::new();
        for mut object in objects(&socket, 2) {
            let (turn, turns) = channel::<()>();
            writers.push(turn);
            scope.spawn(move || {
                while turns.recv().is_ok() {
                    sent(|| object.send(message()));
                }
            });
        }
        for round in 0..rounds(EACH) as usize {
            writers[round % 2].send(()).unwrap();
            read_answer(&mut reader);
        }
        drop(writers);
    });
}

/// Taps below framers that write a frame in one call.
pub(crate) fn answered_taps() {
    let (socket, peer) = tcp();
    answering(peer, 1);
    let frame = [&[0x82, 126, 0, 200][..], &[7; 200]].concat();
    let frame = &frame;
    thread::scope(|scope| {
        for (me, (turns, next)) in ring(2).into_iter().enumerate() {
            let mut tap = Tap::new(socket.try_clone().unwrap());
            scope.spawn(move || {
                for round in 0..rounds(2 * EACH) {
                    turns.recv().unwrap();
                    if me > 0 || round > 0 {
                        // A client's frame: two bytes of header, four of its mask, and six of payload.
                        tap.read_exact(&mut [0; 12]).unwrap();
                    }
                    let _ = next.send(());
                    sent(|| tap.write_all(frame));
                }
            });
        }
    });
}

pub(crate) fn answered_tasks() {
    let (socket, peer) = tcp();
    answering(peer, 1);
    on_many_threads(async move {
        let mut writers = Vec::new();
        let mut to_next = Vec::new();
        for _ in 0..2 {
            let (turn, turns) = tokio::sync::mpsc::unbounded_channel();
            to_next.push(turn);
            writers.push((turns, object(&socket).await));
        }
        to_next[0].send(()).unwrap();
        let mut tasks = Vec::new();
        for (me, (mut turns, mut object)) in writers.into_iter().enumerate() {
            let next = to_next[1 - me].clone();
            tasks.push(tokio::spawn(async move {
                for round in 0..rounds(2 * EACH) {
                    turns.recv().await.unwrap();
                    if me > 0 || round > 0 {
                        let answer = object.next().await.unwrap().unwrap();
                        assert_eq!(answer, Message::text("answer"));
                    }
                    let _ = next.send(());
                    send(&mut object).await;
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
}
