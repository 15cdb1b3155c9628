//! Two taps on clones of one socket in two tasks, which run on any of several threads.

use crate::accusation::{Pair, addresses};
use crate::asynchronous::{Gate, in_a_task, of_tokio, on_many_threads, reading};
use crate::common::connection;
use crate::evidence::Seen;
use crate::runs::{Run, caught_in_every_run};
use crate::two_taps::{SMALL_FRAME, big_frame};
use crate::writers::Site;
use redhanded::Tap;
use redhanded::report::Kind;
use redhanded::tungstenite::protocol::Role;
use tokio::io::AsyncWriteExt;

type Stream = Tap<tokio::net::TcpStream>;

async fn upload(mut tap: Stream) -> Site {
    let (written, site) = (tap.write_all(&big_frame()).await, here!());
    written.expect("the uploader gets no error");
    site
}

async fn notify(mut tap: Stream) -> Site {
    let (written, site) = (tap.write_all(&SMALL_FRAME).await, here!());
    written.expect("the notifier gets no error");
    site
}

fn in_two_tasks(_run: &Run) -> Vec<Pair> {
    let (socket, peer) = connection();
    let addresses = addresses(&socket);
    let (uploaded, notified, peer) = on_many_threads(async {
        let [uploads, notices] = [(); 2].map(|()| Tap::new(of_tokio(&socket)));
        let gate = Gate::default();
        let uploader = tokio::spawn(gate.before(upload(uploads)));
        gate.shuts_when_full(&socket).await;
        let notified = in_a_task(notify(notices)).await;
        gate.opens();
        let peer = reading(peer);
        (uploader.await.expect("it comes back"), notified, peer)
    });
    drop(socket);
    let (first, second) = (
        uploaded.left("write Binary 2 MiB"),
        notified.did("write Text 5 B"),
    );
    let seen = Seen {
        bytes: peer.result(),
        inserted: SMALL_FRAME.len(),
        peer: Role::Client,
        before: Some(0),
    };
    vec![Pair {
        seen: Some(seen),
        ..Pair::in_turn(&[Kind::TornFrame], first, second, addresses)
    }]
}

#[test]
fn two_taps_on_one_socket_are_caught_in_two_tasks_of_several_threads() {
    caught_in_every_run(file!(), in_two_tasks);
}
