//! One thread writes. The others hand it what is to be sent.

use std::sync::mpsc;
use std::thread;
use tungstenite_0_28::{Feed, connection};

#[test]
fn prices_come_between_two_histories() {
    let (stream, client) = connection(|_| {});
    let mut feed = Feed::accept(stream);

    let (prices, queue) = mpsc::channel();
    let ticker = thread::spawn(move || (0..10).try_for_each(|cents| prices.send(cents)));
    let mut sent = 0;
    for cents in queue {
        feed.send_price(cents).expect("the client is there");
        feed.send_history().expect("the client is there");
        sent += 2;
    }
    ticker
        .join()
        .expect("the ticker has ended")
        .expect("the queue was there");
    feed.close();
    assert_eq!(client.join().expect("the client has ended"), sent);
}
