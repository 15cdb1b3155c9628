//! A client on the newest version that its author knows.

use std::net::SocketAddr;
use tungstenite::{Error, Message};

/// Says something to an echo server, and returns what came back.
pub fn ask(server: SocketAddr, words: &[&str]) -> Result<Vec<String>, Error> {
    let (mut socket, _) = tungstenite::connect(format!("ws://{server}/"))?;
    let mut answers = Vec::new();
    for word in words {
        socket.send(Message::text(*word))?;
        answers.push(socket.read()?.to_text()?.to_owned());
    }
    socket.close(None)?;
    while socket.read().is_ok() {}
    Ok(answers)
}

#[test]
fn a_server_of_the_same_version_answers() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let server = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a client");
        let mut socket = tungstenite::accept(stream).expect("a handshake");
        while let Ok(message) = socket.read() {
            if message.is_text() {
                socket
                    .send(Message::text("yes"))
                    .expect("the client is there");
            }
        }
    });
    assert_eq!(
        ask(address, &["one", "two"]).expect("answers"),
        ["yes", "yes"]
    );
    server.join().expect("the server has ended");
}
