//! One lock for the wire, held over each send.

use super::rounds;
use crate::harness::{between, drain, message, open, sent, tcp};
use redhanded::Tap;
use std::io::Write;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Has this many threads each make sends on an object of its own, with this around each.
fn on_threads(threads: u64, around: impl Fn(&mut dyn FnMut()) + Sync) {
    let (socket, peer) = tcp();
    drain(peer);
    let around = &around;
    thread::scope(|scope| {
        for _ in 0..threads {
            let mut object = open(socket.try_clone().unwrap());
            scope.spawn(move || {
                for _ in 0..rounds(6) {
                    thread::sleep(between(4, 8));
                    around(&mut || sent(|| object.send(message())));
                }
            });
        }
    });
}

pub(crate) fn a_lock_of_parking_lot() {
    let wire = parking_lot::Mutex::new(());
    on_threads(3, |send| {
        let _guard = wire.lock();
        send();
    });
}

/// Configurations are read under the same lock that is written while a message goes out.
pub(crate) fn a_lock_of_readers_and_writers() {
    let wire = RwLock::new(0_u64);
    on_threads(3, |send| {
        assert!(*wire.read().unwrap() < 1_000_000);
        let mut count = wire.write().unwrap();
        send();
        *count += 1;
    });
}

pub(crate) fn a_watched_lock_of_readers_and_writers() {
    let wire = redhanded::sync::RwLock::new(());
    on_threads(3, |send| {
        drop(wire.read().unwrap());
        let _guard = wire.write().unwrap();
        send();
    });
}

/// A lock made by hand, of which redhanded knows nothing.
pub(crate) fn a_lock_that_spins() {
    let wire = AtomicBool::new(false);
    on_threads(2, |send| {
        while wire.swap(true, Ordering::Acquire) {
            thread::yield_now();
        }
        send();
        wire.store(false, Ordering::Release);
    });
}

/// Taps below framers that write a frame in one call, behind one lock.
pub(crate) fn taps_behind_a_lock() {
    let (socket, peer) = tcp();
    drain(peer);
    let wire = parking_lot::Mutex::new(());
    let wire = &wire;
    let frame = [&[0x82, 126, 0, 200][..], &[7; 200]].concat();
    thread::scope(|scope| {
        for _ in 0..2 {
            let (mut tap, frame) = (Tap::new(socket.try_clone().unwrap()), frame.clone());
            scope.spawn(move || {
                for _ in 0..rounds(6) {
                    thread::sleep(between(4, 8));
                    let _guard = wire.lock();
                    sent(|| tap.write_all(&frame));
                }
            });
        }
    });
}
