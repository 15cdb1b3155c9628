//! tungstenite as a peer, on a thread of its own. It reports the same lines as the programs in the folder `peers`.

use super::{Running, patient};
use crate::content::Content;
use redhanded::raw::tungstenite::error::ProtocolError;
use redhanded::raw::tungstenite::{Error, Message, WebSocket, accept, client};
use serde_json::{Value, json};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::thread;

pub(super) fn runs(arguments: &[&str]) -> Running {
    let (says, lines) = channel();
    let url = arguments.get(1).map(|url| (*url).to_owned());
    thread::spawn(move || match url {
        Some(url) => {
            let address = url.trim_start_matches("ws://").trim_end_matches('/');
            let socket = patient(TcpStream::connect(address).expect("the test listens"));
            listen(
                client(&url, socket).expect("the test shakes hands").0,
                &says,
            );
        }
        None => {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
            report(
                &says,
                json!({ "port": listener.local_addr().expect("an address").port() }),
            );
            let (socket, _) = listener.accept().expect("the test connects");
            listen(
                accept(patient(socket)).expect("the test shakes hands"),
                &says,
            );
        }
    });
    Running {
        lines,
        process: None,
    }
}

fn listen(mut socket: WebSocket<TcpStream>, says: &Sender<Value>) {
    loop {
        let content = match socket.read() {
            Ok(Message::Text(text)) => Content::new(true, text.as_bytes()),
            Ok(Message::Binary(payload)) => Content::new(false, &payload),
            Ok(_) => continue,
            // The end of the stream, or of what follows a close frame.
            Err(
                Error::ConnectionClosed
                | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake),
            ) => return,
            Err(error) => return report(says, json!({ "error": error.to_string() })),
        };
        let kind = if content.is_text { "text" } else { "binary" };
        report(
            says,
            json!({ "message": kind, "length": content.length, "sha1": content.sha1 }),
        );
    }
}

/// If the test has failed already, the receiver is dropped.
fn report(says: &Sender<Value>, line: Value) {
    let _ = says.send(line);
}
