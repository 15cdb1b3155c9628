//! Two objects on one socket: half a frame of one, and a whole frame of the other inside it.

use async_tungstenite::WebSocketStream;
use async_tungstenite::tokio::{TokioAdapter, accept_async, client_async};
use async_tungstenite::tungstenite::protocol::Role;
use async_tungstenite::tungstenite::{Error, Message};
use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move { accept_async(listener.accept().await?.0).await });
    let stream = TcpStream::connect(address).await?;
    let (mut client, _) = client_async(format!("ws://{address}/"), stream).await?;
    let mut server = server.await.unwrap()?;

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

    let std = unsafe {
        use std::os::fd::{AsRawFd, BorrowedFd};
        BorrowedFd::borrow_raw(server.get_ref().get_ref().as_raw_fd()).try_clone_to_owned()?
    };
    let other = TokioAdapter::new(TcpStream::from_std(std::net::TcpStream::from(std))?);
    let mut other = WebSocketStream::from_raw_socket(other, Role::Server, None).await;
    let half = server
        .send(Message::binary(vec![0; 16 << 20]))
        .now_or_never(); // first
    assert!(half.is_none(), "no one reads it");
    tokio::spawn(async move {
        futures_util::io::copy(client.get_mut(), &mut futures_util::io::sink()).await
    });
    other.send(Message::text("inside")).await?; // second
    Ok(())
}
