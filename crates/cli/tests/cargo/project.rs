//! A small project in a folder of its own, and a picture of all its files.

use super::ran::Ran;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::SystemTime;

/// A connection over loopback, one message there and back.
const ECHO: &str = r#"
use std::net::{TcpListener, TcpStream};

#[test]
fn echo() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let server = std::thread::spawn(move || {
        let mut server = tungstenite::accept(listener.accept().unwrap().0).unwrap();
        let message = server.read().unwrap();
        server.send(message).unwrap();
    });
    let (mut client, _) = tungstenite::client("ws://localhost/", client).unwrap();
    client.send("hi".into()).unwrap();
    assert_eq!(client.read().unwrap().to_text().unwrap(), "hi");
    server.join().unwrap();
}
"#;

/// The second object writes into the fragmented message of the first. `first` and `second` mark the lines.
const FAULT: &str = r#"
use std::net::{TcpListener, TcpStream};
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::Role;
use tungstenite::{Message, WebSocket};

#[test]
fn two_objects_write_to_one_socket() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (_peer, _) = listener.accept().unwrap();
    let clone = stream.try_clone().unwrap();
    let mut one = WebSocket::from_raw_socket(stream, Role::Client, None);
    let mut other = WebSocket::from_raw_socket(clone, Role::Client, None);
    let half = Frame::message(b"half".to_vec(), OpCode::Data(Data::Text), false);
    one.send(Message::Frame(half)).unwrap(); // first
    other.send(Message::text("whole")).unwrap(); // second
}
"#;

/// Opens a connection, says that it is ready, and waits for its end.
const WAITING: &str = r#"
use std::net::{TcpListener, TcpStream};

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let server = std::thread::spawn(move || {
        let mut server = tungstenite::accept(listener.accept().unwrap().0).unwrap();
        let _ = server.read();
    });
    let (mut client, _) = tungstenite::client("ws://localhost/", client).unwrap();
    client.send("hi".into()).unwrap();
    server.join().unwrap();
    println!("ready");
    loop {
        std::thread::park();
    }
}
"#;

pub struct Project {
    folder: tempfile::TempDir,
}

/// Every file but those below the target folder: its content, time and permissions.
#[derive(Debug, PartialEq)]
pub struct Files(BTreeMap<PathBuf, (Vec<u8>, SystemTime, bool)>);

impl Project {
    /// A package on tungstenite 0.29 with nothing in it, and with a lock file.
    pub fn new(name: &str) -> Project {
        let project = Project::without_lock(name, "tungstenite = \"0.29\"\n");
        project.lock();
        project
    }

    pub fn without_lock(name: &str, dependencies: &str) -> Project {
        let folder = tempfile::tempdir().unwrap();
        let project = Project { folder };
        project.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n\
                 [workspace]\n\n[profile.release]\nopt-level = 0\n\n[dependencies]\n{dependencies}"
            ),
        );
        project.write("src/lib.rs", "");
        project
    }

    pub fn with_echo(self) -> Project {
        self.write("tests/echo.rs", ECHO);
        self
    }

    pub fn with_fault(self) -> Project {
        self.write("tests/fault.rs", FAULT);
        self
    }

    pub fn with_waiting(self) -> Project {
        self.write("src/main.rs", WAITING);
        self
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap()
    }

    /// Has cargo write Cargo.lock.
    pub fn lock(&self) {
        let made = self.cargo(&["generate-lockfile"]).output().unwrap();
        assert!(made.status.success(), "{made:?}");
    }

    pub fn files(&self) -> Files {
        let mut files = BTreeMap::new();
        collect(self.path(), &mut files);
        Files(files)
    }

    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO"));
        clean(&mut command);
        command.current_dir(self.path()).args(arguments);
        command
    }

    /// `cargo redhanded` with these arguments, in this project.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-redhanded"));
        clean(&mut command);
        command
            .current_dir(self.path())
            .arg("redhanded")
            .args(arguments);
        command.stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// Runs it, and looks that no file has changed.
    #[track_caller]
    pub fn run_unchanged(&self, arguments: &[&str]) -> Ran {
        let before = self.files();
        let ran = self.run(arguments);
        assert_eq!(self.files(), before, "{ran:#?}");
        ran
    }
}

/// One target folder for all, and nothing of the test's own environment.
fn clean(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().into_owned();
        let is_of_this_build = text.starts_with("CARGO_") && text != "CARGO_HOME";
        if is_of_this_build || text.starts_with("REDHANDED_") || text == "RUSTFLAGS" {
            command.env_remove(name);
        }
    }
    command.env("CARGO_TARGET_DIR", target());
    command.env("CARGO", env!("CARGO"));
    command.env("CARGO_INCREMENTAL", "0");
}

/// Kept between runs of this test.
pub fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cargo-redhanded")
}

fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, (Vec<u8>, SystemTime, bool)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_dir() {
            collect(&path, files);
        } else {
            let content = fs::read(&path).unwrap();
            let is_read_only = metadata.permissions().readonly();
            files.insert(path, (content, metadata.modified().unwrap(), is_read_only));
        }
    }
}

/// Waits until the program has printed that it is ready.
pub fn wait_until_ready(child: &mut Child) -> ChildStdout {
    let mut stdout = child.stdout.take().unwrap();
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"ready") {
        let read = stdout.read(&mut byte).unwrap();
        assert_ne!(read, 0, "it ended: {}", String::from_utf8_lossy(&text));
        text.push(byte[0]);
    }
    stdout
}
