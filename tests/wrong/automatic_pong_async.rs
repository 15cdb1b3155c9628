//! A reader object on a clone of the socket, in a task beside the writer's.
//!
//! "It only reads": but `next` answers pings by itself, here in the middle of the writer's frame.

use crate::accusation::{Pair, addresses};
use crate::asynchronous::{Gate, in_a_task, of_tokio, on_one_thread, reading};
use crate::common::{big_message, connection};
use crate::evidence::Seen;
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use futures_util::{SinkExt, StreamExt};
use redhanded::report::Kind;
use redhanded::tokio_tungstenite::WebSocketStream;
use redhanded::tokio_tungstenite::tungstenite::Message;
use redhanded::tokio_tungstenite::tungstenite::protocol::Role;
use tokio::net::TcpStream;

type Client = WebSocketStream<TcpStream>;

async fn client_on(socket: &std::net::TcpStream) -> Client {
    WebSocketStream::from_raw_socket(of_tokio(socket), Role::Client, None).await
}

async fn upload(mut writer: Client) -> Site {
    let (sent, site) = (writer.send(big_message()).await, here!());
    sent.expect("the writer gets no error");
    site
}

async fn read_loop(mut reader: Client) -> Site {
    loop {
        let (message, site) = (reader.next().await, here!());
        if message.expect("it goes on").expect("a message") == Message::text("after the ping") {
            return site;
        }
    }
}

fn program(_run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = connection();
    let addresses = addresses(&socket);
    let (uploaded, read, peer) = on_one_thread(async {
        let (writer, reader) = (client_on(&socket).await, client_on(&socket).await);
        let gate = Gate::default();
        let writer = tokio::spawn(gate.before(upload(writer)));
        gate.shuts_when_full(&socket).await;
        peer.sends(Role::Server, Message::Ping(vec![1, 2].into()));
        peer.sends(Role::Server, Message::text("after the ping"));
        let read = in_a_task(read_loop(reader)).await;
        gate.opens();
        let peer = reading(peer);
        (writer.await.expect("it comes back"), read, peer)
    });
    drop(socket);

    let first = uploaded.polled("send Binary 2 MiB");
    let second = read.polled("automatic pong 2 B");
    let seen = Seen {
        bytes: peer.result(),
        inserted: 6 + 2,
        peer: Role::Server,
        before: Some(0),
    };
    vec![Pair {
        seen: Some(seen),
        ..Pair::in_turn(&[Kind::TornFrame], first, second, addresses)
    }]
}

#[test]
fn the_reading_task_that_answers_pings_beside_a_writing_task_is_named() {
    caught_in_every_run(file!(), program);
}
