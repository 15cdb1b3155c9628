//! Guaranteed messages that are stored on disk and survive the process.

use crate::peer::{PATIENCE, Server, quick, refused_url, rest, run};
use redhanded::raw::tungstenite::Message;
use redhanded_client::error::{SendRefusal, StartError};
use redhanded_client::{Client, Delivery, Options};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

/// A client whose server is not there.
fn unconnected(file: &Path) -> Client {
    Client::builder(refused_url())
        .backoff(quick())
        .spill(file)
        .start()
        .unwrap()
}

/// The messages that a server receives from a client with this file.
fn delivered(file: &Path) -> Vec<String> {
    let server = Server::new();
    let client = server.builder().spill(file).start().unwrap();
    let serving = thread::spawn(move || rest(&mut server.accept()));
    assert_eq!(client.close(PATIENCE).unwrap(), []);
    serving.join().unwrap()
}

#[test]
fn what_was_not_delivered_is_sent_by_the_next_client_in_order() {
    run(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("undelivered");
        let client = unconnected(&file);
        for number in 0..20 {
            client
                .send(number.to_string(), Delivery::Guaranteed)
                .unwrap();
        }
        client
            .send("worth nothing later", Delivery::Droppable)
            .unwrap();
        let kept: Vec<Message> = (0..20)
            .map(|number| Message::text(number.to_string()))
            .collect();
        assert_eq!(client.close(Duration::ZERO).unwrap(), kept);
        // The server is still not there, and one more message is sent.
        let client = unconnected(&file);
        client.send("20", Delivery::Guaranteed).unwrap();
        assert_eq!(client.close(Duration::ZERO).unwrap().len(), 21);
        assert_eq!(
            delivered(&file),
            (0..21).map(|number| number.to_string()).collect::<Vec<_>>()
        );
        let client = unconnected(&file);
        assert_eq!(
            client.close(Duration::ZERO).unwrap(),
            [],
            "what is delivered is not in the file any more"
        );
    });
}

#[test]
fn a_process_that_is_killed_loses_nothing_that_was_taken() {
    const FILE: &str = "REDHANDED_TEST_SPILL";
    if let Some(file) = std::env::var_os(FILE) {
        let client = unconnected(Path::new(&file));
        for number in 0..50 {
            client.send(vec![number], Delivery::Guaranteed).unwrap();
        }
        std::process::abort();
    }
    run(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("undelivered");
        let test = "spilling::a_process_that_is_killed_loses_nothing_that_was_taken";
        let output = Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact"])
            .env(FILE, &file)
            .output()
            .unwrap();
        assert!(!output.status.success());
        let client = unconnected(&file);
        let kept: Vec<Message> = (0..50)
            .map(|number| Message::binary(vec![number]))
            .collect();
        assert_eq!(client.close(Duration::ZERO).unwrap(), kept);
    });
}

#[test]
fn many_senders_share_the_disk_and_keep_their_order() {
    run(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("undelivered");
        let client = unconnected(&file);
        thread::scope(|scope| {
            for sender in 0..8 {
                let client = &client;
                scope.spawn(move || {
                    (0..25).for_each(|number| {
                        drop(
                            client
                                .send(format!("{sender} {number}"), Delivery::Guaranteed)
                                .unwrap(),
                        )
                    })
                });
            }
        });
        client.close(Duration::ZERO).unwrap();
        let seen = delivered(&file);
        assert_eq!(seen.len(), 200);
        for sender in 0..8 {
            let own: Vec<_> = seen
                .iter()
                .filter(|text| text.starts_with(&format!("{sender} ")))
                .cloned()
                .collect();
            assert_eq!(
                own,
                (0..25)
                    .map(|number| format!("{sender} {number}"))
                    .collect::<Vec<_>>()
            );
        }
    });
}

#[test]
fn a_message_that_is_refused_while_others_close_is_not_stored() {
    run(|| {
        for _ in 0..5 {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("undelivered");
            let client = unconnected(&file);
            client.send("first", Delivery::Guaranteed).unwrap();
            let (taken, undelivered) = thread::scope(|scope| {
                let senders: Vec<_> = (0..4)
                    .map(|_| {
                        scope.spawn(|| {
                            (0..)
                                .take_while(|_| client.send("more", Delivery::Guaranteed).is_ok())
                                .count()
                        })
                    })
                    .collect();
                let undelivered = client.close(Duration::ZERO).unwrap();
                (
                    senders
                        .into_iter()
                        .map(|sender| sender.join().unwrap())
                        .sum::<usize>(),
                    undelivered,
                )
            });
            assert_eq!(undelivered.len(), taken + 1);
            assert_eq!(
                unconnected(&file).close(Duration::ZERO).unwrap(),
                undelivered
            );
        }
    });
}

#[test]
fn an_async_send_waits_for_the_disk_as_well() {
    run(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("undelivered");
        let client = unconnected(&file);
        futures_executor::block_on(async {
            for number in 0..5 {
                client
                    .send_async(number.to_string(), Delivery::Guaranteed)
                    .await
                    .unwrap();
            }
        });
        assert_eq!(client.close(Duration::ZERO).unwrap().len(), 5);
        assert_eq!(delivered(&file), ["0", "1", "2", "3", "4"]);
    });
}

#[test]
fn room_is_bounded_with_a_store_as_well() {
    run(|| {
        let folder = tempfile::tempdir().unwrap();
        let options = Options::default()
            .queue_messages(3)
            .send_timeout(Duration::ZERO);
        let builder = Client::builder(refused_url())
            .options(options)
            .spill(folder.path().join("undelivered"));
        let client = builder.start().unwrap();
        (0..3).for_each(|_| drop(client.send("kept", Delivery::Guaranteed).unwrap()));
        assert_eq!(
            client
                .send("no room", Delivery::Guaranteed)
                .unwrap_err()
                .into_message(),
            Message::text("no room")
        );
        assert_eq!(client.close(Duration::ZERO).unwrap().len(), 3);
    });
}

#[test]
fn a_file_that_another_client_has_open_is_an_error_at_once() {
    run(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("undelivered");
        let client = unconnected(&file);
        let refused = Client::builder(refused_url())
            .spill(&file)
            .start()
            .unwrap_err();
        assert!(matches!(refused, StartError::Store(_)), "{refused:?}");
        client.close(Duration::ZERO).unwrap();
        unconnected(&file).close(Duration::ZERO).unwrap();
    });
}

/// Sets how long a file of this process may become. A longer one fails like a full disk.
fn limit_files(bytes: u64) {
    // SAFETY: both calls only set what the kernel does with this process.
    unsafe {
        // Otherwise the limit kills the process.
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        let limit = libc::rlimit {
            rlim_cur: bytes,
            rlim_max: libc::RLIM_INFINITY,
        };
        assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &limit), 0);
    }
}

#[test]
fn after_a_full_disk_messages_are_stored_as_soon_as_there_is_room() {
    const FILE: &str = "REDHANDED_TEST_FULL";
    const MESSAGE: usize = 256 << 10;
    if let Some(file) = std::env::var_os(FILE) {
        let client = unconnected(Path::new(&file));
        client.send("before", Delivery::Guaranteed).unwrap();
        let length = std::fs::metadata(&file).unwrap().len();
        limit_files(length);
        let mut refused = 0;
        while refused < 3 {
            match client.send(vec![b'x'; MESSAGE], Delivery::Guaranteed) {
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(error.reason, SendRefusal::NotStored);
                    refused += 1;
                }
            }
        }
        limit_files(libc::RLIM_INFINITY);
        client.send("after", Delivery::Guaranteed).unwrap();
        std::process::abort();
    }
    run(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("undelivered");
        let test = "spilling::after_a_full_disk_messages_are_stored_as_soon_as_there_is_room";
        let output = Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact"])
            .env(FILE, &file)
            .output()
            .unwrap();
        let left = unconnected(&file).close(Duration::ZERO).unwrap();
        let texts: Vec<_> = left.iter().filter(|message| message.is_text()).collect();
        let expected = [Message::text("before"), Message::text("after")];
        assert_eq!(texts, expected.iter().collect::<Vec<_>>(), "{output:?}");
    });
}

#[test]
fn a_file_that_is_damaged_is_an_error_and_stays_as_it_is() {
    run(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("undelivered");
        let client = unconnected(&file);
        for number in 0..100 {
            let message = vec![number; 4_096];
            client.send(message, Delivery::Guaranteed).unwrap();
        }
        client.close(Duration::ZERO).unwrap();
        let whole = std::fs::read(&file).unwrap();
        let cuts = [1, 100, 4_096, whole.len() / 2, whole.len() - 1];
        let cut = cuts.map(|length| whole[..length].to_vec());
        let overwritten = [(0, 8), (9, 40), (4_096, 8_192)].map(|(from, to)| {
            let mut bytes = whole.clone();
            bytes[from..to].fill(0xa5);
            bytes
        });
        for damaged in cut.into_iter().chain(overwritten) {
            std::fs::write(&file, &damaged).unwrap();
            let started = Client::builder(refused_url()).spill(&file).start();
            match started {
                Err(error) => {
                    assert!(matches!(error, StartError::Store(_)), "{error:?}");
                    let now = std::fs::read(&file).unwrap();
                    assert!(now == damaged, "the file was changed: {error}");
                }
                // Not every byte of the file is used.
                Ok(client) => assert_eq!(client.close(Duration::ZERO).unwrap().len(), 100),
            }
        }
    });
}
