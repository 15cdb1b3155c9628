// Right: on smol, a stream is tapped as soon as it is connected. Any library on top of it is watched.
use redhanded::Tap;
use smol::io;
use smol::net::{AsyncToSocketAddrs, TcpStream};

pub async fn connect(address: impl AsyncToSocketAddrs) -> io::Result<Tap<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    // Then give it to a library that takes a stream with `AsyncRead` and `AsyncWrite`.
    Ok(Tap::new(stream))
}
