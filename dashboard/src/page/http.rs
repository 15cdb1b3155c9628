//! HTTP/1.1 as far as the page needs it: one request, one answer, and the connection is closed.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use super::answer::{Answer, HEADERS};
use super::kept::Kept;

/// How long a client may take to send its request.
const ASKING: Duration = Duration::from_secs(10);

/// How long a client may leave an answer unread.
const READING: Duration = Duration::from_secs(5);

/// How long a client may take for a whole answer, even if it reads all the time.
const ANSWERING: Duration = Duration::from_secs(30);

/// For how long, and how much, is read of what a client sends after its request.
const LEAVING: Duration = Duration::from_secs(1);
const MAX_REST: usize = 64 * 1024;

/// How much of an answer is offered to the system at a time.
const PIECE: usize = 64 * 1024;

/// Large, because a browser also sends the cookies of every other program on `localhost`.
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

/// The value of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Header<'a> {
    Absent,
    Once(&'a str),
    /// It comes twice, or is not text. What was meant is unknown.
    Unclear,
}

impl<'a> Request<'a> {
    /// `None` if this is not a whole request.
    pub(super) fn parse(head: &'a [u8]) -> Option<Request<'a>> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        if !request.parse(head).ok()?.is_complete() {
            return None;
        }
        let headers = request
            .headers
            .iter()
            .map(|header| (header.name, header.value))
            .collect();
        Some(Request {
            method: request.method?,
            target: request.path?,
            headers,
        })
    }

    pub(super) fn header(&self, name: &str) -> Header<'a> {
        let mut values = self
            .headers
            .iter()
            .filter(|(header, _)| header.eq_ignore_ascii_case(name));
        match (values.next(), values.next()) {
            (None, _) => Header::Absent,
            (Some((_, value)), None) => {
                std::str::from_utf8(value).map_or(Header::Unclear, Header::Once)
            }
            (Some(_), Some(_)) => Header::Unclear,
        }
    }

    /// The target without its query.
    pub(super) fn path(&self) -> &'a str {
        self.target.split(['?', '#']).next().unwrap_or_default()
    }

    /// The text after the question mark.
    pub(super) fn query(&self) -> &'a str {
        let target = self.target.split('#').next().unwrap_or_default();
        target.split_once('?').map_or("", |(_, query)| query)
    }

    pub(super) fn wants_body(&self) -> bool {
        self.method != "HEAD"
    }
}

/// Reads until the head of a request is whole, or can no longer become one.
pub(super) fn read_head(stream: &Kept<TcpStream>) -> io::Result<Vec<u8>> {
    let deadline = Instant::now() + ASKING;
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = read_before(deadline, stream, &mut buffer)?;
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        // An end that arrives in two pieces is found with the second one.
        let seen = read.len().saturating_sub(3);
        read.extend_from_slice(&buffer[..count]);
        let has_end = read[seen..].windows(2).any(|end| end == b"\n\n")
            || read[seen..].windows(3).any(|end| end == b"\n\r\n");
        // Checked early only once: another protocol shows in its first bytes.
        if has_end || read.len() > MAX_HEAD || (read.len() == count && is_nonsense(&read)) {
            return Ok(read);
        }
    }
}

fn is_nonsense(read: &[u8]) -> bool {
    httparse::Request::new(&mut [httparse::EMPTY_HEADER; MAX_HEADERS])
        .parse(read)
        .is_err()
}

/// Reads until the deadline at most.
fn read_before(
    deadline: Instant,
    mut stream: &Kept<TcpStream>,
    buffer: &mut [u8],
) -> io::Result<usize> {
    stream.set_read_timeout(Some(left_until(deadline)?))?;
    stream.read(buffer)
}

fn left_until(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        Err(ErrorKind::TimedOut.into())
    } else {
        Ok(left)
    }
}

/// Sends an answer and closes the connection.
pub(super) fn send(stream: &Kept<TcpStream>, answer: &Answer, with_body: bool) -> io::Result<()> {
    let deadline = Instant::now() + ANSWERING;
    let length = answer.body.len();
    write_before(deadline, stream, head(answer, Some(length)).as_bytes())?;
    if with_body {
        write_before(deadline, stream, answer.body.as_bytes())?;
    }
    leave(stream)
}

/// The status line and the headers. Without a length, the body goes on until the connection is closed.
pub(super) fn head(answer: &Answer, length: Option<usize>) -> String {
    let (status, reason, mime) = (answer.status, reason(answer.status), answer.mime);
    let mut text = format!("HTTP/1.1 {status} {reason}\r\nContent-Type: {mime}\r\n");
    for (name, value) in HEADERS.into_iter().chain(
        answer
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str())),
    ) {
        text.extend([name, ": ", value, "\r\n"]);
    }
    if let Some(length) = length {
        text.push_str(&format!("Content-Length: {length}\r\n"));
    }
    text.push_str("Connection: close\r\n\r\n");
    text
}

fn write_before(
    deadline: Instant,
    mut stream: &Kept<TcpStream>,
    mut bytes: &[u8],
) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.set_write_timeout(Some(left_until(deadline)?.min(READING)))?;
        match stream.write(&bytes[..bytes.len().min(PIECE)]) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Ends the connection so that the answer arrives: closing while something is unread would reset it.
fn leave(stream: &Kept<TcpStream>) -> io::Result<()> {
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
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(head: &str) -> Request<'_> {
        Request::parse(head.as_bytes()).expect("a request")
    }

    #[test]
    fn a_request_is_its_method_target_and_headers() {
        let request =
            whole("GET /a?b=1?c#d HTTP/1.1\r\nHost:\t localhost:1 \r\nX: a:b\r\nEmpty:\r\n\r\n");
        assert_eq!((request.method, request.target), ("GET", "/a?b=1?c#d"));
        assert_eq!((request.path(), request.query()), ("/a", "b=1?c"));
        assert_eq!(request.header("host"), Header::Once("localhost:1"));
        assert_eq!(request.header("x"), Header::Once("a:b"));
        assert_eq!(request.header("empty"), Header::Once(""));
        assert_eq!(request.header("y"), Header::Absent);
    }

    #[test]
    fn a_header_that_comes_twice_or_is_no_text_is_unclear() {
        assert_eq!(
            whole("GET / HTTP/1.0\r\nHost: a\r\nhost: a\r\n\r\n").header("Host"),
            Header::Unclear
        );
        let latin = Request::parse(b"GET / HTTP/1.0\r\nHost: \xe9\r\n\r\n");
        assert!(latin.is_none_or(|request| request.header("Host") == Header::Unclear));
    }

    #[test]
    fn half_a_request_is_none_yet_and_no_nonsense() {
        let half = b"GET / HTTP/1.1\r\nHost: a\r\n";
        assert!(Request::parse(half).is_none() && !is_nonsense(half));
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
            "\u{16}\u{3}\u{1}\u{2}",
        ];
        for head in nonsense {
            assert!(
                Request::parse(head.as_bytes()).is_none() && is_nonsense(head.as_bytes()),
                "{head:?}"
            );
        }
    }
}
