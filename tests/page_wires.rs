//! The live wires as the page shows them.
#![cfg(any(debug_assertions, feature = "detect-in-release"))]

#[path = "page/client.rs"]
mod client;
#[path = "common/quiet.rs"]
mod quiet;

use client::{Overlap, connection, get, page, wait_for};
use quiet::quiet;
use redhanded::dashboard::Dashboard;
use redhanded::tungstenite::{Message, WebSocket, protocol::Role};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{self, Cursor, Read};
use std::thread;

fn wires(page: &Dashboard) -> Vec<Value> {
    get(page, "/api/wires?limit=1000").json()["wires"]
        .as_array()
        .unwrap()
        .clone()
}

/// The wire of a socket, if it is there.
fn wire(page: &Dashboard, local: impl ToString) -> Option<Value> {
    let local = local.to_string();
    wires(page).into_iter().find(|wire| wire["local"] == *local)
}

#[test]
fn bytes_messages_and_threads_are_those_of_the_handle() {
    quiet();
    let page = page();
    let (socket, mut peer) = connection();
    let local = socket.local_addr().unwrap();
    let mut websocket = WebSocket::from_raw_socket(socket, Role::Server, None);
    let shown = wire(&page, local).expect("a wire");
    assert_eq!(
        (&shown["handle_count"], &shown["encrypted"]),
        (&1.into(), &false.into())
    );
    assert_eq!(
        (
            &shown["handles"][0]["bytes"],
            &shown["handles"][0]["operation"]
        ),
        (&0.into(), &Value::Null)
    );
    assert_eq!(shown["threads"], serde_json::json!([]));

    let writer = thread::Builder::new().name("writer".into()).spawn(move || {
        websocket.send(Message::text("hello")).unwrap();
        websocket.send(Message::Ping("p".into())).unwrap();
        for message in ["a", "b"] {
            websocket.write(Message::text(message)).unwrap();
        }
        websocket.flush().unwrap();
        websocket.send(Message::binary(vec![0; 100_000])).unwrap();
        websocket
    });
    peer.read_exact(&mut vec![0; 7 + 3 + 3 + 3 + 100_010])
        .unwrap();
    let websocket = writer.unwrap().join().unwrap();
    let shown = wire(&page, local).expect("a wire");
    let handle = &shown["handles"][0];
    assert_eq!(
        (&handle["bytes"], &handle["messages"]),
        (&(7 + 3 + 3 + 3 + 100_010).into(), &4.into())
    );
    assert_eq!(handle["operation"], "send Binary 97.7 KiB");
    assert_eq!(
        (&handle["writing"], &handle["inside_frame"]),
        (&Value::Null, &false.into())
    );
    assert_eq!(shown["threads"].as_array().map(Vec::len), Some(1));

    drop(websocket);
    assert_eq!(
        wire(&page, local),
        None,
        "a wire is gone with its last handle"
    );
}

#[test]
fn a_writer_inside_a_call_is_shown_with_a_time_that_grows_and_a_finding_that_stays() {
    quiet();
    let page = page();
    // The message is as long as the first, so it cannot be sent as a whole either.
    let overlap = Overlap::begin(|two| drop(two.send(Message::from(vec![0u8; 64 << 20]))));
    let local = overlap.local;
    let both = || {
        wire(&page, local).filter(|wire| {
            wire["writing"]
                .as_array()
                .is_some_and(|both| both.len() == 2)
        })
    };
    let shown = wait_for("two writers", both);
    assert_eq!(shown["handle_count"], 2);
    let sender = &shown["writing"][0];
    assert_eq!(
        (&sender["thread"], &sender["operation"]),
        (&"\"<b>sender</b>\"".into(), &"send Binary 64 MiB".into())
    );
    assert_eq!(sender["task"], Value::Null);
    let site = sender["site"].as_str().unwrap();
    assert!(site.starts_with("tests/page/client.rs:"), "{site}");
    assert_eq!(
        shown["handles"][0]["writing"]["since_us"],
        sender["since_us"]
    );
    assert!(sender["since_us"].as_f64().unwrap() > 0.0);
    let later = wire(&page, local).unwrap();
    assert!(later["writing"][0]["since_us"].as_f64() > sender["since_us"].as_f64());
    let threads: BTreeSet<_> = shown["threads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["thread"].to_string())
        .collect();
    assert_eq!(threads.len(), 2, "{shown}");
    overlap.end();
}

#[test]
fn findings_are_shown_with_their_wire() {
    quiet();
    let page = page();
    let (socket, peer) = connection();
    let local = socket.local_addr().unwrap();
    let mut one = WebSocket::from_raw_socket(socket.try_clone().unwrap(), Role::Server, None);
    let mut two = WebSocket::from_raw_socket(socket, Role::Server, None);
    let sender = thread::spawn(move || {
        let _ = one.send(Message::from(vec![0u8; 64 << 20]));
        one
    });
    (&peer).read_exact(&mut [0]).unwrap();
    let other = thread::spawn(move || {
        let _ = two.send(Message::from(vec![0u8; 64 << 20]));
        two
    });
    wait_for("second writer", || {
        wire(&page, local).filter(|wire| wire["writing"].as_array().unwrap().len() == 2)
    });
    // Now both sends can end.
    let mut reader = peer.try_clone().unwrap();
    let reading = thread::spawn(move || io::copy(&mut reader, &mut io::sink()));
    let handles = (sender.join().unwrap(), other.join().unwrap());
    let shown = wire(&page, local).unwrap();
    assert!(shown["findings"].as_u64().unwrap() > 0, "{shown}");
    assert_eq!(
        wires(&page)[0]["findings"]
            .as_u64()
            .map(|findings| findings > 0),
        Some(true),
        "those with findings first"
    );
    drop(handles);
    peer.shutdown(std::net::Shutdown::Both).unwrap();
    reading.join().unwrap().unwrap();
}

#[test]
fn streams_without_a_socket_are_there_and_pages_show_each_wire_once() {
    quiet();
    let page = page();
    let mut many: Vec<_> = (0..500)
        .map(|_| WebSocket::from_raw_socket(Cursor::new(Vec::<u8>::new()), Role::Server, None))
        .collect();
    many.iter_mut()
        .for_each(|websocket| websocket.send(Message::text("x")).unwrap());
    let watching = get(&page, "/api/list").json()["watching"].clone();
    assert!(
        watching["wires"].as_u64().unwrap() >= 500 && watching["handles"].as_u64().unwrap() >= 500,
        "{watching}"
    );
    let mut seen = BTreeSet::new();
    for offset in (0..600).step_by(100) {
        let part = get(&page, &format!("/api/wires?offset={offset}&limit=100")).json();
        assert!(part["total"].as_u64().unwrap() >= 500);
        let wires = part["wires"].as_array().unwrap();
        assert!(wires.len() <= 100);
        seen.extend(
            wires
                .iter()
                .filter(|wire| wire["local"].is_null())
                .map(|wire| wire["id"].as_u64().unwrap()),
        );
    }
    assert!(
        seen.len() >= 500 - 50,
        "others come and go, and move the pages: {}",
        seen.len()
    );
    let shown = wires(&page)
        .into_iter()
        .find(|wire| wire["local"].is_null())
        .unwrap();
    assert_eq!(
        (
            &shown["handles"][0]["messages"],
            &shown["handles"][0]["bytes"]
        ),
        (&1.into(), &3.into())
    );
}

/// A newtype round a socket, which is not known.
struct Locked<S>(S);

impl<S: Read> Read for Locked<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<S: io::Write> io::Write for Locked<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[test]
fn a_stream_of_a_type_that_is_not_known_is_named_on_its_wire_and_in_the_list() {
    quiet();
    let page = page();
    let (socket, _peer) = connection();
    let locked = WebSocket::from_raw_socket(Locked(socket), Role::Server, None);
    let in_memory = WebSocket::from_raw_socket(Cursor::new(Vec::<u8>::new()), Role::Server, None);
    let names = wires(&page)
        .into_iter()
        .map(|wire| wire["unknown_type"].clone());
    let names: Vec<_> = names.filter(|name| !name.is_null()).collect();
    assert_eq!(names, ["Locked<TcpStream>"]);
    let hints = get(&page, "/api/list").json()["hints"].clone();
    let hint = "1 connection on `Locked<TcpStream>`, whose socket is not known: two writers on one socket would not be seen";
    assert_eq!(hints, serde_json::json!([hint]));
    drop((locked, in_memory));
}

#[test]
fn call_sites_that_came_close_are_shown_and_accuse_no_one() {
    quiet();
    let page = page();
    // While it lives, writers are held a little.
    let watch = redhanded::watch();
    let (socket, mut peer) = connection();
    thread::spawn(move || io::copy(&mut peer, &mut io::sink()));
    let local = socket.local_addr().unwrap();
    let [mut one, mut other] = [socket.try_clone().unwrap(), socket]
        .map(|socket| WebSocket::from_raw_socket(socket, Role::Server, None));
    let (first, second) = (line!() + 3, line!() + 6);
    // On a busy machine, the second may come too late.
    let near = wait_for("near miss", || {
        thread::scope(|scope| scope.spawn(|| one.send(Message::text("one"))).join())
            .unwrap()
            .unwrap();
        other.send(Message::Ping("other".into())).unwrap();
        let shown = wire(&page, local).expect("a wire");
        assert_eq!(shown["findings"], 0);
        let near = shown["near_misses"].as_array().expect("a list");
        near.first().cloned()
    });
    let mut sides: Vec<_> = near["sides"]
        .as_array()
        .expect("two")
        .iter()
        .map(|side| (side["operation"].clone(), side["site"].clone()))
        .collect();
    sides.sort_by_key(|(operation, _)| operation.to_string());
    let [(ping, of_ping), (text, of_text)] = &sides[..] else {
        panic!("{near}")
    };
    assert_eq!((ping, text), (&"send Ping".into(), &"send Text".into()));
    for (site, line) in [(of_text, first), (of_ping, second)] {
        let site = site.as_str().expect("a call site");
        assert!(
            site.contains(&format!("page_wires.rs:{line}:")),
            "{near} {line}"
        );
    }
    assert!(near["count"].as_u64() >= Some(1) && near["nearest_us"].as_f64() > Some(0.0));
    watch.assert_clean();
}
