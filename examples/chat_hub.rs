//! A chat server with a thread for each connection and no lock around any: every connection is split.
//!
//! ```text
//! cargo run --example chat_hub --features client
//! ```
//!
//! Whatever one client says goes to all the others. Each connection's receiver blocks in a thread of its own, and anybody
//! sends through any sender meanwhile. What is said is droppable: a client that does not read loses messages, and keeps
//! nobody waiting. Here three clients talk, a fourth never reads, and the hub ends when the three have heard everything.
//! Nothing leaves loopback.

use redhanded::client::{Client, Delivery, Event, Options, Overflow, Receiver, Sender, Stats, split_with};
use redhanded::tungstenite::accept;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const TALKERS: usize = 3;
const SENTENCES: usize = 200;

/// Long enough to fill every buffer to a client that does not read.
const SENTENCE: usize = 32 << 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let hub = Hub::default();
    let (address, accepting) = hub.clone().listen(TALKERS + 1)?;

    // It shakes hands, and never reads again.
    let (silent, _response) = redhanded::tungstenite::connect(format!("ws://{address}/silent"))?;
    let talkers = (0..TALKERS).map(|talker| Client::builder(format!("ws://{address}/{talker}")).start());
    let talkers = talkers.collect::<Result<Vec<_>, _>>()?;
    accepting.join().expect("it does not panic");

    let talking = talkers.into_iter().map(|client| thread::spawn(move || talk(&client)));
    for (talker, heard) in talking.collect::<Vec<_>>().into_iter().enumerate() {
        println!("talker {talker} has heard {} sentences of the others", heard.join().expect("it does not panic"));
    }
    for (name, stats) in hub.close() {
        println!("to {name}: {} dropped, {} received", stats.dropped, stats.received);
    }
    drop(silent);
    Ok(())
}

/// Says everything, and counts what the others say, which arrives for certain: nobody here is slow.
fn talk(client: &Client) -> usize {
    for _ in 0..SENTENCES {
        client.send("blah ".repeat(SENTENCE / 5), Delivery::Guaranteed).expect("there is room in time");
        thread::sleep(Duration::from_millis(1));
    }
    let others = client.events().filter(|event| matches!(event, Event::Message(_)));
    let heard = others.take((TALKERS - 1) * SENTENCES).count();
    client.close(Duration::from_secs(5)).expect("nobody else closes");
    heard
}

/// Everybody who is connected.
#[derive(Default, Clone)]
struct Hub {
    members: Arc<Mutex<Vec<Member>>>,
}

#[derive(Clone)]
struct Member {
    number: usize,
    sender: Sender,
}

impl Hub {
    /// Accepts so many members.
    fn listen(self, members: usize) -> std::io::Result<(SocketAddr, JoinHandle<()>)> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let accepting = thread::spawn(move || {
            for number in 0..members {
                let (socket, _) = listener.accept().expect("a descriptor");
                self.admit(number, socket);
            }
        });
        Ok((address, accepting))
    }

    fn admit(&self, number: usize, socket: TcpStream) {
        let Ok(websocket) = accept(socket) else { return };
        let options = Options::default()
            .overflow(Overflow::Wait)
            .queue_messages(1_000)
            .queue_bytes(64 << 20)
            .droppable_within(Duration::from_millis(500));
        let (sender, receiver) = split_with(websocket, options).expect("a thread");
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        members.push(Member { number, sender });
        let hub = self.clone();
        thread::spawn(move || hub.forward(number, receiver));
    }

    /// Hands on what one member says, until it leaves.
    fn forward(&self, from: usize, receiver: Receiver<TcpStream>) {
        for message in receiver {
            let members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
            for member in members.iter().filter(|member| member.number != from) {
                // Never waits, and fails only for a member that has left.
                let _ = member.sender.send(message.clone(), Delivery::Droppable);
            }
        }
    }

    /// Says goodbye to everybody who is still there.
    fn close(self) -> Vec<(String, Stats)> {
        let members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        members
            .iter()
            .map(|member| {
                member.sender.close(Duration::from_millis(100));
                (format!("member {}", member.number), member.sender.stats())
            })
            .collect()
    }
}
