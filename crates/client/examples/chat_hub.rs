//! A chat server with a thread for each connection. No connection needs a lock, because each one is
//! split.
//!
//! ```text
//! cargo run -p redhanded-client --example chat_hub
//! ```
//!
//! What one client says goes to all the others. Each connection's receiver blocks in a thread of
//! its own. Meanwhile any thread may send through any sender. Messages are droppable: a client that
//! does not read loses messages, and no other client waits for it. Here three clients talk, and a
//! fourth never reads. The hub ends when the three have nothing more to say. All connections are on
//! loopback.

use redhanded::tungstenite::accept;
use redhanded_client::{
    Client, Delivery, Event, Options, Overflow, Receiver, Sender, Stats, split_with,
};
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

    // Member 0 makes its handshake, and never reads again.
    let (silent, _response) = redhanded::tungstenite::connect(format!("ws://{address}/silent"))?;
    let talkers =
        (0..TALKERS).map(|talker| Client::builder(format!("ws://{address}/{talker}")).start());
    let talkers = talkers.collect::<Result<Vec<_>, _>>()?;
    accepting.join().expect("it does not panic");

    let talking = talkers
        .into_iter()
        .map(|client| thread::spawn(move || talk(&client)));
    for (talker, heard) in talking.collect::<Vec<_>>().into_iter().enumerate() {
        println!(
            "talker {talker} has heard {} sentences of the others",
            heard.join().expect("it does not panic")
        );
    }
    for (member, stats) in hub.close() {
        println!(
            "member {member} has said {} sentences; {} were dropped on the way to it",
            stats.received, stats.dropped
        );
    }
    drop(silent);
    Ok(())
}

/// Says everything. Counts what the others say, until nothing has come for half a second.
fn talk(client: &Client) -> usize {
    for _ in 0..SENTENCES {
        client
            .send("blah ".repeat(SENTENCE / 5), Delivery::Guaranteed)
            .expect("there is room in time");
        thread::sleep(Duration::from_millis(1));
    }
    let mut heard = 0;
    while let Ok(event) = client.recv_timeout(Duration::from_millis(500)) {
        heard += usize::from(matches!(event, Event::Message(_)));
    }
    client
        .close(Duration::from_secs(5))
        .expect("this is the only call");
    heard
}

/// The members that are connected, and the threads that forward what they say.
#[derive(Default, Clone)]
struct Hub {
    members: Arc<Mutex<Vec<Member>>>,
    forwarding: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

struct Member {
    number: usize,
    sender: Sender,
}

impl Hub {
    /// Accepts this many members.
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
        let Ok(websocket) = accept(socket) else {
            return;
        };
        let options = Options::default()
            .overflow(Overflow::Wait)
            .queue_messages(100)
            .droppable_within(Duration::from_millis(100));
        let (sender, receiver) = split_with(websocket, options).expect("a thread");
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        members.push(Member { number, sender });
        let hub = self.clone();
        let forwarding = thread::spawn(move || hub.forward(number, receiver));
        self.forwarding
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(forwarding);
    }

    /// Sends what one member says to the others, until it leaves.
    fn forward(&self, from: usize, receiver: Receiver<TcpStream>) {
        for message in receiver {
            let members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
            for member in members.iter().filter(|member| member.number != from) {
                // Never waits, and fails only for a member that has left.
                let _ = member.sender.send(message.clone(), Delivery::Droppable);
            }
        }
    }

    /// Closes all connections. Returns the numbers of each.
    fn close(self) -> Vec<(usize, Stats)> {
        let members =
            std::mem::take(&mut *self.members.lock().unwrap_or_else(PoisonError::into_inner));
        members
            .iter()
            .for_each(|member| member.sender.close(Duration::from_millis(100)));
        for forwarding in self
            .forwarding
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
        {
            forwarding.join().expect("it does not panic");
        }
        members
            .iter()
            .map(|member| (member.number, member.sender.stats()))
            .collect()
    }
}
