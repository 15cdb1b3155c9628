//! HTTP/1.1 as far as the page needs it: one request in, one answer out, and the connection is closed.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use super::routes::{Answer, HEADERS};

/// How long a client may take to send its request.
const ASKING: Duration = Duration::from_secs(10);

/// How long a client may leave an answer unread.
const READING: Duration = Duration::from_secs(5);

/// How long, and how much, is read of what a client sends beyond its request.
const LEAVING: Duration = Duration::from_secs(1);
const MAX_REST: usize = 64 * 1024;

/// Cookies of every other program on `localhost` come along, so this is generous.
const MAX_HEAD: usize = 64 * 1024;

/// Browsers send about twenty.
const MAX_HEADERS: usize = 64;

/// The head of a request. No request that the page answers has a body.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) target: &'a str,
    headers: Vec<(&'a str, &'a [u8])>,
}

/// What has been read of a request so far.
#[derive(Debug)]
enum Head<'a> {
    Whole(Request<'a>),
    Unfinished,
    Nonsense,
}

impl<'a> Request<'a> {
    fn parse(read: &'a [u8]) -> Head<'a> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(read) {
            Ok(httparse::Status::Partial) => Head::Unfinished,
            Ok(httparse::Status::Complete(_)) => {
                let headers = request.headers.iter().map(|header| (header.name, header.value)).collect();
                match (request.method, request.path) {
                    (Some(method), Some(target)) => Head::Whole(Request { method, target, headers }),
                    _ => Head::Nonsense,
                }
            }
            Err(_) => Head::Nonsense,
        }
    }

    /// The header of this name; `None` where there is none, more than one, or one that is no text.
    pub(super) fn only(&self, name: &str) -> Option<&'a str> {
        let mut values = self.headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case(name));
        let (_, value) = values.next()?;
        values.next().is_none().then_some(std::str::from_utf8(value).ok()?)
    }
}

/// Serves one connection, and closes it.
pub(super) fn serve(mut stream: &TcpStream, answer: impl FnOnce(&Request<'_>) -> Answer) -> io::Result<()> {
    let deadline = Instant::now() + ASKING;
    stream.set_write_timeout(Some(READING))?;
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = read_before(deadline, stream, &mut buffer)?;
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        read.extend_from_slice(&buffer[..count]);
        match Request::parse(&read) {
            Head::Whole(request) => {
                send(&mut stream, &answer(&request), request.method != "HEAD")?;
                return leave(stream);
            }
            Head::Unfinished if read.len() <= MAX_HEAD => {}
            Head::Unfinished | Head::Nonsense => {
                send(&mut stream, &Answer::bad_request(), true)?;
                return leave(stream);
            }
        }
    }
}

fn read_before(deadline: Instant, mut stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(ErrorKind::TimedOut.into());
    }
    stream.set_read_timeout(Some(left))?;
    stream.read(buffer)
}

fn send(mut to: impl Write, answer: &Answer, with_body: bool) -> io::Result<()> {
    let Answer { status, mime, body } = answer;
    let (reason, length) = (reason(*status), body.len());
    let mut text = format!("HTTP/1.1 {status} {reason}\r\nContent-Type: {mime}\r\nContent-Length: {length}\r\n");
    for (name, value) in HEADERS {
        text.extend([name, ": ", value, "\r\n"]);
    }
    if *status == 405 {
        text.push_str("Allow: GET, HEAD\r\n");
    }
    text.push_str("Connection: close\r\n\r\n");
    to.write_all(text.as_bytes())?;
    if with_body {
        to.write_all(body.as_bytes())?;
    }
    Ok(())
}

/// Closing while something is unread resets the connection, and the answer may be lost on its way.
fn leave(stream: &TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    let deadline = Instant::now() + LEAVING;
    let mut buffer = [0; 4096];
    let mut rest = 0;
    while rest < MAX_REST {
        match read_before(deadline, stream, &mut buffer)? {
            0 => break,
            count => rest += count,
        }
    }
    Ok(())
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        _ => "Internal Server Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(head: &str) -> Request<'_> {
        match Request::parse(head.as_bytes()) {
            Head::Whole(request) => request,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_request_is_its_method_target_and_headers() {
        let request = whole("GET /a?b HTTP/1.1\r\nHost:\t localhost:1 \r\nX: a:b\r\nEmpty:\r\n\r\n");
        assert_eq!((request.method, request.target), ("GET", "/a?b"));
        assert_eq!(request.only("host"), Some("localhost:1"));
        assert_eq!(request.only("x"), Some("a:b"));
        assert_eq!(request.only("empty"), Some(""));
        assert_eq!(request.only("y"), None);
    }

    #[test]
    fn a_header_that_comes_twice_has_no_value() {
        assert_eq!(whole("GET / HTTP/1.0\r\nHost: a\r\nhost: a\r\n\r\n").only("Host"), None);
    }

    #[test]
    fn half_a_request_is_unfinished() {
        assert!(matches!(Request::parse(b"GET / HTTP/1.1\r\nHost: a\r\n"), Head::Unfinished));
    }

    #[test]
    fn nonsense_is_no_request() {
        let nonsense = [
            "GET / HTTP/9.9\r\n\r\n",
            "GET / / HTTP/1.1\r\n\r\n",
            " / HTTP/1.1\r\n\r\n",
            "GET / http/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "GET / HTTP/1.1\r\n: empty\r\n\r\n",
            "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\r\n folded: c\r\n\r\n",
        ];
        for head in nonsense {
            assert!(matches!(Request::parse(head.as_bytes()), Head::Nonsense), "{head:?}");
        }
    }
}
