//! An echo server with ezsockets, and a client of it.

use async_trait::async_trait;
use ezsockets::tungstenite::Acceptor;
use ezsockets::{Bytes, ClientConfig, CloseFrame, Error, Request, Server, Socket, Utf8Bytes};
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

const MESSAGES: usize = 100;

struct EchoServer;

#[async_trait]
impl ezsockets::ServerExt for EchoServer {
    type Session = EchoSession;
    type Call = ();

    async fn on_connect(
        &mut self,
        socket: Socket,
        _request: Request,
        address: SocketAddr,
    ) -> Result<Session, Option<CloseFrame>> {
        let id = address.port();
        Ok(Session::create(
            |session| EchoSession { id, session },
            id,
            socket,
        ))
    }

    async fn on_disconnect(
        &mut self,
        _id: u16,
        _reason: Result<Option<CloseFrame>, Error>,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn on_call(&mut self, (): ()) -> Result<(), Error> {
        Ok(())
    }
}

type Session = ezsockets::Session<u16, ()>;

struct EchoSession {
    id: u16,
    session: Session,
}

#[async_trait]
impl ezsockets::SessionExt for EchoSession {
    type ID = u16;
    type Call = ();

    fn id(&self) -> &u16 {
        &self.id
    }

    async fn on_text(&mut self, text: Utf8Bytes) -> Result<(), Error> {
        self.session.text(text)?;
        Ok(())
    }

    async fn on_binary(&mut self, bytes: Bytes) -> Result<(), Error> {
        self.session.binary(bytes)?;
        Ok(())
    }

    async fn on_call(&mut self, (): ()) -> Result<(), Error> {
        Ok(())
    }
}

struct EchoClient {
    connected: UnboundedSender<()>,
    echoes: UnboundedSender<usize>,
}

#[async_trait]
impl ezsockets::ClientExt for EchoClient {
    type Call = ();

    async fn on_connect(&mut self) -> Result<(), Error> {
        Ok(self.connected.send(())?)
    }

    async fn on_text(&mut self, text: Utf8Bytes) -> Result<(), Error> {
        Ok(self.echoes.send(text.len())?)
    }

    async fn on_binary(&mut self, bytes: Bytes) -> Result<(), Error> {
        Ok(self.echoes.send(bytes.len())?)
    }

    async fn on_call(&mut self, (): ()) -> Result<(), Error> {
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (server, _) = Server::create(|_| EchoServer);
    let serving = ezsockets::tungstenite::run_on(server, listener, Acceptor::Plain);
    let serving = tokio::spawn(serving);

    let (connected, mut connections) = unbounded_channel();
    let (echoes, mut heard) = unbounded_channel();
    let client = EchoClient { connected, echoes };
    let config = ClientConfig::new(format!("ws://{address}/").as_str());
    let (client, ending) = ezsockets::connect(|_| client, config).await;
    let ending = tokio::spawn(ending);
    // What is sent before is lost.
    connections.recv().await.expect("a connection");
    for size in 0..MESSAGES {
        client.text("x".repeat(size))?;
        assert_eq!(heard.recv().await, Some(size));
        client.binary(vec![7; 1000 * size])?;
        assert_eq!(heard.recv().await, Some(1000 * size));
    }
    client.close(None)?;
    ending.await??;
    serving.abort();
    println!("{} echoes", 2 * MESSAGES);
    Ok(())
}
