//! The page in a real browser: what it shows, and what it never does.
//!
//! Where no Chromium can be started, these tests say so and pass; with `REDHANDED_TEST_BROWSER=required` they fail.
#![cfg(debug_assertions)]

#[path = "browser/chrome.rs"]
mod chrome;
#[path = "browser/file.rs"]
mod file;
#[path = "browser/list.rs"]
mod list;
#[path = "browser/program.rs"]
mod program;
#[path = "browser/saved.rs"]
mod saved;
#[path = "browser/tab.rs"]
mod tab;

use chrome::Chrome;
use program::Program;
use serde_json::json;
use tab::Tab;

const ROWS: &str = "document.querySelectorAll('tbody tr[data-id]').length";

/// Not a test: the program that the other tests start.
#[test]
fn the_program_that_the_page_belongs_to() {
    program::main();
}

fn open_report(tab: &mut Tab, url: &str) {
    tab.go(&format!("{url}/"));
    tab.until(&format!("{ROWS} > 0"));
    let report = tab.evaluate("document.querySelector('tbody a').href");
    tab.go(report.as_str().unwrap());
    tab.until("document.querySelector('#report:not([hidden]) .writer')");
    tab.until("document.querySelector('#guide').textContent");
}

fn allow_the_clipboard(tab: &mut Tab, url: &str) {
    let permissions =
        json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"], "origin": url });
    tab.call("Browser.grantPermissions", permissions);
}

#[test]
fn a_report_is_opened_and_left_by_keyboard() {
    let Some(chrome) = Chrome::start() else {
        return;
    };
    let mut program = Program::start();
    program.order("text");
    program.order("binary");
    let mut tab = chrome.open(&format!("{}/?sort=first_seen", program.url));
    tab.until(&format!("{ROWS} === 2"));
    tab.press("j");
    tab.press("j");
    tab.until("document.activeElement === document.querySelectorAll('tbody a')[1]");
    tab.press("k");
    tab.until("document.activeElement === document.querySelectorAll('tbody a')[0]");
    tab.press("Enter");
    tab.await_event("Page.loadEventFired");
    tab.until("document.querySelector('#report:not([hidden]) .writer')");
    assert!(
        tab.text("#summary")
            .contains("send Binary 3 B by \"writer\""),
        "the later one is the first row"
    );
    tab.press("Escape");
    tab.await_event("Page.loadEventFired");
    tab.until(&format!("{ROWS} === 2"));
    tab.assert_quiet();
}

#[test]
fn a_report_tells_its_story_and_shows_picture_bytes_stacks_source_and_guide() {
    let Some(chrome) = Chrome::start() else {
        return;
    };
    let mut program = Program::start();
    program.order("text");
    let mut tab = chrome.open(&format!("{}/", program.url));
    open_report(&mut tab, &program.url);
    assert_eq!(
        tab.text("#summary .role-second"),
        "send Text 10 B by \"writer\""
    );
    tab.until("document.querySelectorAll('#timeline svg .bar').length === 2");
    assert!(
        tab.evaluate("document.querySelector('#timeline svg desc').textContent")
            .as_str()
            .unwrap()
            .contains("writer")
    );
    assert!(
        tab.text(".drawing")
            .contains("torn between two frames of the message")
    );
    assert_eq!(
        tab.evaluate("document.querySelectorAll('.writer').length"),
        2
    );
    // The application's frames are in front. The report is shown before their names are loaded, and the page follows.
    tab.until(
        "document.querySelector('.writer .frames strong')?.textContent.includes('Connection::')",
    );
    assert!(
        tab.text(".writer.role-second .source .here")
            .contains("self.two.send"),
        "the line that called"
    );
    assert!(
        tab.text("#guide")
            .contains("Wrong: the lock is taken for each fragment")
    );
    let elsewhere =
        "[...document.querySelectorAll('#guide a')].map((a) => a.getAttribute('href')).join()";
    assert!(
        tab.evaluate(elsewhere)
            .as_str()
            .unwrap()
            .contains("/guide#one-mutex"),
        "that section is not on this page"
    );
    assert_eq!(
        tab.evaluate("document.querySelectorAll('.downloads a').length"),
        3
    );
    let answered =
        "Promise.all([...document.querySelectorAll('.downloads a')].map((a) => fetch(a.href)
        .then((answer) => answer.status))).then(String)";
    assert_eq!(tab.evaluate(answered), "200,200,200");
    tab.assert_quiet();
}

#[test]
fn markdown_is_copied_by_key_and_by_button_and_shown_where_that_is_refused() {
    let Some(chrome) = Chrome::start() else {
        return;
    };
    let mut program = Program::start();
    program.order("text");
    let mut tab = chrome.open(&format!("{}/", program.url));
    allow_the_clipboard(&mut tab, &program.url);
    tab.until(&format!("{ROWS} === 1"));
    tab.press("c");
    tab.until("document.querySelector('.toast').textContent === 'Markdown copied'");
    let expected = tab.evaluate(
        "fetch('/api/reports/' + document.querySelector('tr[data-id]').dataset.id + '/markdown')
        .then((answer) => answer.text())",
    );
    assert!(expected.as_str().unwrap().contains("torn-message"));
    assert_eq!(tab.evaluate("navigator.clipboard.readText()"), expected);

    open_report(&mut tab, &program.url);
    tab.evaluate("navigator.clipboard.writeText('')");
    tab.evaluate("document.querySelector('#copy').click()");
    tab.until("document.querySelector('.toast').textContent === 'Markdown copied'");
    assert_eq!(tab.evaluate("navigator.clipboard.readText()"), expected);

    tab.evaluate("navigator.clipboard.writeText = () => Promise.reject(new Error('refused'))");
    tab.press("c");
    tab.until("document.querySelector('dialog textarea')");
    assert_eq!(tab.evaluate("document.getSelection().toString()"), expected);
    tab.assert_quiet();
}

#[test]
fn foreign_text_is_shown_as_text_and_runs_nothing() {
    let Some(chrome) = Chrome::start() else {
        return;
    };
    let hostile = "<img src=x onerror=\"window.ran=1\"><script>window.ran=1</script>";
    let directory = saved::reports(1, |report, _| saved::rename_everything(report, hostile));
    let server = saved::serve(directory.path());
    let mut tab = chrome.open(&format!("{}/", server.url));
    tab.until(&format!("{ROWS} === 1"));
    assert!(tab.text("tbody .what").contains(hostile));
    open_report(&mut tab, &server.url);
    let shown = tab.text("#report");
    assert!(
        shown.matches(hostile).count() >= 8,
        "name, span, file and function of both: {shown}"
    );
    assert_eq!(
        tab.evaluate("document.querySelectorAll('img, #report script, [onerror]').length"),
        0
    );
    assert_eq!(tab.evaluate("'ran' in window"), false);
    assert_eq!(tab.text("#process"), "saved reports");
    tab.assert_quiet();
    drop(server);
    tab.until("document.querySelector('#state').textContent === 'ended'");
    assert!(
        tab.text("#notice")
            .starts_with("The command that served these reports has ended.")
    );
}

#[test]
fn when_the_program_ends_the_page_says_so_and_stays_readable() {
    let Some(chrome) = Chrome::start() else {
        return;
    };
    let mut program = Program::start();
    program.order("text");
    let url = program.url.clone();
    let mut list = chrome.open(&format!("{url}/"));
    list.until(&format!("{ROWS} === 1"));
    list.until("document.querySelector('#state').textContent === 'live'");
    let mut report = chrome.open(&format!("{url}/"));
    open_report(&mut report, &url);
    allow_the_clipboard(&mut report, &url);
    list.assert_quiet();
    report.assert_quiet();

    program.end();
    for tab in [&mut list, &mut report] {
        tab.until("document.querySelector('#state').textContent === 'ended'");
        assert!(tab.text("#notice").contains("The program has ended"));
    }
    assert_eq!(list.evaluate(ROWS), 1);
    assert_eq!(
        report.evaluate("document.querySelectorAll('.writer').length"),
        2
    );
    report.press("c");
    report.until("document.querySelector('.toast').textContent === 'Markdown copied'");
}

#[test]
fn a_narrow_window_never_scrolls_sideways() {
    let Some(chrome) = Chrome::start() else {
        return;
    };
    let mut program = Program::start();
    program.order(&format!(
        "text {}",
        "a-very-long-name-without-any-place-to-break".repeat(3)
    ));
    let mut tab = chrome.open(&format!("{}/", program.url));
    let narrow = json!({ "width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": false });
    tab.call("Emulation.setDeviceMetricsOverride", narrow);
    for (path, there) in [
        ("/", "document.querySelector('tr[data-id]')"),
        ("/wires", "document.querySelector('.wire-card')"),
        ("/guide", "document.querySelector('#guide h2')"),
    ] {
        tab.go(&format!("{}{path}", program.url));
        tab.until(there);
        assert_eq!(
            tab.evaluate("document.documentElement.scrollWidth"),
            360,
            "{path}"
        );
    }
    open_report(&mut tab, &program.url);
    tab.until("document.querySelector('#timeline svg')");
    tab.evaluate(
        "document.querySelectorAll('details').forEach((details) => (details.open = true))",
    );
    assert_eq!(tab.evaluate("document.documentElement.scrollWidth"), 360);
    tab.assert_quiet();
}

#[test]
fn live_connections_and_the_guide_are_shown() {
    let Some(chrome) = Chrome::start() else {
        return;
    };
    let mut program = Program::start();
    program.order("text");
    let mut tab = chrome.open(&format!("{}/wires", program.url));
    tab.until("document.querySelector('.wire-card')");
    assert_eq!(tab.text("h1"), "1 live wire");
    assert_eq!(
        tab.evaluate("document.querySelectorAll('.wire-card tbody tr').length"),
        2
    );
    let before = tab.text(".wire-card tbody");
    program.order("binary");
    tab.until(&format!(
        "document.querySelector('.wire-card tbody').innerText !== {}",
        json!(before)
    ));

    tab.go(&format!("{}/guide#torn-frame", program.url));
    tab.until("document.querySelector('#contents a[href=\"#torn-frame\"]')");
    tab.until("Math.abs(document.getElementById('torn-frame').getBoundingClientRect().top) < 100");
    tab.assert_quiet();
}

#[test]
fn every_part_of_every_page_is_known_to_screen_readers() {
    let Some(chrome) = Chrome::start() else {
        return;
    };
    let mut program = Program::start();
    program.order("text");
    let mut tab = chrome.open(&format!("{}/", program.url));
    open_report(&mut tab, &program.url);
    let report = tab
        .evaluate("location.pathname")
        .as_str()
        .unwrap()
        .to_owned();
    for path in ["/", &report, "/wires", "/guide"] {
        tab.go(&format!("{}{path}", program.url));
        tab.until("document.querySelector('main:not([aria-busy]) h1')");
        let landmarks = "['header', 'nav[aria-label]', 'main', 'a.skip[href=\"#main\"]', '[role=status]', 'html[lang]']
            .filter((each) => !document.querySelector(each)).join()";
        assert_eq!(tab.evaluate(landmarks), "", "{path} lacks landmarks");
        let headings = "[...document.querySelectorAll('main :is(h1, h2, h3, h4)')].filter((each) => each.checkVisibility())
            .map((each) => Number(each.localName[1])).filter((level, at, all) => level > (all[at - 1] ?? 0) + 1).length";
        assert_eq!(tab.evaluate(headings), 0, "{path} leaves out a level");
        let nameless = "[...document.querySelectorAll('button, a, input, svg:not([aria-hidden])')].filter((each) =>
            !(each.innerText || each.textContent || each.ariaLabel || each.labels?.[0]?.textContent).trim())
            .map((each) => each.outerHTML).join()";
        assert_eq!(
            tab.evaluate(nameless),
            "",
            "{path} has something without a name"
        );
        let twice = "[...document.querySelectorAll('[id]')].map((each) => each.id)
            .filter((id, at, all) => all.indexOf(id) !== at).join()";
        assert_eq!(tab.evaluate(twice), "", "{path} has a name twice");
    }
    tab.assert_quiet();
}
