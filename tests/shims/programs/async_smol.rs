//! Two objects on one socket: half a frame of one, and a whole frame of the other inside it.

use async_tungstenite::tungstenite::protocol::Role;
use async_tungstenite::tungstenite::{Error, Message};
use async_tungstenite::{WebSocketStream, accept_async, client_async};
use futures_util::{FutureExt, SinkExt, StreamExt};
use smol::net::{TcpListener, TcpStream};

fn main() -> Result<(), Error> {
    smol::block_on(run())
}

async fn run() -> Result<(), Error> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = smol::spawn(async move { accept_async(listener.accept().await?.0).await });
    let stream = TcpStream::connect(address).await?;
    let (mut client, _) = client_async(format!("ws://{address}/"), stream).await?;
    let mut server = server.await?;

    // What is right is not accused.
    for _ in 0..100 {
        client.send(Message::text("hello")).await?;
        assert_eq!(server.next().await.unwrap()?, Message::text("hello"));
        server.send(Message::Ping(vec![1, 2].into())).await?;
        assert_eq!(
            client.next().await.unwrap()?,
            Message::Ping(vec![1, 2].into())
        );
        client.flush().await?;
        assert_eq!(
            server.next().await.unwrap()?,
            Message::Pong(vec![1, 2].into())
        );
    }

    let other = server.get_ref().clone();
    let mut other = WebSocketStream::from_raw_socket(other, Role::Server, None).await;
    let half = server
        .send(Message::binary(vec![0; 16 << 20]))
        .now_or_never(); // first
    assert!(half.is_none(), "no one reads it");
    let _drained = smol::spawn(async move {
        futures_util::io::copy(client.get_mut(), &mut futures_util::io::sink()).await
    });
    other.send(Message::text("inside")).await?; // second
    Ok(())
}
