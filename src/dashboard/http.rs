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

/// The head of a request. No request that the page answers has a body.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) target: &'a str,
    headers: Vec<(&'a str, &'a str)>,
}

impl<'a> Request<'a> {
    /// `None` where the text is no head of a request.
    fn parse(head: &'a str) -> Option<Self> {
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target, version) = (words.next()?, words.next()?, words.next()?);
        let headers = lines.map(header).collect::<Option<_>>()?;
        let plain = !method.is_empty() && !target.is_empty() && words.next().is_none();
        (plain && matches!(version, "HTTP/1.1" | "HTTP/1.0")).then_some(Self { method, target, headers })
    }

    /// The header of this name; `None` where there is none, or more than one.
    pub(super) fn only(&self, name: &str) -> Option<&'a str> {
        let mut values = self.headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case(name));
        let (_, value) = values.next()?;
        values.next().is_none().then_some(value)
    }
}

fn header(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    // Space before the colon or at the start of the line is how one party is made to see a header another does not.
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
    is_name.then_some((name, value.trim_matches([' ', '\t'])))
}

/// Serves one connection, and closes it.
pub(super) fn serve(stream: &TcpStream, answer: impl FnOnce(&Request<'_>) -> Answer) -> io::Result<()> {
    let head = read_head(stream)?;
    stream.set_write_timeout(Some(READING))?;
    match Request::parse(&head) {
        Some(request) => send(stream, &answer(&request), request.method != "HEAD")?,
        None => send(stream, &Answer::bad_request(), true)?,
    }
    leave(stream)
}

fn read_head(mut stream: &TcpStream) -> io::Result<String> {
    let deadline = Instant::now() + ASKING;
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = read_before(deadline, stream, &mut buffer)?;
        // The end may lie across two reads.
        let seen = read.len().saturating_sub(3);
        read.extend_from_slice(&buffer[..count]);
        if let Some(end) = read[seen..].windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            read.truncate(seen + end);
            return Ok(String::from_utf8_lossy(&read).into_owned());
        }
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if read.len() > MAX_HEAD {
            stream.set_write_timeout(Some(READING))?;
            send(&mut stream, &Answer::bad_request(), true)?;
            leave(stream)?;
            return Err(ErrorKind::InvalidData.into());
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

    #[test]
    fn a_request_is_its_method_target_and_headers() {
        let request = Request::parse("GET /a?b HTTP/1.1\r\nHost:\t localhost:1 \r\nX: a:b\r\nEmpty:").unwrap();
        assert_eq!((request.method, request.target), ("GET", "/a?b"));
        assert_eq!(request.only("host"), Some("localhost:1"));
        assert_eq!(request.only("x"), Some("a:b"));
        assert_eq!(request.only("empty"), Some(""));
        assert_eq!(request.only("y"), None);
    }

    #[test]
    fn a_header_that_comes_twice_has_no_value() {
        assert_eq!(Request::parse("GET / HTTP/1.0\r\nHost: a\r\nhost: a").unwrap().only("Host"), None);
    }

    #[test]
    fn nonsense_is_no_request() {
        let nonsense = [
            "",
            "GET",
            "GET /",
            "GET / HTTP/9.9",
            "GET  / HTTP/1.1",
            "GET / / HTTP/1.1",
            " / HTTP/1.1",
            "GET / http/1.1",
            "GET / HTTP/1.1\r\nno colon",
            "GET / HTTP/1.1\r\n: empty",
            "GET / HTTP/1.1\r\nHost : a",
            "GET / HTTP/1.1\r\n Host: a",
            "GET / HTTP/1.1\r\nA: b\r\n folded: c",
            "GET / HTTP/1.1\nHost: a",
        ];
        for head in nonsense {
            assert!(Request::parse(head).is_none(), "{head:?}");
        }
    }
}
