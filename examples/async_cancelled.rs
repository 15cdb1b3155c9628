//! A timeout drops a write half-way, and the next frame follows. A payload is corrupted, and no error appears.
//!
//! ```text
//! cargo run --example async_cancelled --features dashboard,tokio
//! ```
//!
//! The server writes with `fastwebsockets`. Its `write_frame` writes from within its future: if a timeout drops the future,
//! the rest of the frame is gone. The client is a plain tokio-tungstenite. Look at what it receives, then at the page. The
//! report shows the poll of `publish` that left its frame open, the frame of `send_status` that went into it, and after
//! which byte. The page stays up for two minutes. Press Ctrl-C to end it earlier.
//!
//! How to fix it: let a task of its own write, and let the timeout only stop waiting for that task. Or close the connection
//! when a write was dropped. (tokio-tungstenite keeps a dropped message, and finishes it with the next one.)

use fastwebsockets::{Frame, OpCode, Payload, Role, WebSocket, WebSocketError};
use futures_util::StreamExt;
use redhanded::Tap;
use redhanded::raw::tokio_tungstenite::{WebSocketStream, tungstenite};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = TcpStream::connect(listener.local_addr()?).await?;
    let (accepted, _) = listener.accept().await?;

    // The only line for the detector.
    let accepted = Tap::new(accepted);
    let mut server = WebSocket::after_handshake(accepted, Role::Server);

    publish(&mut server).await?;
    let client = tokio::spawn(read(client));
    send_status(&mut server).await?;
    // The client takes these bytes for the rest of the old prices, and leaves before their end.
    let _ = server.write_frame(prices(8)).await;
    client.await?;

    let reports = redhanded::reports();
    println!(
        "{} report(s): {}",
        reports.len(),
        redhanded::url().unwrap_or_else(|| "there is no page".to_owned())
    );
    sleep(Duration::from_secs(120)).await;
    Ok(())
}

/// Sends more than the system takes while the client does not read, and waits for it only a little.
async fn publish(server: &mut WebSocket<Tap<TcpStream>>) -> Result<(), WebSocketError> {
    match timeout(Duration::from_millis(200), server.write_frame(prices(7))).await {
        Ok(result) => result,
        Err(_) => {
            println!("server: the client is slow, these prices are skipped");
            Ok(())
        }
    }
}

fn prices(byte: u8) -> Frame<'static> {
    Frame::new(
        true,
        OpCode::Binary,
        None,
        Payload::Owned(vec![byte; 16 << 20]),
    )
}

async fn send_status(server: &mut WebSocket<Tap<TcpStream>>) -> Result<(), WebSocketError> {
    server
        .write_frame(Frame::text(Payload::Borrowed(b"all is well")))
        .await?;
    println!("server: the status is sent, without an error");
    Ok(())
}

async fn read(client: TcpStream) {
    let mut client =
        WebSocketStream::from_raw_socket(client, tungstenite::protocol::Role::Client, None).await;
    while let Some(message) = client.next().await {
        match message {
            Ok(message) => {
                let foreign = message.into_data().iter().position(|byte| *byte != 7);
                let Some(at) = foreign else { continue };
                println!("client: a message, and its byte {at} is not the byte that was sent");
            }
            Err(error) => return println!("client: {error}"),
        }
    }
}
