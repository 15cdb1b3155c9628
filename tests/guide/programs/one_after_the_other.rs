// Right: the thread with the last message waits until the other is done, because the program says so.
use redhanded::sync::Exclusive;
use redhanded::tungstenite::{Message, Result, WebSocket};
use std::net::TcpStream;
use std::thread;

pub fn upload_then_notice(websocket: &Exclusive<WebSocket<TcpStream>>, upload: Message, notice: Message) -> Result<()> {
    let upload = || websocket.enter().expect("one at a time").send(upload);
    thread::scope(|scope| scope.spawn(upload).join().expect("no panic"))?;
    websocket.enter().expect("one at a time").send(notice)
}
