// Right: a server on hyper taps what it accepts, before it is wrapped in anything else.
use hyper_util::rt::TokioIo;
use redhanded::Tap;
use tokio::net::{TcpListener, TcpStream};

pub async fn accept(listener: &TcpListener) -> std::io::Result<TokioIo<Tap<TcpStream>>> {
    let (stream, _) = listener.accept().await?;
    // Then: http1::Builder::new().serve_connection(io, service).with_upgrades()
    Ok(TokioIo::new(Tap::new(stream)))
}
