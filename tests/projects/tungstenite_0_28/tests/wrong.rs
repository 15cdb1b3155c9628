//! The fault: the prices have an object of their own, on a clone of the socket.

use std::sync::mpsc::sync_channel;
use std::thread;
use tungstenite_0_28::{Feed, connection};

#[test]
fn prices_come_while_the_history_is_sent() {
    let (stream, client) = connection();
    let mut histories = Feed::accept(stream);
    let mut prices = histories.another();

    let (days, new_days) = sync_channel(1);
    let ticker = thread::spawn(move || {
        for cents in new_days {
            prices.send_price(cents).expect("the client is there");
        }
    });
    for day in 0..20 {
        days.send(day).expect("the ticker is there");
        histories.send_history().expect("the client is there");
    }
    drop(days);
    ticker.join().expect("the ticker has ended");
    drop(histories);
    client.join().expect("the client has ended");
}
