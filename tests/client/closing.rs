//! Closing ends every wait, leaves nothing running, and gives back what is not confirmed.

use crate::peer::{
    PATIENCE, Refusing, Server, connected, disconnected, next, quick, refused_url, rest, run,
};
use redhanded::raw::tungstenite::Message;
use redhanded_client::error::{CloseError, ConnectionError, SendRefusal};
use redhanded_client::{Backoff, Client, Delivery, Event, Options, Overflow};
use std::net::{SocketAddr, TcpListener};
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

/// Much less than any wait that is cancelled here, and much more than cancelling takes.
const SOON: Duration = Duration::from_secs(10);

/// A client that will not try again within this test.
fn never_again() -> Backoff {
    Backoff::default()
        .first(PATIENCE * 1_000)
        .limit(PATIENCE * 1_000)
}

fn closes_soon(client: &Client, timeout: Duration) -> Vec<Message> {
    let begun = Instant::now();
    let undelivered = client.close(timeout).unwrap();
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    undelivered
}

/// Waits until a connection to this address is being made. Only Linux shows this. On other systems,
/// this returns at once.
fn await_connecting(address: SocketAddr) {
    const SYN_SENT: &str = "02";
    let SocketAddr::V4(address) = address else {
        panic!("{address} is not of IPv4")
    };
    let ip = u32::from_ne_bytes(address.ip().octets());
    let remote = format!("{ip:08X}:{:04X}", address.port());
    while cfg!(target_os = "linux") {
        let sockets = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let is_it = |line: &str| {
            let mut fields = line.split_whitespace().skip(2);
            fields.next() == Some(&remote) && fields.next() == Some(SYN_SENT)
        };
        if sockets.lines().any(is_it) {
            return;
        }
        thread::yield_now();
    }
}

#[test]
fn closing_sends_a_close_frame_and_waits_for_the_answer() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        let mut peer = server.accept();
        connected(&client);
        let reading =
            thread::spawn(move || std::iter::from_fn(|| peer.read().ok()).collect::<Vec<_>>());
        assert_eq!(closes_soon(&client, PATIENCE), []);
        let seen = reading.join().unwrap();
        assert!(
            matches!(&seen[..], [Message::Close(Some(frame))] if u16::from(frame.code) == 1_000),
            "{seen:?}"
        );
        let (why, retry_in) = disconnected(&client);
        assert!(matches!(why, ConnectionError::Closed) && retry_in.is_none());
        assert!(client.recv().is_none());
    });
}

#[test]
fn closing_delivers_what_is_queued_first() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        (0..10_000).for_each(|number| {
            drop(
                client
                    .send(number.to_string(), Delivery::Guaranteed)
                    .unwrap(),
            )
        });
        let serving = thread::spawn(move || rest(&mut server.accept()));
        assert_eq!(closes_soon(&client, PATIENCE), []);
        assert_eq!(
            serving.join().unwrap(),
            (0..10_000)
                .map(|number| number.to_string())
                .collect::<Vec<_>>()
        );
    });
}

#[test]
fn closing_breaks_off_a_handshake() {
    run(|| {
        let server = Server::new();
        let client = server
            .builder()
            .connect_timeout(PATIENCE * 1_000)
            .start()
            .unwrap();
        let _silent = server.accept_socket();
        assert_eq!(closes_soon(&client, PATIENCE), []);
    });
}

#[test]
fn closing_breaks_off_a_connect() {
    run(|| {
        // The queue of connections is full, so the system answers no more.
        let listener =
            socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        listener
            .bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
            .unwrap();
        listener.listen(0).unwrap();
        let address = TcpListener::from(listener.try_clone().unwrap())
            .local_addr()
            .unwrap();
        let _fill: Vec<_> = (0..8)
            .map_while(|_| {
                std::net::TcpStream::connect_timeout(&address, Duration::from_millis(100)).ok()
            })
            .collect();
        let client = Client::builder(format!("ws://{address}"))
            .connect_timeout(PATIENCE * 1_000)
            .start()
            .unwrap();
        await_connecting(address);
        assert_eq!(closes_soon(&client, PATIENCE), []);
    });
}

#[test]
fn closing_breaks_off_the_wait_for_the_next_attempt() {
    run(|| {
        let client = Client::builder(refused_url())
            .backoff(never_again())
            .start()
            .unwrap();
        let (_, retry_in) = disconnected(&client);
        assert!(retry_in.unwrap() > PATIENCE);
        assert_eq!(closes_soon(&client, PATIENCE), []);
    });
}

#[test]
fn closing_with_something_to_deliver_goes_on_trying_until_its_time_is_over() {
    run(|| {
        let refusing = Refusing::new();
        let client = Client::builder(refusing.url())
            .backoff(quick())
            .start()
            .unwrap();
        disconnected(&client);
        let kept = client.send("kept", Delivery::Guaranteed).unwrap();
        let closing = thread::spawn({
            let client = client.clone();
            move || client.close(PATIENCE).unwrap()
        });
        let server = refusing.listen();
        assert_eq!(rest(&mut server.accept()), ["kept"]);
        assert_eq!(closing.join().unwrap(), []);
        assert!(kept.is_delivered());
    });
}

#[test]
fn closing_a_peer_that_does_not_answer_takes_no_longer_than_its_time() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        let _peer = server.accept();
        connected(&client);
        client.send("unread", Delivery::Guaranteed).unwrap();
        assert_eq!(
            closes_soon(&client, Duration::from_millis(50)),
            [Message::text("unread")]
        );
    });
}

#[test]
fn closing_reads_confirmations_after_messages_that_are_not_taken() {
    run(|| {
        let server = Server::new();
        let options = Options::default()
            .overflow(Overflow::Wait)
            .inbox_messages(1);
        let client = server.builder().options(options).start().unwrap();
        let mut peer = server.accept();
        (0..100).for_each(|_| peer.send(Message::text("not taken")).unwrap());
        let receipt = client
            .send("to be confirmed", Delivery::Guaranteed)
            .unwrap();
        let reading = thread::spawn(move || rest(&mut peer));
        assert_eq!(closes_soon(&client, PATIENCE), []);
        assert!(receipt.is_delivered());
        assert_eq!(reading.join().unwrap(), ["to be confirmed"]);
    });
}

#[test]
fn closing_ends_the_waits_of_others() {
    run(|| {
        let options = Options::default()
            .queue_messages(1)
            .send_timeout(PATIENCE * 1_000);
        let server = Server::new();
        let client = server.builder().options(options).start().unwrap();
        let receipt = client.send("first", Delivery::Guaranteed).unwrap();
        let sending = thread::spawn({
            let client = client.clone();
            move || client.send("no room", Delivery::Guaranteed).unwrap_err()
        });
        let waiting = thread::spawn(move || receipt.wait(PATIENCE * 1_000).unwrap_err());
        let taking = thread::spawn({
            let client = client.clone();
            move || client.events().count()
        });
        assert_eq!(
            closes_soon(&client, Duration::ZERO),
            [Message::text("first")]
        );
        let refused = sending.join().unwrap();
        assert_eq!(
            (refused.reason, refused.into_message()),
            (SendRefusal::Closed, Message::text("no room"))
        );
        waiting.join().unwrap();
        assert!(taking.join().unwrap() <= 2);
    });
}

#[test]
fn the_last_event_is_the_end_of_the_connection() {
    run(|| {
        for _ in 0..200 {
            let client = Client::builder(refused_url())
                .backoff(never_again())
                .start()
                .unwrap();
            client
                .send("waits for a server", Delivery::DroppableWithin(PATIENCE))
                .unwrap();
            disconnected(&client);
            let taking = thread::spawn({
                let client = client.clone();
                move || client.events().collect::<Vec<_>>()
            });
            client.close(Duration::ZERO).unwrap();
            let seen = taking.join().unwrap();
            assert!(
                matches!(
                    &seen[..],
                    [
                        Event::Dropped(1),
                        Event::Disconnected { retry_in: None, .. }
                    ]
                ),
                "{seen:?}"
            );
        }
    });
}

#[test]
fn only_one_closes() {
    run(|| {
        let client = Client::builder(refused_url()).start().unwrap();
        client.close(Duration::ZERO).unwrap();
        assert_eq!(client.close(Duration::ZERO), Err(CloseError::AlreadyClosed));
    });
}

#[test]
fn a_second_close_takes_no_time_from_the_first() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        let mut peer = server.accept();
        let receipt = client
            .send("to be confirmed", Delivery::Guaranteed)
            .unwrap();
        thread::scope(|scope| {
            let first = scope.spawn(|| client.close(PATIENCE).unwrap());
            while client
                .send("is it closing?", Delivery::DroppableWithin(Duration::ZERO))
                .is_ok()
            {
                thread::yield_now();
            }
            assert_eq!(client.close(Duration::ZERO), Err(CloseError::AlreadyClosed));
            // A droppable message with no time may still be written if that is possible at once.
            let mut arrived = rest(&mut peer);
            arrived.retain(|text| text.as_str() != "is it closing?");
            assert_eq!(arrived, ["to be confirmed"]);
            assert_eq!(first.join().unwrap(), []);
        });
        assert!(receipt.is_delivered());
    });
}

#[test]
fn a_hook_cannot_close_its_own_client() {
    run(|| {
        let server = Server::new();
        let (send, closed) = channel();
        let (give, given) = channel::<Client>();
        let client = server
            .builder()
            .on_connect(move |_| send.send(given.recv().unwrap().close(PATIENCE)).unwrap());
        let client = client.start().unwrap();
        give.send(client.clone()).unwrap();
        let _peer = server.accept();
        assert_eq!(
            closed.recv_timeout(PATIENCE).unwrap(),
            Err(CloseError::InsideHook)
        );
        closes_soon(&client, Duration::ZERO);
    });
}

#[test]
fn a_hook_that_panics_ends_the_client_and_every_wait() {
    run(|| {
        let server = Server::new();
        let client = server
            .builder()
            .on_connect(|_| panic!("of a hook, as the test wants"))
            .start()
            .unwrap();
        let receipt = client.send("lost", Delivery::Guaranteed).unwrap();
        let _peer = server.accept();
        assert!(client.recv().is_none());
        receipt.wait(PATIENCE).unwrap_err();
        assert_eq!(client.close(PATIENCE), Err(CloseError::Panicked));
    });
}

#[test]
fn the_last_handle_ends_the_client() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        let clone = client.clone();
        let mut peer = server.accept();
        connected(&client);
        drop(client);
        clone.send("still there", Delivery::Droppable).unwrap();
        assert_eq!(next(&mut peer), Message::text("still there"));
        drop(clone);
        assert!(matches!(peer.read().unwrap(), Message::Close(_)));
    });
}

#[test]
fn events_end_when_another_thread_closes() {
    run(|| {
        let client = Client::builder(refused_url())
            .backoff(quick())
            .start()
            .unwrap();
        let seen = Mutex::new(0);
        thread::scope(|scope| {
            scope.spawn(|| {
                for event in client.events() {
                    assert!(matches!(event, Event::Disconnected { .. }), "{event:?}");
                    *seen.lock().unwrap() += 1;
                }
            });
            client.close(Duration::from_millis(20)).unwrap();
        });
    });
}
