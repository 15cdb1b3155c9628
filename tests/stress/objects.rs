//! The objects of a program, and what they do.

use crate::oracle::number_of;
use crate::random::Random;
use crate::stream::{Habits, Log, REFUSED, Stream, WRITER, Writer};
use redhanded::Tap;
use redhanded::error::ConcurrentWrite;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};
use redhanded::tungstenite::protocol::{Role, WebSocketConfig};
use redhanded::tungstenite::{Error, Message, WebSocket};
use std::collections::HashSet;
use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

/// What all objects of a program share.
pub struct World {
    pub ours: TcpStream,
    pub role: Role,
    pub log: Arc<Mutex<Log>>,
    pub habits: Habits,
    pub objects: AtomicU64,
    pub messages: AtomicU64,
    /// The numbers of messages of which the latest `send` was refused.
    pub refused: Mutex<HashSet<u64>>,
    pub config: WebSocketConfig,
}

impl World {
    pub fn stream(&self, random: &mut Random, is_tapped: bool) -> Stream {
        Stream {
            socket: self.ours.try_clone().expect("a descriptor"),
            object: self.objects.fetch_add(1, Relaxed) as usize,
            is_tapped,
            log: self.log.clone(),
            habits: self.habits,
            random: random.fork(),
        }
    }

    pub fn payload(&self, random: &mut Random) -> Vec<u8> {
        let number = self.messages.fetch_add(1, Relaxed);
        let length = match random.below(10) {
            0..5 => random.below(60),
            5..7 => 100 + random.below(60),
            7..9 => random.below(self.habits.most.min(3000)),
            _ if self.habits.most >= 4000 => 60_000 + random.below(20_000),
            _ => random.below(600),
        };
        let mut payload = number.to_be_bytes().to_vec();
        payload.extend((0..length).map(|index| (index as u8) ^ (number as u8)));
        payload
    }

    /// A `send` of the message with this payload has come back.
    fn note_send(&self, payload: &[u8], result: &Result<(), Error>) {
        let number = number_of(payload).expect("every message is numbered");
        let mut refused = self.refused.lock().expect("no panic");
        if result.as_ref().is_err_and(is_refusal) {
            refused.insert(number);
        } else {
            refused.remove(&number);
        }
    }

    pub fn library(&self, random: &mut Random) -> Object {
        let stream = self.stream(random, false);
        let inner = WebSocket::from_raw_socket(stream, self.role, Some(self.config));
        Object::Library {
            inner: Box::new(inner),
            is_inside_message: false,
            refused: Vec::new(),
        }
    }

    pub fn tap(&self, random: &mut Random, writers: usize) -> Object {
        Object::Tap {
            inner: Box::new(Tap::new(self.stream(random, true))),
            rests: vec![Vec::new(); writers],
        }
    }
}

pub enum Object {
    Library {
        inner: Box<WebSocket<Stream>>,
        is_inside_message: bool,
        refused: Vec<Message>,
    },
    Tap {
        inner: Box<Tap<Stream>>,
        /// What each writer has not sent of its frame.
        rests: Vec<Vec<u8>>,
    },
}

fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::Io(error) if error.get_ref().is_some_and(|it| it.is::<ConcurrentWrite>()))
}

impl Object {
    /// One operation. Gives what it was.
    pub fn operate(&mut self, world: &World, random: &mut Random) -> String {
        let writer = self.writer();
        let log = || world.log.lock().expect("no panic");
        log().note_operation(writer);
        let told = self.operate_once(world, random);
        log().note_end(writer, &told);
        told
    }

    fn operate_once(&mut self, world: &World, random: &mut Random) -> String {
        match self {
            Object::Library {
                inner,
                is_inside_message,
                refused,
            } => {
                let payload = world.payload(random);
                let length = payload.len();
                let (what, result) = match random.below(10) {
                    0..4 if !*is_inside_message => {
                        let message = refused.pop().unwrap_or_else(|| Message::binary(payload));
                        let copy = message.clone();
                        let result = inner.send(message);
                        world.note_send(&copy.clone().into_data(), &result);
                        if result.as_ref().is_err_and(is_refusal) {
                            refused.push(copy);
                        }
                        (format!("send {length}"), result)
                    }
                    4 if !*is_inside_message => (
                        format!("write {length}"),
                        inner.write(Message::binary(payload)),
                    ),
                    5 => {
                        let (data, is_final) = if *is_inside_message {
                            (Data::Continue, random.percent(60))
                        } else {
                            (Data::Binary, false)
                        };
                        let frame = Frame::message(payload.clone(), OpCode::Data(data), is_final);
                        let result = inner.send(Message::Frame(frame));
                        world.note_send(&payload, &result);
                        if !result.as_ref().is_err_and(is_refusal) {
                            *is_inside_message = !is_final;
                        }
                        (format!("fragment {data:?} {is_final} {length}"), result)
                    }
                    6 => {
                        let ping = world.messages.fetch_add(1, Relaxed).to_be_bytes().to_vec();
                        let result = inner.send(Message::Ping(ping.clone().into()));
                        world.note_send(&ping, &result);
                        ("ping".to_owned(), result)
                    }
                    _ => ("flush".to_owned(), inner.flush()),
                };
                format!("{what} -> {}", short(&result))
            }
            Object::Tap { inner, rests } => {
                let rest = &mut rests[WRITER.get()];
                if rest.is_empty() {
                    *rest = frame(&world.payload(random), world.role);
                }
                let most = match random.below(3) {
                    0 => 1 + random.below(3),
                    _ => rest.len(),
                };
                let result = inner.write(&rest[..most.min(rest.len())]);
                if let Ok(count) = result {
                    rest.drain(..count);
                }
                let told = match result {
                    Ok(count) => count.to_string(),
                    Err(error) => short(&Err(error.into())),
                };
                format!("write of {most} -> {told}, {} left", rest.len())
            }
        }
    }

    fn writer(&self) -> Writer {
        match self {
            Object::Library { inner, .. } => inner.get_ref().writer(),
            Object::Tap { inner, .. } => inner.get_ref().writer(),
        }
    }

    /// Drops the object, and puts another one in its place.
    pub fn replace(&mut self, world: &World, random: &mut Random) {
        let writer = self.writer();
        *self = world.library(random);
        world.log.lock().expect("no panic").note_drop(writer);
    }

    /// Sends a ping, and all that is queued before it, while nothing is open on the wire and no other object is used. Gives whether it is
    /// refused.
    pub fn ping_at_rest(&mut self, world: &World) -> bool {
        let Object::Library { inner, .. } = self else {
            return false;
        };
        let ping = world.messages.fetch_add(1, Relaxed).to_be_bytes().to_vec();
        let mut result = inner.send(Message::Ping(ping.clone().into()));
        world.note_send(&ping, &result);
        while short(&result) == BLOCKS {
            result = inner.flush();
        }
        result.is_err_and(|error| is_refusal(&error))
    }

    /// Whether another object may have its turn.
    pub fn finish(&mut self, world: &World, random: &mut Random) {
        match self {
            Object::Library {
                inner,
                is_inside_message,
                ..
            } => {
                if std::mem::take(is_inside_message) {
                    let payload = world.payload(random);
                    let frame = Frame::message(payload, OpCode::Data(Data::Continue), true);
                    let _ = inner.send(Message::Frame(frame));
                }
                while inner.flush().is_err() {}
            }
            Object::Tap { inner, rests } => {
                let rest = &mut rests[WRITER.get()];
                while !rest.is_empty() {
                    if let Ok(count) = inner.write(rest) {
                        rest.drain(..count);
                    }
                }
            }
        }
    }
}

/// How an operation ends whose stream took not all.
const BLOCKS: &str = "blocks";

fn short(result: &Result<(), Error>) -> String {
    match result {
        Ok(()) => "ok".to_owned(),
        Err(error) if is_refusal(error) => REFUSED.to_owned(),
        Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => BLOCKS.to_owned(),
        Err(error) => format!("{error}"),
    }
}

/// A binary frame.
fn frame(payload: &[u8], role: Role) -> Vec<u8> {
    let mask = if role == Role::Client { 0x80 } else { 0 };
    let mut frame = vec![0x82];
    match payload.len() {
        length @ 0..126 => frame.push(mask | length as u8),
        length @ 126..65536 => {
            frame.push(mask | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(mask | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    if role == Role::Client {
        // Not a key of zeros, so that what is masked looks random.
        let key = [0x5a, 0xc3, 0x17, payload.len() as u8];
        frame.extend(key);
        frame.extend(
            payload
                .iter()
                .zip(key.iter().cycle())
                .map(|(byte, key)| byte ^ key),
        );
    } else {
        frame.extend(payload);
    }
    frame
}
