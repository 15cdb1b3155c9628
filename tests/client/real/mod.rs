//! Real servers: Node's ws and Python's websockets.
//!
//! They are those of `tests/peers`. Its documentation says how to install them.

mod servers;

use self::servers::Served;
use crate::peer::{PATIENCE, connected, disconnected, message, quick, run};
use redhanded_client::error::ConnectionError;
use redhanded_client::{Client, Delivery, Event};

fn messages_are_confirmed_and_echoed(server: fn() -> Served) {
    run(move || {
        let server = server();
        let client = Client::builder(server.url())
            .backoff(quick())
            .start()
            .unwrap();
        let receipts: Vec<_> = (0..1_000)
            .map(|number| {
                client
                    .send(number.to_string(), Delivery::Guaranteed)
                    .unwrap()
            })
            .collect();
        receipts
            .iter()
            .for_each(|receipt| receipt.wait(PATIENCE).unwrap());
        (0..1_000).for_each(|number| assert_eq!(message(&client), number.to_string()));
        assert_eq!(client.close(PATIENCE).unwrap(), []);
        let (why, _) = client.events().find_map(|event| closing(&event)).unwrap();
        assert!(matches!(why, ConnectionError::Closed), "{why:?}");
        assert_eq!(
            (client.stats().delivered, client.stats().reconnects),
            (1_000, 0)
        );
    });
}

fn closing(event: &Event) -> Option<(ConnectionError, ())> {
    if let Event::Disconnected { why, .. } = event {
        Some((why.clone(), ()))
    } else {
        None
    }
}

fn a_close_frame_of_the_server_is_reported_and_answered(server: fn() -> Served) {
    run(move || {
        let server = server();
        let client = Client::builder(server.url())
            .backoff(quick())
            .start()
            .unwrap();
        connected(&client);
        client.send("close", Delivery::Droppable).unwrap();
        let (why, retry_in) = disconnected(&client);
        let ConnectionError::PeerClosed(Some(frame)) = &why else {
            panic!("{why:?}")
        };
        assert_eq!(
            (u16::from(frame.code), frame.reason.as_str()),
            (1_012, "restart")
        );
        assert!(retry_in.is_some());
        assert_eq!(connected(&client), 2);
        assert_eq!(client.close(PATIENCE).unwrap(), []);
    });
}

fn every_message_arrives_over_a_connection_that_the_server_breaks_off(server: fn() -> Served) {
    run(move || {
        let server = server();
        let client = Client::builder(server.url())
            .backoff(quick())
            .start()
            .unwrap();
        let mut receipts = Vec::new();
        for number in 0..200 {
            receipts.push(
                client
                    .send(number.to_string(), Delivery::Guaranteed)
                    .unwrap(),
            );
            if number % 50 == 49 {
                client.send("break off", Delivery::Droppable).unwrap();
                disconnected(&client);
            }
        }
        receipts
            .iter()
            .for_each(|receipt| receipt.wait(PATIENCE).unwrap());
        assert_eq!(client.close(PATIENCE).unwrap(), []);
        assert!(client.stats().reconnects >= 3, "{:?}", client.stats());
        assert_eq!(client.stats().delivered, 200);
    });
}

macro_rules! tests {
    ($server:ident) => {
        mod $server {
            use super::servers::$server as server;

            #[test]
            fn messages_are_confirmed_and_echoed() {
                super::messages_are_confirmed_and_echoed(server);
            }

            #[test]
            fn a_close_frame_of_the_server_is_reported_and_answered() {
                super::a_close_frame_of_the_server_is_reported_and_answered(server);
            }

            #[test]
            fn every_message_arrives_over_a_connection_that_the_server_breaks_off() {
                super::every_message_arrives_over_a_connection_that_the_server_breaks_off(server);
            }
        }
    };
}

tests!(ws);
tests!(websockets);
