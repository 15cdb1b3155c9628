//! What the queue and the inbox take, and what happens when they are full.

use crate::peer::{PATIENCE, Server, message, next, refused_url, rest, run, until};
use redhanded::raw::tungstenite::{Bytes, Message};
use redhanded_client::error::SendRefusal;
use redhanded_client::{Client, Delivery, Discard, Event, Options, Overflow};
use std::thread;
use std::time::Duration;

#[test]
fn a_full_queue_gives_the_message_back() {
    run(|| {
        let options = Options::default()
            .queue_messages(2)
            .send_timeout(Duration::from_millis(1));
        let client = Client::builder(refused_url())
            .options(options)
            .start()
            .unwrap();
        let kept = ["a", "b"].map(|text| client.send(text, Delivery::Guaranteed).unwrap());
        let refused = client.send("c", Delivery::Guaranteed).unwrap_err();
        assert_eq!(
            (refused.reason, refused.into_message()),
            (SendRefusal::Full, Message::text("c"))
        );
        assert_eq!(client.stats().queued_messages, 2);
        assert_eq!(
            client.close(Duration::ZERO).unwrap(),
            ["a", "b"].map(Message::text)
        );
        drop(kept);
    });
}

#[test]
fn a_sender_that_waits_for_room_goes_on_when_there_is_some() {
    run(|| {
        let server = Server::new();
        let options = Options::default().queue_messages(1).send_timeout(PATIENCE);
        let client = server.builder().options(options).start().unwrap();
        let sending = thread::spawn({
            let client = client.clone();
            move || {
                (0..100).for_each(|number| {
                    drop(
                        client
                            .send(number.to_string(), Delivery::Guaranteed)
                            .unwrap(),
                    )
                })
            }
        });
        let mut peer = server.accept();
        let reading = thread::spawn(move || rest(&mut peer));
        sending.join().unwrap();
        client.close(PATIENCE).unwrap();
        assert_eq!(
            reading.join().unwrap(),
            (0..100)
                .map(|number| number.to_string())
                .collect::<Vec<_>>()
        );
    });
}

#[test]
fn a_full_queue_of_droppable_messages_drops_the_oldest_or_the_newest() {
    for (discard, left) in [(Discard::Oldest, ["3", "4"]), (Discard::Newest, ["0", "1"])] {
        run(move || {
            let server = Server::new();
            let options = Options::default()
                .queue_messages(2)
                .discard(discard)
                .droppable_within(PATIENCE);
            // The server accepts the connection after everything is sent.
            let client = server.builder().options(options).start().unwrap();
            (0..5).for_each(|number| {
                drop(
                    client
                        .send(number.to_string(), Delivery::Droppable)
                        .unwrap(),
                )
            });
            let dropped = until(&client, |event| {
                if let Event::Dropped(count) = event {
                    Some(count)
                } else {
                    None
                }
            });
            assert_eq!(dropped, 3);
            let mut peer = server.accept();
            assert_eq!([next(&mut peer), next(&mut peer)], left.map(Message::text));
            drop(client);
        });
    }
}

#[test]
fn only_data_is_taken_and_nothing_too_large() {
    run(|| {
        let options = Options::default().queue_bytes(3);
        let client = Client::builder(refused_url())
            .options(options)
            .start()
            .unwrap();
        for delivery in [Delivery::Droppable, Delivery::Guaranteed] {
            for control in [
                Message::Ping(Bytes::new()),
                Message::Pong(Bytes::new()),
                Message::Close(None),
            ] {
                assert_eq!(
                    client.send(control, delivery).unwrap_err().reason,
                    SendRefusal::NotData
                );
            }
            assert_eq!(
                client.send("four", delivery).unwrap_err().reason,
                SendRefusal::TooLarge { most: 3 }
            );
            client.send("abc", delivery).unwrap();
        }
        client.close(Duration::ZERO).unwrap();
        assert_eq!(
            client.send("abc", Delivery::Droppable).unwrap_err().reason,
            SendRefusal::Closed
        );
    });
}

#[test]
fn an_inbox_for_no_bytes_takes_one_message_at_a_time() {
    run(|| {
        let server = Server::new();
        let options = Options::default().overflow(Overflow::Wait).inbox_bytes(0);
        let client = server.builder().options(options).start().unwrap();
        let mut peer = server.accept();
        (0..3).for_each(|number| peer.send(Message::text(number.to_string())).unwrap());
        assert_eq!(
            [message(&client), message(&client), message(&client)],
            ["0", "1", "2"]
        );
    });
}
