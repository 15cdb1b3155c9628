//! One object behind one mutex, and the mutex is taken for each fragment.
//!
//! "Every call is under the lock." But a message of several frames is one unit on the wire, and only control frames may
//! come between them. Two threads, one object, no overlap.

use crate::accusation::{Meeting, Pair, addresses};
use crate::common::{connection, start};
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use redhanded::report::Kind;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};
use redhanded::tungstenite::{Message, WebSocket};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

type Shared = Arc<Mutex<WebSocket<TcpStream>>>;

fn fragment(data: Data, is_final: bool) -> Message {
    Message::Frame(Frame::message(vec![7; 3], OpCode::Data(data), is_final))
}

fn upload_first(shared: &Shared) -> Site {
    let first = fragment(Data::Binary, false);
    let (sent, site) = (shared.lock().unwrap().send(first), here!());
    sent.expect("there is room");
    site
}

fn notify(shared: &Shared) -> Site {
    let (sent, site) = (shared.lock().unwrap().send(Message::text("hello")), here!());
    sent.expect("there is room");
    site
}

fn upload_rest(shared: &Shared) {
    shared
        .lock()
        .unwrap()
        .send(fragment(Data::Continue, false))
        .expect("there is room");
    shared
        .lock()
        .unwrap()
        .send(Message::Ping("still there?".into()))
        .expect("there is room");
    shared
        .lock()
        .unwrap()
        .send(fragment(Data::Continue, true))
        .expect("there is room");
}

fn program(_run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = connection();
    let addresses = addresses(&socket);
    let shared: Shared = Arc::new(Mutex::new(WebSocket::from_raw_socket(
        socket,
        Role::Server,
        None,
    )));
    let [uploads, notices] = [shared.clone(), shared.clone()];
    let began = start("uploader", move || upload_first(&uploads)).result();
    let notified = start("notifier", move || notify(&notices)).result();
    start("uploader", move || upload_rest(&shared)).result();
    peer.takes(5 + 7 + 5 + 14 + 5);

    let first = began.did("send Frame 3 B");
    let second = notified.did("send Text 5 B");
    let pair = Pair::in_turn(&[Kind::TornMessage], first, second, addresses);
    vec![Pair {
        meeting: Meeting::OnOneObject,
        ..pair
    }]
}

#[test]
fn a_message_between_the_fragments_of_another_is_caught() {
    caught_in_every_run(file!(), program);
}
