//! The client in async code, on an executor that knows no sockets.

use crate::peer::{PATIENCE, Server, next, refused_url, rest, run};
use futures_executor::block_on;
use redhanded::raw::tungstenite::Message;
use redhanded_client::{Client, Delivery, Event, Options, split};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

#[test]
fn messages_are_sent_received_and_confirmed() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        let serving = thread::spawn(move || {
            let mut peer = server.accept();
            let message = next(&mut peer);
            peer.send(message).unwrap();
            rest(&mut peer)
        });
        block_on(async {
            let receipt = client
                .send_async("there and back", Delivery::Guaranteed)
                .await
                .unwrap();
            assert!(matches!(
                client.recv_async().await,
                Some(Event::Connected { connection: 1 })
            ));
            let Some(Event::Message(message)) = client.recv_async().await else {
                panic!("not a message")
            };
            assert_eq!(message, Message::text("there and back"));
            receipt.await.unwrap();
        });
        client.close(PATIENCE).unwrap();
        block_on(async { while client.recv_async().await.is_some() {} });
        serving.join().unwrap();
    });
}

#[test]
fn a_future_that_waits_for_room_is_woken_and_sends() {
    run(|| {
        let server = Server::new();
        let client = server
            .builder()
            .options(Options::default().queue_messages(1))
            .start()
            .unwrap();
        let sending = thread::spawn({
            let client = client.clone();
            move || {
                block_on(async {
                    for number in 0..100 {
                        drop(
                            client
                                .send_async(number.to_string(), Delivery::Guaranteed)
                                .await
                                .unwrap(),
                        );
                    }
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
fn a_future_that_is_dropped_has_sent_and_taken_nothing() {
    run(|| {
        let client = Client::builder(refused_url())
            .options(Options::default().queue_messages(1))
            .start()
            .unwrap();
        client.send("first", Delivery::Guaranteed).unwrap();
        let mut context = Context::from_waker(Waker::noop());
        let mut sending = Box::pin(client.send_async("second", Delivery::Guaranteed));
        assert!(sending.as_mut().poll(&mut context).is_pending());
        drop(sending);
        drop(client.send_async("third", Delivery::Guaranteed));
        assert_eq!(
            client.close(Duration::ZERO).unwrap(),
            [Message::text("first")]
        );
    });
}

/// A task that holds a client.
struct Holding(Client);

impl Wake for Holding {
    fn wake(self: Arc<Self>) {}
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.0.stats();
        while self.0.try_recv().is_ok() {}
    }
}

#[test]
fn the_last_reference_to_a_task_may_be_a_waker_that_uses_the_client() {
    run(|| {
        let client = Client::builder(refused_url())
            .options(Options::default().queue_messages(1))
            .start()
            .unwrap();
        client.send("first", Delivery::Guaranteed).unwrap();
        let waker = || Waker::from(Arc::new(Holding(client.clone())));
        let mut sending = pin!(client.send_async("second", Delivery::Guaranteed));
        while client.try_recv().is_ok() {}
        for _ in 0..2 {
            // Another task polls it each time.
            assert!(
                sending
                    .as_mut()
                    .poll(&mut Context::from_waker(&waker()))
                    .is_pending()
            );
        }
        let mut receiving = pin!(async {
            loop {
                client.recv_async().await;
            }
        });
        for _ in 0..2 {
            assert!(
                receiving
                    .as_mut()
                    .poll(&mut Context::from_waker(&waker()))
                    .is_pending()
            );
        }
    });
}

#[test]
fn closing_ends_what_is_awaited() {
    run(|| {
        let client = Client::builder(refused_url())
            .options(Options::default().queue_messages(1))
            .start()
            .unwrap();
        let receipt = client.send("first", Delivery::Guaranteed).unwrap();
        let waiting = thread::spawn({
            let client = client.clone();
            move || {
                block_on(async {
                    client
                        .send_async("second", Delivery::Guaranteed)
                        .await
                        .unwrap_err();
                    receipt.await.unwrap_err();
                })
            }
        });
        client.close(Duration::ZERO).unwrap();
        waiting.join().unwrap();
    });
}

#[test]
fn a_split_connection_is_awaited_as_well() {
    run(|| {
        let server = Server::new();
        let (url, address) = (server.url(), server.address());
        let peer = thread::spawn(move || {
            let socket = std::net::TcpStream::connect(address).unwrap();
            let (mut peer, _) = redhanded::raw::tungstenite::client(url, socket).unwrap();
            peer.send(Message::text("hello")).unwrap();
            next(&mut peer)
        });
        let (sender, mut receiver) =
            split(redhanded::tungstenite::accept(server.accept_socket()).unwrap()).unwrap();
        block_on(async {
            let message = receiver.recv_async().await.unwrap();
            drop(
                sender
                    .send_async(message, Delivery::Droppable)
                    .await
                    .unwrap(),
            );
        });
        assert_eq!(peer.join().unwrap(), Message::text("hello"));
        block_on(async { receiver.recv_async().await.unwrap_err() });
    });
}

#[test]
fn a_droppable_message_is_taken_at_once() {
    run(|| {
        let client = Client::builder(refused_url()).start().unwrap();
        let mut context = Context::from_waker(Waker::noop());
        let sending = pin!(client.send_async("now or never", Delivery::Droppable));
        assert!(matches!(sending.poll(&mut context), Poll::Ready(Ok(_))));
    });
}
