//! Peers that answer no pings are dead and are replaced, and slow peers are not.

use crate::faults::recovers;
use crate::peer::{PATIENCE, Server, connected, disconnected, impatient, next, rest, run, until};
use redhanded::raw::tungstenite::Message;
use redhanded_client::error::ConnectionError;
use redhanded_client::{Delivery, Event, Options};
use std::io::Write;
use std::thread;
use std::time::Duration;

#[test]
fn a_peer_that_stops_reading_is_dead_and_replaced() {
    run(|| {
        let server = Server::new();
        let client = server.builder().options(impatient()).start().unwrap();
        let stuck = server.accept();
        let payload = vec![7; 1 << 20];
        for _ in 0..12 {
            client.send(payload.clone(), Delivery::Guaranteed).unwrap();
        }
        connected(&client);
        let (why, _) = disconnected(&client);
        assert!(
            matches!(why, ConnectionError::Dead { silent_for } if silent_for >= Duration::from_millis(150)),
            "{why:?}"
        );
        let mut peer = server.accept();
        for _ in 0..12 {
            assert_eq!(next(&mut peer).into_data(), payload);
        }
        let reading = thread::spawn(move || rest(&mut peer));
        assert_eq!(client.close(PATIENCE).unwrap(), []);
        reading.join().unwrap();
        drop(stuck);
    });
}

#[test]
fn a_peer_that_sends_but_answers_nothing_is_dead_and_replaced() {
    run(|| {
        let server = Server::new();
        let client = server.builder().options(impatient()).start().unwrap();
        let mut zombie = server.accept();
        connected(&client);
        // It sends all the time, but it does not read.
        let talking =
            thread::spawn(move || while zombie.send(Message::text("all is well")).is_ok() {});
        let (why, _) = disconnected(&client);
        assert!(matches!(why, ConnectionError::Dead { .. }), "{why:?}");
        talking.join().unwrap();
        recovers(&server, &client);
    });
}

#[test]
fn a_peer_that_answers_pings_late_but_in_time_stays() {
    run(|| {
        let server = Server::new();
        let options = Options::default()
            .keepalive(Some(Duration::from_millis(5)))
            .pong_timeout(PATIENCE);
        let client = server.builder().options(options).start().unwrap();
        let mut peer = server.accept();
        let receipt = client.send("read late", Delivery::Guaranteed).unwrap();
        connected(&client);
        assert!(
            client.recv_timeout(Duration::from_millis(100)).is_err(),
            "nothing happens meanwhile"
        );
        let reading = thread::spawn(move || rest(&mut peer));
        receipt.wait(PATIENCE).unwrap();
        assert!(client.stats().round_trip.unwrap() >= Duration::from_millis(90));
        client.close(PATIENCE).unwrap();
        assert_eq!(reading.join().unwrap(), ["read late"]);
        assert_eq!(client.stats().reconnects, 0);
    });
}

#[test]
fn a_peer_in_the_middle_of_a_long_message_is_not_dead() {
    run(|| {
        let server = Server::new();
        let options = impatient().pong_timeout(Duration::from_secs(1));
        let client = server.builder().options(options).start().unwrap();
        let mut socket = server.accept().into_inner();
        connected(&client);
        // It comes byte after byte, for longer than a ping may stay unanswered.
        socket.write_all(&[0x82, 100]).unwrap();
        for _ in 1..100 {
            socket.write_all(&[7]).unwrap();
            let event = client.recv_timeout(Duration::from_millis(20));
            assert!(event.is_err(), "{event:?}");
        }
        socket.write_all(&[7]).unwrap();
        let seen = until(&client, |event| {
            if let Event::Message(message) = event {
                Some(message)
            } else {
                None
            }
        });
        assert_eq!(seen, Message::binary(vec![7; 100]));
    });
}
