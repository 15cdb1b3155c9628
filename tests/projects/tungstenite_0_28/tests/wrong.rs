//! The fault: the prices have an object of their own, on a clone of the socket.

use std::sync::mpsc::sync_channel;
use std::thread;
use tungstenite_0_28::{Feed, connection};

const DAYS: u32 = 10;

#[test]
fn prices_come_while_the_history_is_sent() {
    let (question, questions) = sync_channel(0);
    let (stream, client) = connection(move |stream| {
        // Waits for a byte, and leaves it where it is.
        let _ = stream.peek(&mut [0]);
        // There is a price for each day, and no more.
        let _ = question.send(());
    });
    let mut histories = Feed::accept(stream);
    let mut prices = histories.another();

    let ticker = thread::spawn(move || {
        for (cents, ()) in (0..DAYS).zip(questions) {
            prices.send_price(cents).expect("the client is there");
        }
    });
    for _ in 0..DAYS {
        histories.send_history().expect("the client is there");
    }
    ticker.join().expect("the ticker has ended");
    drop(histories);
    client.join().expect("the client has ended");
}
