//! Tests of the page under load: thousands of reports, and clients that do not read their answers.

use super::Server;
use super::fixtures::{Saved, saved};
use socket2::{Domain, Socket, Type};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

fn serve(source: Saved) -> (Server, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (
        Server::start(listener, address, Arc::new(source)).unwrap(),
        address,
    )
}

fn ask(page: SocketAddr, path: &str) -> TcpStream {
    asking(TcpStream::connect(page).unwrap(), page, path)
}

fn asking(mut stream: TcpStream, page: SocketAddr, path: &str) -> TcpStream {
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nHost: {page}\r\n\r\n").as_bytes())
        .unwrap();
    stream
}

/// The same, with next to no room for an answer.
fn ask_without_room(page: SocketAddr, path: &str) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&page.into()).unwrap();
    asking(socket.into(), page, path)
}

/// How many bytes the answer has, and how long it took.
fn measure(page: SocketAddr, path: &str) -> (usize, Duration) {
    let began = Instant::now();
    let mut answer = Vec::new();
    ask(page, path).read_to_end(&mut answer).unwrap();
    assert!(
        answer.starts_with(b"HTTP/1.1 200 "),
        "{path}: {}",
        String::from_utf8_lossy(&answer)
    );
    (answer.len(), began.elapsed())
}

#[test]
fn ten_thousand_reports_are_listed_at_once_and_in_few_bytes() {
    let (_server, page) = serve(saved(10_000));
    let paths = [
        "/",
        "/api/process",
        "/api/list",
        "/api/list?sort=count&offset=9800",
        "/api/list?text=reader+99",
    ];
    let answers = paths.map(|path| measure(page, path));
    for (path, (bytes, time)) in paths.iter().zip(answers) {
        println!("{path}: {bytes} bytes in {time:?}");
        // Unoptimised, and perhaps on a machine that is busy with other things.
        assert!(time < Duration::from_secs(10), "{path}: {time:?}");
    }
    let first: usize = answers[..3].iter().map(|(bytes, _)| bytes).sum();
    assert!(first < 300_000, "{first} bytes");
}

/// A page with one answer that is longer than what the system buffers for a client that does not read, and 70 such clients.
fn beside_slow_readers() -> (Server, SocketAddr, Vec<TcpStream>) {
    // Few and long: they are made for each of the clients.
    let mut reports: Vec<_> = saved(30).0.to_vec();
    reports
        .iter_mut()
        .for_each(|report| report.summary = "s".repeat(100_000));
    let (server, page) = serve(Saved(Arc::new(reports)));
    let whole = measure(page, "/api/reports").0;
    assert!(
        whole > 2_800_000,
        "more than the system buffers for a client that does not read: {whole}"
    );
    let slow = || {
        let mut stream = ask_without_room(page, "/api/reports");
        // Its answer is made, and is never taken to the end. Answers that are still being made have a limit of their own.
        stream.read_exact(&mut [0]).unwrap();
        stream
    };
    let slow = (0..70).map(|_| slow()).collect();
    (server, page, slow)
}

#[test]
fn clients_that_do_not_read_their_answers_do_not_stop_the_page() {
    let (_server, page, slow) = beside_slow_readers();
    for path in ["/", "/api/process", "/assets/style.css"] {
        let (_, time) = measure(page, path);
        println!("{path} beside {} that do not read: {time:?}", slow.len());
    }
}

#[test]
fn each_of_ten_that_ask_at_once_is_answered_beside_clients_that_do_not_read() {
    let (_server, page, _slow) = beside_slow_readers();
    for _ in 0..8 {
        let together = Barrier::new(10);
        thread::scope(|scope| {
            for _ in 0..10 {
                scope.spawn(|| {
                    together.wait();
                    measure(page, "/api/process")
                });
            }
        });
    }
}
