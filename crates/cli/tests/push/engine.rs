//! An engine that takes requests on loopback, notes them, and answers as it is told.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::run::{Ran, command, finish};

/// The key in the DSN. No output may have it.
pub const KEY: &str = "s3cretk3y";

/// How long a test waits for a request before it fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// What came.
#[derive(Debug, Clone)]
pub struct Request {
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub at: Instant,
}

/// What is answered.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A status, lines of headers, and a body.
    Status(u16, &'static [&'static str], &'static str),
    /// The connection is closed instead.
    Cut,
    /// Nothing, for as long as the client waits.
    Never,
}

pub const TAKEN: Answer = Answer::Status(200, &[], r#"{"id":"1"}"#);

#[derive(Default)]
struct Seen {
    requests: Mutex<Vec<Request>>,
    came: Condvar,
}

pub struct Engine {
    address: SocketAddr,
    seen: Arc<Seen>,
}

impl Engine {
    /// An engine that answers the n-th request, counted from 0, with this.
    pub fn new(answer: impl Fn(usize, &Request) -> Answer + Send + Sync + 'static) -> Engine {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let address = listener.local_addr().expect("it is bound");
        let seen = Arc::new(Seen::default());
        let (noted, answer) = (seen.clone(), Arc::new(answer));
        // Both kinds of thread end with the process of the tests.
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (noted, answer) = (noted.clone(), answer.clone());
                thread::spawn(move || serve(&stream, &noted, &*answer));
            }
        });
        Engine { address, seen }
    }

    /// An address at which nothing listens.
    pub fn nowhere() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        listener.local_addr().expect("it is bound")
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn requests(&self) -> Vec<Request> {
        self.seen.requests.lock().expect("no panic").clone()
    }

    /// Waits until so many requests have come.
    pub fn wait_for(&self, count: usize) -> Vec<Request> {
        let requests = self.seen.requests.lock().expect("no panic");
        let is_less = |requests: &mut Vec<Request>| requests.len() < count;
        let waited = self
            .seen
            .came
            .wait_timeout_while(requests, PATIENCE, is_less);
        let (requests, ended) = waited.expect("no panic");
        assert!(!ended.timed_out(), "only {} came", requests.len());
        requests.clone()
    }

    /// The events that came, in order.
    pub fn events(&self) -> Vec<Value> {
        self.requests().iter().map(Request::event).collect()
    }

    /// Pushes a directory to this engine as to Sentry.
    pub fn push(&self, directory: &str, options: &[&str]) -> Ran {
        push(self.address, directory, options)
    }
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| &**value)
    }

    /// The event of an envelope.
    pub fn event(&self) -> Value {
        let event = self.body.lines().nth(2).expect("three lines");
        serde_json::from_str(event).expect("JSON")
    }
}

/// Pushes a directory to Sentry at this address.
pub fn push(address: SocketAddr, directory: &str, options: &[&str]) -> Ran {
    let mut command = sentry(address);
    let ran = finish(
        command
            .args(["push", directory, "--to", "sentry"])
            .args(options),
        b"",
    );
    assert!(!format!("{ran:?}").contains(KEY), "{ran:#?}");
    ran
}

/// The command with the DSN of this address.
pub fn sentry(address: SocketAddr) -> Command {
    let mut command = bare();
    command.env("SENTRY_DSN", format!("http://{KEY}@{address}/7"));
    command
}

/// The command without any setting of an engine, and without a proxy.
pub fn bare() -> Command {
    let mut command = command();
    for name in std::env::vars_os().map(|(name, _)| name) {
        let text = name.to_string_lossy().to_ascii_uppercase();
        if text.ends_with("_PROXY") || text.starts_with("OTEL_") || text.starts_with("SENTRY_") {
            command.env_remove(&name);
        }
    }
    command.env_remove("SSL_CERT_FILE");
    command
}

fn serve(stream: &TcpStream, seen: &Seen, answer: &dyn Fn(usize, &Request) -> Answer) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let number = {
            let mut requests = seen.requests.lock().expect("no panic");
            requests.push(request.clone());
            seen.came.notify_all();
            requests.len() - 1
        };
        match answer(number, &request) {
            Answer::Cut => return,
            Answer::Never => {
                // The client gives up and closes.
                let _ = reader.read(&mut [0]);
                return;
            }
            Answer::Status(status, headers, body) => {
                let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
                let answer = format!(
                    "HTTP/1.1 {status} Said\r\n{headers}Content-Length: {}\r\n\r\n{body}",
                    body.len()
                );
                let mut stream = stream;
                if stream.write_all(answer.as_bytes()).is_err() {
                    return;
                }
            }
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?;
    let mut body = vec![0; length.1.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        path,
        headers,
        body: String::from_utf8(body).ok()?,
        at: Instant::now(),
    })
}
