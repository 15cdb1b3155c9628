//! What the watched locks cost without contention: a lock and its release, as ratios to std's mutex in one binary.
//!
//! ```text
//! cargo bench --bench cost_locks
//! ```

mod compare;
mod null;

use compare::{Sender, compare};
use null::Null;
use redhanded::watched::sync::{Exclusive, Mutex};
use redhanded::watched::tungstenite::protocol::Role;
use redhanded::watched::tungstenite::{Message, WebSocket};
use std::hint::black_box;
use std::sync::Mutex as Std;

const TIMES: usize = 20_000;

fn main() {
    // Something is watched, as in every program with these locks. From then on the worker keeps the time.
    let mut watched = WebSocket::from_raw_socket(Null, Role::Server, None);
    watched
        .send(Message::text("begin"))
        .expect("it takes everything");

    compare(
        "sync::Mutex / std::sync::Mutex, locked and released",
        TIMES,
        || [std_mutex(), mutex()],
    );
    compare(
        "sync::Exclusive / std::sync::Mutex, entered and left",
        TIMES,
        || [std_mutex(), exclusive()],
    );
    compare(
        "std::sync::Mutex / itself, to check the measurement",
        TIMES,
        || [std_mutex(), std_mutex()],
    );
}

fn std_mutex() -> Sender {
    let mutex = Box::new(Std::new(0u64));
    Box::new(move || *black_box(&mutex).lock().expect("not poisoned") += 1)
}

fn mutex() -> Sender {
    let mutex = Box::new(Mutex::new(0u64));
    Box::new(move || *black_box(&mutex).lock().expect("not poisoned") += 1)
}

fn exclusive() -> Sender {
    let exclusive = Box::new(Exclusive::new(0u64));
    Box::new(move || *black_box(&exclusive).enter().expect("one user at a time") += 1)
}
