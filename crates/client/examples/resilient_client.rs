//! A client that keeps working while its server comes and goes.
//!
//! ```text
//! cargo run -p redhanded-client --example resilient_client
//! ```
//!
//! The program sends ticks, which are worth nothing later, and orders, which must arrive. Meanwhile
//! it stops and starts its own server, three times. At the end it prints what was dropped, what was
//! sent again and what was delivered. It compares that with what the server has seen. All
//! connections are on loopback.

use redhanded::raw;
use redhanded_client::{Backoff, Client, Delivery, Event};
use std::collections::BTreeSet;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const ORDERS: usize = 600;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let mut server = Some(Server::start("127.0.0.1:0".parse()?, seen.clone())?);
    let address = server.as_ref().expect("just started").address;

    let client = Client::builder(format!("ws://{address}/feed"))
        .backoff(
            Backoff::default()
                .first(Duration::from_millis(20))
                .limit(Duration::from_millis(200)),
        )
        .on_connect(|connection| {
            connection.send(format!("hello for the {}. time", connection.number()))
        })
        .start()?;
    let telling = thread::spawn({
        let client = client.clone();
        move || tell(client.events())
    });

    for order in 0..ORDERS {
        client.send(format!("order {order}"), Delivery::Guaranteed)?;
        client.send(format!("tick {order}"), Delivery::Droppable)?;
        // Just before the server stops, messages come without a pause. It will not have read them
        // all.
        if !(30..=60).contains(&(order % 200)) {
            thread::sleep(Duration::from_millis(2));
        }
        match order % 200 {
            60 => {
                println!("-- the server stops --");
                server.take().into_iter().for_each(Server::stop);
            }
            160 => {
                println!("-- the server starts --");
                server = Some(Server::start(address, seen.clone())?);
            }
            _ => {}
        }
    }

    let undelivered = client.close(Duration::from_secs(10))?;
    telling.join().expect("it does not panic");
    server.into_iter().for_each(Server::stop);
    let (stats, seen) = (
        client.stats(),
        seen.lock().unwrap_or_else(PoisonError::into_inner),
    );
    println!(
        "ticks:  {} of {ORDERS} dropped, {} arrived",
        stats.dropped, seen.ticks
    );
    println!(
        "orders: {} delivered, {} sent again, {} given back",
        stats.delivered,
        stats.resent,
        undelivered.len()
    );
    println!(
        "the server has seen {} different orders, {} of them twice",
        seen.orders.len(),
        seen.again
    );
    println!(
        "connections after the first: {}, last round trip: {:?}",
        stats.reconnects, stats.round_trip
    );
    assert_eq!(seen.orders.len(), ORDERS, "none is lost");
    Ok(())
}

/// Prints the events. Dropped ticks are printed with the next connection.
fn tell(events: impl Iterator<Item = Event>) {
    let mut dropped = 0;
    for event in events {
        match event {
            Event::Dropped(ticks) => dropped += ticks,
            Event::Connected { connection } => {
                println!(
                    "connected for the {connection}. time; {} ticks were dropped",
                    std::mem::take(&mut dropped)
                );
            }
            Event::Disconnected {
                why,
                retry_in: Some(retry_in),
            } => {
                println!("no connection: {why}; the next attempt in {retry_in:?}");
            }
            Event::Disconnected {
                why,
                retry_in: None,
            } => println!("the end: {why}"),
            other => println!("{other:?}"),
        }
    }
}

#[derive(Default)]
struct Seen {
    ticks: usize,
    orders: BTreeSet<String>,
    again: usize,
}

/// A server that can be stopped at any moment.
struct Server {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    connection: Option<TcpStream>,
    is_stopped: bool,
}

impl Server {
    fn start(address: SocketAddr, seen: Arc<Mutex<Seen>>) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let state = Arc::<Mutex<State>>::default();
        let serving = thread::spawn({
            let state = state.clone();
            move || {
                while let Ok((socket, _)) = listener.accept() {
                    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                    if state.is_stopped {
                        return;
                    }
                    state.connection = socket.try_clone().ok();
                    drop(state);
                    serve(socket, &seen);
                }
            }
        });
        Ok(Server {
            address,
            state,
            serving,
        })
    }

    /// Ends the connection without a close frame, and stops listening.
    fn stop(self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_stopped = true;
        if let Some(socket) = state.connection.take() {
            let _ = socket.shutdown(Shutdown::Both);
        }
        drop(state);
        // This makes `accept` return. The thread then sees that it is to stop.
        let _ = TcpStream::connect(self.address);
        self.serving.join().expect("it does not panic");
    }
}

fn serve(socket: TcpStream, seen: &Mutex<Seen>) {
    let Ok(mut peer) = raw::tungstenite::accept(socket) else {
        return;
    };
    while let Ok(message) = peer.read() {
        let Ok(text) = message.into_text() else {
            return;
        };
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        if text.starts_with("tick") {
            seen.ticks += 1;
        } else if text.starts_with("order") && !seen.orders.insert(text.to_string()) {
            seen.again += 1;
        }
    }
}
