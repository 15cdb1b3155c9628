// Right: the owner sends the pings, in turn with everything else, and a peer that answers nothing is gone.
use redhanded::tungstenite::{Error, Message, Result, WebSocket};
use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Reads until no message has come for two intervals, which are longer than the largest one takes.
pub fn watch(websocket: &mut WebSocket<TcpStream>, interval: Duration) -> Result<()> {
    websocket.get_ref().set_read_timeout(Some(interval))?;
    let mut heard = Instant::now();
    while heard.elapsed() < 2 * interval {
        match websocket.read() {
            Ok(_) => heard = Instant::now(),
            Err(Error::Io(error)) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                websocket.send(Message::Ping("still there?".into()))?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
