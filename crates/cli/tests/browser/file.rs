//! Reports saved as one HTML file, opened without a server.

use super::chrome::Chrome;
use super::program::Program;
use super::{open_report, saved};
use serde_json::json;
use std::process::Command;

#[test]
fn a_report_that_was_downloaded_as_html_shows_the_same_and_loads_nothing() {
    let Some(chrome) = Chrome::start() else {
        return;
    };
    let mut program = Program::start();
    program.order("text");
    let mut tab = chrome.open(&format!("{}/", program.url));
    open_report(&mut tab, &program.url);
    let summary = tab.text("#summary");
    let html = tab.evaluate(
        "fetch(document.querySelector('.downloads a').href).then((answer) => answer.text())",
    );
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("report.html");
    std::fs::write(&file, html.as_str().unwrap()).unwrap();
    program.end();

    let mut tab = chrome.open(&format!("file://{}", file.display()));
    tab.until("document.querySelectorAll('.writer').length === 2");
    tab.until("document.querySelector('#timeline svg')");
    assert_eq!(tab.text("#summary"), summary);
    tab.assert_quiet();
    assert_eq!(tab.asked.len(), 1, "{:?}", tab.asked);
}

#[test]
fn a_file_of_several_reports_leads_to_each_of_them() {
    let Some(chrome) = Chrome::start() else {
        return;
    };
    let directory = saved::reports(2, |report, number| {
        report["fingerprint"] = json!(format!("{number:016x}"));
        report["summary"] = json!(format!("report {number}"));
    });
    let shown = Command::new(env!("CARGO_BIN_EXE_redhanded"))
        .args(["show", "--format", "html"])
        .arg(directory.path())
        .output()
        .unwrap();
    let file = directory.path().join("reports.html");
    std::fs::write(&file, shown.stdout).unwrap();

    let mut tab = chrome.open(&format!("file://{}", file.display()));
    tab.until("document.querySelectorAll('nav a').length === 2");
    for index in [1, 0] {
        let link = format!("document.querySelectorAll('nav a')[{index}]");
        let named = tab.evaluate(&format!("{link}.textContent.split(': ')[1]"));
        tab.evaluate(&format!("{link}.click()"));
        tab.await_event("Page.loadEventFired");
        tab.until(&format!(
            "document.querySelector('#summary').textContent === {named}"
        ));
        tab.until("document.querySelectorAll('.writer').length === 2");
    }
    tab.press("?");
    let keys = "[...document.querySelectorAll('kbd')].map((key) => key.textContent).join(' ')";
    tab.until(&format!("{keys} === '? c'"));
    tab.assert_quiet();
}
