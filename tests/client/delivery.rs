//! What arrives, what is confirmed, and what is dropped.

use crate::peer::{
    PATIENCE, Refusing, Server, connected, disconnected, message, next, quick, rest, run, until,
};
use redhanded::raw::tungstenite::protocol::WebSocketConfig;
use redhanded::raw::tungstenite::protocol::frame::FrameSocket;
use redhanded::raw::tungstenite::protocol::frame::coding::OpCode;
use redhanded::raw::tungstenite::{Bytes, Error, Message};
use redhanded_client::error::ReceiptError;
use redhanded_client::{Client, Delivery, Event, Incoming};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn handles_go_to_any_thread_and_futures_to_any_executor() {
    fn handle<T: Clone + Send + Sync + 'static>() {}
    fn future<T: Future + Send + Unpin + 'static>() {}
    handle::<Client>();
    handle::<redhanded_client::Sender>();
    future::<redhanded_client::Receipt>();
    future::<redhanded_client::Sending>();
    future::<redhanded_client::Receiving>();
}

#[test]
fn messages_go_both_ways() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        let mut peer = server.accept();
        let receipt = client.send("there", Delivery::Guaranteed).unwrap();
        assert_eq!(next(&mut peer), Message::text("there"));
        peer.send(Message::text("and back")).unwrap();
        let answering = thread::spawn(move || rest(&mut peer));
        assert_eq!(connected(&client), 1);
        assert_eq!(message(&client), "and back");
        receipt.wait(PATIENCE).unwrap();
        assert!(receipt.is_delivered());
        assert_eq!(client.close(PATIENCE).unwrap(), []);
        assert_eq!(answering.join().unwrap(), [""; 0]);
    });
}

#[test]
fn a_receipt_is_not_fulfilled_before_the_peer_has_read_the_message() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        let mut peer = server.accept();
        let receipt = client.send("unread", Delivery::Guaranteed).unwrap();
        until(&client, |event| {
            matches!(event, Event::Connected { .. }).then_some(())
        });
        assert_eq!(
            receipt.wait(Duration::from_millis(50)),
            Err(ReceiptError::NotYet)
        );
        assert!(!receipt.is_delivered());
        let reading = thread::spawn(move || rest(&mut peer));
        receipt.wait(PATIENCE).unwrap();
        client.close(PATIENCE).unwrap();
        assert_eq!(reading.join().unwrap(), ["unread"]);
    });
}

#[test]
fn guaranteed_messages_wait_for_a_server_and_droppable_ones_are_dropped() {
    run(|| {
        let refusing = Refusing::new();
        let client = Client::builder(refusing.url())
            .backoff(quick())
            .start()
            .unwrap();
        for number in 0..3 {
            client
                .send(format!("order {number}"), Delivery::Guaranteed)
                .unwrap();
            client
                .send(
                    format!("tick {number}"),
                    Delivery::DroppableWithin(Duration::from_millis(1)),
                )
                .unwrap();
        }
        let dropped = std::cell::Cell::new(0);
        until(&client, |event| {
            if let Event::Dropped(more) = event {
                dropped.set(dropped.get() + more);
            }
            (dropped.get() == 3).then_some(())
        });
        let server = refusing.listen();
        let mut peer = server.accept();
        let reading = thread::spawn(move || rest(&mut peer));
        assert_eq!(client.close(PATIENCE).unwrap(), []);
        assert_eq!(reading.join().unwrap(), ["order 0", "order 1", "order 2"]);
        assert_eq!(client.stats().dropped, 3);
    });
}

#[test]
fn what_was_not_confirmed_is_sent_again_in_order_before_anything_newer() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        // The peer reads frames only, so it answers no ping.
        let mut peer = FrameSocket::new(server.accept().into_inner());
        for number in 0..10 {
            client
                .send(number.to_string(), Delivery::Guaranteed)
                .unwrap();
        }
        let mut read = 0;
        while read < 10 {
            let frame = peer.read(None).unwrap().unwrap();
            read += usize::from(matches!(frame.header().opcode, OpCode::Data(_)));
        }
        drop(peer);
        disconnected(&client);
        client.send("newer", Delivery::Guaranteed).unwrap();
        let mut peer = server.accept();
        let reading = thread::spawn(move || rest(&mut peer));
        assert_eq!(client.close(PATIENCE).unwrap(), []);
        let expected: Vec<String> = (0..10)
            .map(|number| number.to_string())
            .chain(["newer".into()])
            .collect();
        assert_eq!(reading.join().unwrap(), expected);
        assert_eq!((client.stats().delivered, client.stats().resent), (11, 10));
    });
}

#[test]
fn what_is_written_is_confirmed_before_the_rest_is_written() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        // It is more than goes out at once, and all of it waits.
        let count = 14;
        (0..count).for_each(|_| drop(client.send(vec![7; 1 << 20], Delivery::Guaranteed).unwrap()));
        let mut peer = server.accept();
        let mut before = 0;
        loop {
            match peer.read().unwrap() {
                Message::Ping(_) => break,
                Message::Binary(_) => before += 1,
                other => panic!("{other:?}"),
            }
        }
        assert!(
            before < count / 2,
            "{before} messages before the first ping"
        );
    });
}

#[test]
fn a_write_buffer_without_room_for_a_ping_ends_no_connection() {
    run(|| {
        let server = Server::new();
        let config = WebSocketConfig::default()
            .write_buffer_size(1_000)
            .max_write_buffer_size(1_010);
        let client = server.builder().websocket_config(config).start().unwrap();
        let mut peer = server.accept();
        let reading = thread::spawn(move || rest(&mut peer));
        client
            .send("x".repeat(985), Delivery::Guaranteed)
            .unwrap()
            .wait(PATIENCE)
            .unwrap();
        assert_eq!(client.close(PATIENCE).unwrap(), []);
        assert_eq!(
            (client.stats().reconnects, reading.join().unwrap().len()),
            (0, 1)
        );
    });
}

#[test]
fn an_unsolicited_pong_confirms_nothing() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        let mut peer = server.accept();
        let receipt = client.send("unread", Delivery::Guaranteed).unwrap();
        for payload in [
            &b""[..],
            b"hello",
            &[0; 16],
            &[0xff; 16],
            &[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1],
        ] {
            peer.send(Message::Pong(Bytes::copy_from_slice(payload)))
                .unwrap();
        }
        peer.send(Message::text("behind the pongs")).unwrap();
        assert_eq!(message(&client), "behind the pongs");
        assert!(!receipt.is_delivered());
        drop(peer);
        assert_eq!(
            client.close(Duration::ZERO).unwrap(),
            [Message::text("unread")]
        );
        assert_eq!(receipt.wait(PATIENCE), Err(ReceiptError::Ended));
    });
}

#[test]
fn an_acknowledgement_of_the_application_confirms_instead_of_pongs() {
    run(|| {
        let server = Server::new();
        let builder = server.builder().acknowledge_with(|incoming, unconfirmed| {
            let text = incoming.to_text().unwrap();
            match text.strip_prefix("ack ") {
                Some(acknowledged) => {
                    assert!(
                        unconfirmed.confirm_through(|sent| sent.to_text().unwrap() == acknowledged),
                        "{unconfirmed:?}"
                    );
                    Incoming::Consumed
                }
                None => Incoming::Delivered,
            }
        });
        let client = builder.start().unwrap();
        let receipts = ["a", "b", "c"].map(|text| client.send(text, Delivery::Guaranteed).unwrap());
        let mut peer = server.accept();
        assert_eq!(
            [next(&mut peer), next(&mut peer), next(&mut peer)],
            ["a", "b", "c"].map(Message::text)
        );
        peer.send(Message::text("ack b")).unwrap();
        peer.send(Message::text("for the user")).unwrap();
        assert_eq!(message(&client), "for the user");
        assert_eq!(
            receipts.each_ref().map(|receipt| receipt.is_delivered()),
            [true, true, false]
        );
        drop(peer);
        disconnected(&client);
        let mut peer = server.accept();
        assert_eq!(next(&mut peer), Message::text("c"));
        peer.send(Message::text("ack c")).unwrap();
        receipts[2].wait(PATIENCE).unwrap();
        assert_eq!(client.stats().in_flight_messages, 0);
        drop(client);
        assert!(matches!(
            peer.read(),
            Ok(Message::Close(_)) | Err(Error::Protocol(_))
        ));
    });
}

#[test]
fn the_hook_speaks_first_on_every_connection() {
    run(|| {
        let server = Server::new();
        let client = server
            .builder()
            .before_connect(|request| {
                request
                    .headers_mut()
                    .insert("X-Token", "fresh".parse().unwrap());
            })
            .on_connect(|connection| {
                assert_eq!(connection.response().status(), 101);
                connection.send(format!("subscribe {}", connection.number()));
            })
            .start()
            .unwrap();
        let receipt = client.send("queued before", Delivery::Guaranteed).unwrap();
        for connection in 1..=3 {
            let mut peer = server.accept();
            assert_eq!(
                next(&mut peer),
                Message::text(format!("subscribe {connection}"))
            );
            if connection == 3 {
                assert_eq!(next(&mut peer), Message::text("queued before"));
                let reading = thread::spawn(move || rest(&mut peer));
                receipt.wait(PATIENCE).unwrap();
                client.close(PATIENCE).unwrap();
                reading.join().unwrap();
            }
        }
        assert_eq!(client.stats().reconnects, 2);
    });
}

#[test]
fn a_message_sent_while_nothing_arrives_goes_out_at_once() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        let mut peer = server.accept();
        connected(&client);
        for _ in 0..50 {
            let sent = Instant::now();
            client.send("now", Delivery::Droppable).unwrap();
            next(&mut peer);
            assert!(
                sent.elapsed() < Duration::from_secs(5),
                "the socket's readiness sent it, and not a timer"
            );
        }
        assert_eq!(client.stats().dropped, 0);
        drop(client);
    });
}
