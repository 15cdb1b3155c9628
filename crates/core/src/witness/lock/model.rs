//! The sequence lock under loom: what a reader gets is of one hold, and of the one that the sequence names.
//!
//! ```text
//! RUSTFLAGS="--cfg redhanded_loom" cargo test --release --lib lock::model
//! ```

use super::sequence::Sequenced;
use loom::sync::atomic::{AtomicU64, Ordering::Relaxed};
use loom::sync::{Arc, Mutex};
use loom::thread;

/// Two fields that change with every hold, and one that stays the same.
type Fields = [AtomicU64; 3];

const STAYS: u64 = 7;

struct Lock {
    holds: Mutex<u64>,
    record: Sequenced<Fields>,
}

fn store_new(field: &AtomicU64, value: u64) {
    if field.load(Relaxed) != value {
        field.store(value, Relaxed);
    }
}

fn hold_twice(lock: &Lock) {
    for _ in 0..2 {
        let mut holds = lock.holds.lock().unwrap();
        *holds += 1;
        lock.record.begin(|[first, second, stays]| {
            store_new(first, *holds);
            store_new(second, *holds);
            store_new(stays, STAYS);
        });
        lock.record.end();
    }
}

fn look(lock: &Lock) {
    let read = lock
        .record
        .read(|fields| [&fields[0], &fields[1], &fields[2]].map(|field| field.load(Relaxed)));
    if let Some((sequence, fields)) = read {
        let hold = sequence.div_ceil(2);
        assert_eq!(fields, [hold, hold, STAYS]);
    }
}

#[test]
fn what_a_reader_gets_is_of_one_hold() {
    let mut builder = loom::model::Builder::new();
    // With three threads there are too many orders to try all: only those with at most two preemptions.
    builder.preemption_bound.get_or_insert(2);
    builder.check(|| {
        let record = Sequenced::new([0; 3].map(AtomicU64::new));
        let lock = Arc::new(Lock {
            holds: Mutex::new(0),
            record,
        });
        let threads = [hold_twice, look].map(|act| {
            let lock = lock.clone();
            thread::spawn(move || act(&lock))
        });
        hold_twice(&lock);
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    });
}
