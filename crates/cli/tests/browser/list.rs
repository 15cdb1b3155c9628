//! The list of reports: it follows the program, is filtered by keys, and stays usable when it is long.

use super::chrome::Chrome;
use super::program::Program;
use super::{ROWS, saved};
use serde_json::json;

#[test]
fn reports_and_counts_appear_while_the_program_runs_without_a_reload() {
    let Some(chrome) = Chrome::start() else {
        return;
    };
    let mut program = Program::start();
    let mut tab = chrome.open(&format!("{}/", program.url));
    tab.until("!document.querySelector('#empty').hidden");
    assert_eq!(tab.text("h1"), "No findings so far");
    assert_eq!(
        tab.text("#watching"),
        "Watching 1 connection, to which 2 objects can write."
    );
    tab.evaluate("window.neverReloaded = true");

    program.order("text");
    tab.until(&format!("{ROWS} === 1"));
    assert_eq!(tab.text("tbody .badge"), "torn-message");
    assert!(
        tab.text("tbody .what a")
            .contains("send Text 10 B by \"writer\"")
    );
    tab.until("document.querySelector('tbody .number').textContent === '1'");
    program.order("text");
    tab.until("document.querySelector('tbody .number').textContent === '2'");
    program.order("binary");
    tab.until(&format!("{ROWS} === 2"));
    tab.until("document.querySelector('h1').textContent === '2 reports, 3 findings'");
    assert_eq!(tab.evaluate("document.title"), "(2) redhanded");
    // For screen readers: one sentence for both reports, and none when only a count grows.
    tab.until(
        "/^[12] new reports?, [12] in all$/.test(document.querySelector('.toast').textContent)",
    );

    assert_eq!(tab.evaluate("window.neverReloaded"), true);
    tab.assert_quiet();
}

#[test]
fn keys_are_listed_and_filter_the_list() {
    let Some(chrome) = Chrome::start() else {
        return;
    };
    let mut program = Program::start();
    program.order("text");
    program.order("binary");
    let mut tab = chrome.open(&format!("{}/", program.url));
    tab.until(&format!("{ROWS} === 2"));
    tab.press("?");
    tab.until("document.querySelector('dialog[open]')");
    assert_eq!(
        tab.evaluate(
            "[...document.querySelectorAll('kbd')].map((key) => key.textContent).sort().join(' ')"
        ),
        "/ ? Enter Esc c j k"
    );
    tab.press("Escape");
    tab.until("!document.querySelector('dialog')");

    tab.press("/");
    tab.until("document.activeElement.id === 'text'");
    for key in "Binary".split("").filter(|key| !key.is_empty()) {
        tab.press(key);
    }
    tab.until(&format!("{ROWS} === 1"));
    assert!(tab.text("tbody .what").contains("Binary"));
    assert_eq!(tab.evaluate("location.search"), "?text=Binary");
    for key in "jjj".split("").filter(|key| !key.is_empty()) {
        tab.press(key);
    }
    tab.until("!document.querySelector('#none').hidden");
    tab.press("Escape");
    tab.press("Escape");
    tab.until(&format!("{ROWS} === 2"));

    tab.evaluate("document.querySelector('[value=overlap]').click()");
    tab.until("!document.querySelector('#none').hidden");
    tab.evaluate("document.querySelector('[value=torn-message]').click()");
    tab.until(&format!("{ROWS} === 2"));
    tab.evaluate("document.querySelector('[data-sort=first_seen]').click()");
    tab.until("document.querySelector('[aria-sort=descending]').textContent === 'First seen'");
    tab.evaluate("document.querySelector('[data-sort=first_seen]').click()");
    tab.until("document.querySelector('tbody tr').textContent.includes('send Text 10 B')");
    tab.assert_quiet();
}

#[test]
fn a_page_without_a_feed_asks_from_time_to_time() {
    let Some(chrome) = Chrome::start() else {
        return;
    };
    let mut program = Program::start();
    let _others: Vec<_> = (0..64).map(|_| program.listen()).collect();
    let mut tab = chrome.open(&format!("{}/", program.url));
    tab.until("!document.querySelector('#empty').hidden");
    program.order("text");
    tab.until(&format!("{ROWS} === 1"));
    assert_eq!(tab.text("#state"), "live");
}

#[test]
fn ten_thousand_reports_stay_usable() {
    let Some(chrome) = Chrome::start() else {
        return;
    };
    let directory = saved::reports(10_000, |report, number| {
        report["summary"] = json!(format!("number {number} wrote into the message of another"));
        report["id"] = json!(format!("{number:016x}"));
        report["fingerprint"] = report["id"].clone();
    });
    let server = saved::serve(directory.path());
    let mut tab = chrome.open(&format!("{}/", server.url));
    tab.until(
        "document.querySelector('h1').textContent.replace(/\\s/g, '').startsWith('10000reports')",
    );
    let rows = tab.evaluate(ROWS).as_u64().unwrap();
    assert!((50..1000).contains(&rows), "{rows} rows are there");
    assert_eq!(
        tab.evaluate("document.querySelector('table').getAttribute('aria-rowcount')"),
        "10001"
    );

    tab.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)");
    tab.until("document.querySelector('tr[aria-rowindex=\"10001\"]')");
    let rows = tab.evaluate(ROWS).as_u64().unwrap();
    assert!(rows < 1000, "{rows} rows are there");
    tab.evaluate("document.querySelector('#text').focus()");
    tab.call("Input.insertText", json!({ "text": "number 4711 " }));
    tab.until(&format!("{ROWS} === 1"));
    assert!(tab.text("tbody .what").starts_with("number 4711 wrote"));
    tab.assert_quiet();
}
