//! Two objects of tokio on one socket, each in a task of its own.
//!
//! tokio's stream has no `try_clone`, so people clone the std socket and turn both into tokio's. On one thread, two polls
//! never overlap. But a big message takes many polls, and between two of them the other task has its turn.

use crate::accusation::{Pair, addresses};
use crate::asynchronous::{Gate, in_a_task, of_tokio, on_one_thread, reading};
use crate::common::peer::BIG;
use crate::common::{big_message, connection, run_often};
use crate::evidence::Seen;
use crate::runs::{Run, caught_in_every_run, reports_of};
use crate::writers::Site;
use futures_util::SinkExt;
use redhanded::report::Kind;
use redhanded::tokio_tungstenite::WebSocketStream;
use redhanded::tokio_tungstenite::tungstenite::Message;
use redhanded::tokio_tungstenite::tungstenite::protocol::Role;
use tokio::net::TcpStream;

type Object = WebSocketStream<TcpStream>;

async fn object_on(socket: &std::net::TcpStream) -> Object {
    WebSocketStream::from_raw_socket(of_tokio(socket), Role::Server, None).await
}

async fn upload(mut uploads: Object) -> Site {
    let (sent, site) = (uploads.send(big_message()).await, here!());
    sent.expect("the uploader gets no error");
    site
}

async fn notify(mut notices: Object) -> Site {
    let (sent, site) = (notices.send(Message::text("hello")).await, here!());
    sent.expect("the notifier gets no error");
    site
}

fn program(_run: &Run) -> Vec<Pair> {
    let (socket, peer) = connection();
    let addresses = addresses(&socket);
    let (uploaded, notified, peer) = on_one_thread(async {
        let (uploads, notices) = (object_on(&socket).await, object_on(&socket).await);
        let gate = Gate::default();
        let uploader = tokio::spawn(gate.before(upload(uploads)));
        gate.shuts_when_full(&socket).await;
        let notified = in_a_task(notify(notices)).await;
        gate.opens();
        let peer = reading(peer);
        (uploader.await.expect("it comes back"), notified, peer)
    });
    drop(socket);

    let first = uploaded.polled("send Binary 2 MiB");
    let second = notified.polled("send Text 5 B");
    let seen = Seen {
        bytes: peer.result(),
        inserted: 2 + "hello".len(),
        peer: Role::Client,
        before: Some(0),
    };
    vec![Pair {
        seen: Some(seen),
        ..Pair::in_turn(&[Kind::TornFrame], first, second, addresses)
    }]
}

#[test]
fn two_tasks_with_an_object_each_on_one_socket_are_caught_without_any_overlap() {
    caught_in_every_run(file!(), program);
}

mod two_big_messages {
    use super::*;

    async fn upload(mut object: Object) {
        object
            .send(big_message())
            .await
            .expect("the uploaders get no error");
    }

    /// Each writes what the socket takes when it has its turn. So the number of turns is not known.
    fn program() {
        let (socket, peer) = connection();
        let peer = on_one_thread(async {
            let objects = [object_on(&socket).await, object_on(&socket).await];
            let gates = [Gate::default(), Gate::default()];
            let [one, other] = objects;
            let one = tokio::spawn(gates[0].before(upload(one)));
            gates[0].shuts_when_full(&socket).await;
            let other = tokio::spawn(gates[1].before(upload(other)));
            gates[1].shuts_when_full(&socket).await;
            gates.iter().for_each(Gate::opens);
            let peer = reading(peer);
            one.await.expect("it comes back");
            other.await.expect("it comes back");
            peer
        });
        drop(socket);
        assert_eq!(peer.result().len(), 2 * (10 + BIG));
    }

    #[test]
    fn two_tasks_that_both_send_more_than_the_socket_takes_tear_a_frame_in_every_run() {
        let torn = || {
            let here = |report: &redhanded::report::Report| {
                report.writers.iter().all(|it| {
                    it.top_application_frame()
                        .is_some_and(|top| top.function.contains("two_big_messages::upload"))
                })
            };
            let reports: Vec<_> = reports_of(file!()).into_iter().filter(here).collect();
            assert!(
                reports.iter().all(|report| report.kind == Kind::TornFrame),
                "{reports:#?}"
            );
            reports.iter().map(|report| report.count).sum::<u64>()
        };
        run_often(move |run| {
            let before = torn();
            program();
            assert!(torn() > before, "no frame was torn in run {run}");
        });
    }
}
