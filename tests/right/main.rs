//! Programs that keep the contract. None of them gets a report, in any run.
//!
//! Each program really has writers that meet: one is stuck in a send while the others come. And every message arrives
//! whole.
#![cfg(any(debug_assertions, feature = "detect-in-release"))]

#[path = "../common/actors.rs"]
mod actors;
#[path = "../common/asynchronous.rs"]
#[allow(dead_code)] // Only the wrong programs hold a writer back.
mod asynchronous;
#[path = "../common/mod.rs"]
mod common;

mod behind_one_handshake;
mod buffered_write;
mod cancelled_sends;
mod empty_writes;
mod forwarded_messages;
mod fragments_in_turn;
mod frames_flushed_together;
mod frames_past_the_object;
mod handed_on_frames;
mod handed_over_send;
mod handshakes;
mod keep_alive_below;
mod muted_half;
mod mutex;
mod no_upgrade;
mod one_lock;
mod other_protocols;
mod pings_between_fragments;
mod polling_reader;
mod reconnects;
mod refused_sends;
mod remade_objects;
mod replaced_socket;
mod shared_outgoing;
mod silent_reader;
mod streams_without_sockets;
mod tapped_again;
mod tapped_http;
mod tapped_libraries;
mod tapped_pieces;
mod turns_by_write;
mod turns_inside_the_stream;
mod writer_thread;

use common::PATIENCE;
use redhanded::raw::tungstenite::Message;
use std::sync::mpsc::Receiver;

/// Runs a program often, and checks that there is no finding, neither here nor in what ran beside it.
#[track_caller]
fn never_accused(program: fn()) {
    let watch = redhanded::watch();
    common::run_often(move |_| program());
    watch.assert_clean();
    assert_eq!(redhanded::reports(), []);
    assert_eq!(redhanded::statistics(), redhanded::Statistics::default());
}

/// Receives what another thread sends, and fails if nothing comes.
#[track_caller]
pub(crate) fn receive<T>(what: &str, from: &Receiver<T>) -> T {
    from.recv_timeout(PATIENCE)
        .unwrap_or_else(|error| panic!("no {what}: {error}"))
}

/// A few messages of one sender, which differ from those of others.
fn notices(sender: &str) -> impl Iterator<Item = Message> {
    (0..10).map(move |number| Message::text(format!("{sender} {number}")))
}

/// Checks that the big message came first and the close frame last, with all notices between, in order for each sender.
#[track_caller]
fn assert_all_arrived(messages: &[Message], senders: &[&str]) {
    let [big, between @ .., Message::Close(_)] = messages else {
        panic!("no goodbye: {messages:?}")
    };
    assert!(
        *big == common::big_message(),
        "the big message comes first, and whole"
    );
    for sender in senders {
        let from_it =
            |message: &&Message| matches!(message, Message::Text(text) if text.starts_with(sender));
        assert!(
            between
                .iter()
                .filter(from_it)
                .eq(&notices(sender).collect::<Vec<_>>()),
            "{sender}: {between:?}"
        );
    }
    assert_eq!(
        between.len(),
        senders.iter().flat_map(|sender| notices(sender)).count()
    );
}

mod tests {
    use super::*;
    use std::panic::catch_unwind;

    fn arrived(change: impl FnOnce(&mut Vec<Message>)) -> Vec<Message> {
        let mut messages = vec![common::big_message()];
        messages.extend(
            notices("a")
                .zip(notices("b"))
                .flat_map(|(one, other)| [one, other]),
        );
        messages.push(Message::Close(None));
        change(&mut messages);
        messages
    }

    #[test]
    fn all_messages_in_any_mixture_have_arrived() {
        assert_all_arrived(&arrived(|_| {}), &["a", "b"]);
    }

    #[test]
    fn a_message_that_is_lost_swapped_doubled_or_foreign_has_not_arrived() {
        let changes: [fn(&mut Vec<Message>); 5] = [
            |messages| drop(messages.remove(5)),
            |messages| messages.swap(1, 3),
            |messages| messages.insert(4, messages[5].clone()),
            |messages| messages.insert(4, Message::text("c 1")),
            |messages| drop(messages.pop()),
        ];
        for change in changes {
            catch_unwind(|| assert_all_arrived(&arrived(change), &["a", "b"])).unwrap_err();
        }
    }
}
