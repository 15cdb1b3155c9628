//! Reports of a program that has ended, in a directory, and the command that shows them.

use super::program::Program;
use redhanded::tungstenite::protocol::frame::{
    Frame,
    coding::{Data, OpCode},
};
use redhanded::tungstenite::{Message, WebSocket, protocol::Role};
use redhanded::{Settings, Stderr};
use serde_json::{Value, json};
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;
use tempfile::TempDir;

/// This many reports, each changed by its number.
pub fn reports(count: usize, change: impl Fn(&mut Value, usize)) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for number in 0..count {
        let mut report = ONE.clone();
        change(&mut report, number);
        fs::write(
            directory.path().join(format!("{number}.json")),
            report.to_string(),
        )
        .unwrap();
    }
    directory
}

/// The page over a directory.
pub fn serve(directory: &Path) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redhanded"));
    command
        .args(["serve", "--bind", "127.0.0.1:0"])
        .arg(directory);
    Program::run(command)
}

/// Puts `name` into every field that may hold text of the program.
pub fn rename_everything(report: &mut Value, name: &str) {
    report["summary"] = json!(format!("{name} wrote into a message of {name}"));
    report["process"]["name"] = json!(name);
    for writer in report["writers"].as_array_mut().unwrap() {
        writer["thread"]["name"] = json!(name);
        writer["spans"] = json!([name, "request"]);
        writer["operation"] = json!(name);
        writer["call_site"]["file"] = json!(name);
        for frame in writer["backtrace"].as_array_mut().unwrap() {
            frame["function"] = json!(name);
            frame["file"] = json!(name);
        }
    }
}

/// A real report, which the tests change.
static ONE: LazyLock<Value> = LazyLock::new(|| {
    redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let mut one = WebSocket::from_raw_socket(socket.try_clone().unwrap(), Role::Server, None);
    let mut two = WebSocket::from_raw_socket(socket, Role::Server, None);
    one.send(Message::Frame(Frame::message(
        "part",
        OpCode::Data(Data::Text),
        false,
    )))
    .unwrap();
    two.send(Message::text("in between")).unwrap();
    let [report] = redhanded::reports().try_into().expect("one report");
    serde_json::to_value(report).unwrap()
});
