//! Random programs and scripts from a fixed seed: they are the same in every run.

use crate::one_to_one;
use crate::scripted::{Log, Scripted};
use crate::steps::{BINARY, CLOSE, CONTINUATION, FINAL, PING, PONG, TEXT, from_client};
use redhanded::tungstenite::Message;
use redhanded::tungstenite::protocol::{Role, WebSocketConfig};
use std::io::ErrorKind;

/// Marsaglia's xorshift: small, and the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    fn error(&mut self) -> ErrorKind {
        self.one_of(&[
            ErrorKind::WouldBlock,
            ErrorKind::WouldBlock,
            ErrorKind::Interrupted,
            ErrorKind::ConnectionReset,
        ])
    }

    fn payload(&mut self) -> Vec<u8> {
        vec![b'a' + self.below(26) as u8; self.below(40) as usize]
    }

    fn frame(&mut self) -> Vec<u8> {
        let opcode = self.one_of(&[TEXT, BINARY, PING, PING, PONG, CONTINUATION]);
        let first = if self.below(5) == 0 {
            opcode
        } else {
            FINAL | opcode
        };
        from_client(
            if self.below(40) == 0 {
                FINAL | CLOSE
            } else {
                first
            },
            &self.payload(),
        )
    }

    fn script(&mut self, log: &Log) -> Scripted {
        let mut stream = Scripted::new(log);
        for _ in 0..self.below(30) {
            stream = match self.below(12) {
                0..=3 => stream.gives(self.frame()),
                4 => {
                    let frame = self.frame();
                    let (one, other) = frame.split_at(self.below(frame.len() as u64) as usize);
                    if one.is_empty() {
                        stream.gives(other)
                    } else {
                        stream.gives(one).gives(other)
                    }
                }
                5 => stream.fails_to_read(self.error()),
                6..=7 => stream.takes(1 + self.below(20) as usize),
                8 => stream.takes(usize::MAX),
                9 => stream.fails_to_write(self.error()),
                10 => stream.flushes(),
                _ => stream.fails_to_flush(self.error()),
            };
        }
        stream
    }

    fn message(&mut self) -> Message {
        let payload = self.payload();
        match self.below(5) {
            0 => Message::Ping(payload.into()),
            1 => Message::Pong(payload.into()),
            2 => Message::text(String::from_utf8(payload).expect("letters")),
            _ => Message::binary(payload),
        }
    }
}

#[test]
fn both_libraries_do_the_same_for_random_programs_and_streams() {
    for seed in 1..=3000 {
        one_to_one!(lib, log => {
            let mut dice = Dice(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
            let config = WebSocketConfig::default()
                .write_buffer_size(dice.one_of(&[0, 16, 64, 4096]))
                .max_write_buffer_size(dice.one_of(&[4097, 5000, usize::MAX]))
                .read_buffer_size(dice.one_of(&[0, 1, 32, 4096]));
            let mut socket = lib::WebSocket::from_raw_socket(dice.script(&log), Role::Server, Some(config));
            for _ in 0..dice.below(25) {
                match dice.below(20) {
                    0..=7 => log.note("read", socket.read()),
                    8..=11 => log.note("send", socket.send(dice.message())),
                    12..=15 => log.note("write", socket.write(dice.message())),
                    16..=17 => log.note("flush", socket.flush()),
                    18 => socket.get_mut().will_give(dice.frame()),
                    _ if dice.below(6) == 0 => log.note("close", socket.close(None)),
                    _ => log.note("can", (socket.can_read(), socket.can_write())),
                }
            }
            log.note("socket", &socket);
        });
    }
}
