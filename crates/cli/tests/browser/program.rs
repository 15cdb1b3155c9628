//! Programs with a page, each in a process of its own: the page ends with it.

use redhanded::tungstenite::protocol::frame::{
    Frame,
    coding::{Data, OpCode},
};
use redhanded::tungstenite::{Message, WebSocket, protocol::Role};
use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

/// Which test of this binary is the program, and the variable that makes it run as one.
const TEST: &str = "the_program_that_the_page_belongs_to";
const VARIABLE: &str = "REDHANDED_TEST_PROGRAM";

/// A running program that carries out commands, line by line.
pub struct Program {
    process: Child,
    orders: Option<ChildStdin>,
    words: BufReader<ChildStdout>,
    pub url: String,
}

impl Program {
    pub fn start() -> Self {
        let mut command = Command::new(env::current_exe().expect("the path of this binary"));
        command
            .args(["--exact", TEST, "--nocapture"])
            .env(VARIABLE, "1")
            // Call sites name their files from the workspace, and the page reads them from where the program runs.
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        command
            .env("REDHANDED_BIND", "127.0.0.1:0")
            .env("REDHANDED_STDERR", "off");
        Program::run(command)
    }

    /// Runs a command that prints the address of a page.
    pub fn run(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("the program starts");
        let mut words = BufReader::new(process.stdout.take().unwrap());
        let url = loop {
            let mut line = String::new();
            assert_ne!(
                words.read_line(&mut line).unwrap(),
                0,
                "the program says where its page is"
            );
            if let Some(at) = line.find("http://127.0.0.1:") {
                let url = line[at..].split_whitespace().next().unwrap_or_default();
                break url.trim_end_matches('/').to_owned();
            }
        };
        Program {
            orders: process.stdin.take(),
            process,
            words,
            url,
        }
    }

    /// Sends a command, and waits until it is done and its reports are complete.
    pub fn order(&mut self, what: &str) {
        writeln!(self.orders.as_mut().unwrap(), "{what}").expect("the program is there");
        let mut line = String::new();
        while !line.contains(&format!("done {what}")) {
            line.clear();
            assert_ne!(
                self.words.read_line(&mut line).unwrap(),
                0,
                "the program has ended"
            );
        }
    }

    /// Subscribes to the feed, until the returned stream is dropped.
    pub fn listen(&self) -> TcpStream {
        let host = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).unwrap();
        write!(stream, "GET /api/feed HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
        assert_eq!(stream.read(&mut [0]).unwrap(), 1, "an answer");
        stream
    }

    /// Lets the program end by itself.
    pub fn end(mut self) {
        drop(self.orders.take());
        let _ = self.words.read_to_end(&mut Vec::new());
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the program does. If it runs as a test, it does nothing.
pub fn main() {
    if env::var_os(VARIABLE).is_none() {
        return;
    }
    let mut connection = Connection::new();
    println!("\nurl {}", redhanded::url().expect("the page is on"));
    for order in std::io::stdin().lines().map_while(Result::ok) {
        let (what, name) = order.split_once(' ').unwrap_or((&order, "writer"));
        thread::scope(|scope| {
            let act = || match what {
                "text" => connection.text_between(),
                "binary" => connection.binary_between(),
                _ => panic!("{order}"),
            };
            thread::Builder::new()
                .name(name.into())
                .spawn_scoped(scope, act)
                .unwrap();
        });
        // Now the reports have the names of their functions: what a test reads twice is the same.
        redhanded::reports();
        println!("done {order}");
    }
}

/// Two objects on one socket. One always begins a message in fragments, which is torn if the other writes in between.
struct Connection {
    one: WebSocket<TcpStream>,
    two: WebSocket<TcpStream>,
    peer: TcpStream,
}

impl Connection {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let peer = listener.accept().unwrap().0;
        peer.set_nonblocking(true).unwrap();
        let object = |socket| WebSocket::from_raw_socket(socket, Role::Server, None);
        Connection {
            one: object(socket.try_clone().unwrap()),
            two: object(socket),
            peer,
        }
    }

    fn text_between(&mut self) {
        self.fragment(false);
        self.two.send(Message::text("in between")).unwrap();
        self.fragment(true);
    }

    fn binary_between(&mut self) {
        self.fragment(false);
        self.two.send(Message::binary(vec![1, 2, 3])).unwrap();
        self.fragment(true);
    }

    fn fragment(&mut self, is_last: bool) {
        let data = if is_last { Data::Continue } else { Data::Text };
        self.one
            .send(Message::Frame(Frame::message(
                "part",
                OpCode::Data(data),
                is_last,
            )))
            .unwrap();
        while matches!(self.peer.read(&mut [0; 1024]), Ok(1..)) {}
    }
}
