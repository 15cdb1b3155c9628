//! The page over saved reports.

use crate::run::command;
use crate::saved::{FINGERPRINT, OTHER, report, save, with};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use tempfile::TempDir;

/// The command while it serves. It ends with the test.
struct Serving {
    child: Child,
    address: String,
}

impl Serving {
    fn start(directories: &[&TempDir]) -> Serving {
        let mut command = command();
        command
            .arg("serve")
            .args(directories.iter().map(|directory| directory.path()));
        command
            .args(["--bind", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command
            .spawn()
            .expect("the command is built with the tests");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is piped"))
            .read_line(&mut line)
            .expect("text");
        let address = line
            .split_once("http://")
            .and_then(|(_, rest)| rest.strip_suffix("/\n"));
        let address = address
            .unwrap_or_else(|| panic!("no URL in {line:?}"))
            .to_owned();
        Serving { child, address }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.address
        );
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("text");
        answer
    }

    /// Fingerprint and count of every report.
    fn reports(&self) -> Vec<(String, u64)> {
        let answer = self.get("/api/reports");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        let reports: Value = serde_json::from_str(body).expect("JSON");
        let one = |report: &Value| {
            let fingerprint = report["fingerprint"].as_str().expect("text").to_owned();
            (fingerprint, report["count"].as_u64().expect("a number"))
        };
        reports
            .as_array()
            .expect("a list")
            .iter()
            .map(one)
            .collect()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn saved_reports_are_on_the_page_merged_by_fingerprint() {
    let one = with(&[report(FINGERPRINT, 1, 3)]);
    let other = with(&[report(FINGERPRINT, 2, 4), report(OTHER, 3, 1)]);
    let page = Serving::start(&[&one, &other]);
    assert_eq!(page.reports(), [(OTHER.into(), 1), (FINGERPRINT.into(), 7)]);
    for (path, status) in [
        ("/", 200),
        (&format!("/report/{OTHER}"), 200),
        ("/report/none", 404),
    ] {
        assert!(
            page.get(path).starts_with(&format!("HTTP/1.1 {status} ")),
            "{path}"
        );
    }
}

#[test]
fn a_report_written_meanwhile_is_there_with_the_next_request() {
    let directory = with(&[report(FINGERPRINT, 1, 3)]);
    let page = Serving::start(&[&directory]);
    assert_eq!(page.reports(), [(FINGERPRINT.into(), 3)]);
    // The new file is as long as the old one, and is written within the same tick of the clock.
    save(&directory, &report(FINGERPRINT, 1, 4));
    assert_eq!(page.reports(), [(FINGERPRINT.into(), 4)]);
    save(&directory, &report(OTHER, 1, 1));
    fs::write(directory.path().join("half.json"), "{").expect("our own directory");
    assert_eq!(page.reports().len(), 2);
    fs::remove_file(directory.path().join(format!("{FINGERPRINT}-1.json"))).expect("it is there");
    assert_eq!(page.reports(), [(OTHER.into(), 1)]);
}
