//! What the page says of a finding.

use crate::client::{Overlap, get, page, wait_for};
use crate::{HTML, JSON};
use redhanded::dashboard::Dashboard;
use redhanded::{Settings, Stderr};
use serde_json::Value;

#[test]
fn a_finding_is_listed_and_has_a_page_while_its_writers_are_still_inside() {
    redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off)).unwrap();
    let page = page();
    let overlap = Overlap::begin(|two| drop(two.close(None)));

    let reports = wait_for("report", || {
        let reports = get(&page, "/api/reports").json();
        reports.as_array().filter(|list| !list.is_empty()).cloned()
    });
    let [report] = reports.as_slice() else {
        panic!("{reports:?}")
    };
    assert_eq!(
        (&report["schema"], &report["kind"], &report["open"]),
        (&2.into(), &"overlap".into(), &true.into())
    );
    assert_eq!(report["writers"][0]["thread"]["name"], "<b>sender</b>");
    assert_has_a_page(&page, report);
    assert_is_in_the_list(&page, report);
    assert_has_sources(&page, report);
    assert_has_every_form(&page, report);

    overlap.end();
}

fn id(report: &Value) -> &str {
    report["id"].as_str().unwrap()
}

#[track_caller]
fn assert_has_a_page(page: &Dashboard, report: &Value) {
    let one = get(page, &format!("/api/reports/{}", id(report))).json();
    assert_eq!(one["id"], report["id"]);
    let shell = get(page, &format!("/report/{}", id(report)));
    assert_eq!(
        (shell.status, shell.header("Content-Type")),
        (200, Some(HTML))
    );
    assert!(
        !shell.body.contains("sender"),
        "foreign text is not part of the markup"
    );
}

#[track_caller]
fn assert_is_in_the_list(page: &Dashboard, report: &Value) {
    let list = get(page, "/api/list").json();
    let [row] = list["rows"].as_array().unwrap().as_slice() else {
        panic!("{list}")
    };
    assert_eq!(
        (&row["id"], &row["open"], &row["count"]),
        (&report["id"], &true.into(), &1.into())
    );
    assert_eq!(
        (&row["writers"][0], &row["wire"]),
        (&"\"<b>sender</b>\"".into(), &report["wire"])
    );
    assert_eq!(
        (&row["summary"], &row["first_seen"]),
        (&report["summary"], &report["first_seen"])
    );
    assert_eq!(
        (&list["total"], &list["process"]["pid"]),
        (&1.into(), &std::process::id().into())
    );
    let matching =
        |query: &str| get(page, &format!("/api/list?{query}")).json()["matching"].clone();
    assert_eq!(matching("text=SENDER"), 1);
    assert_eq!(matching("kind=torn-frame"), 0);
}

#[track_caller]
fn assert_has_sources(page: &Dashboard, report: &Value) {
    let sources = get(page, &format!("/api/reports/{}/sources", id(report))).json();
    let has_the_call = |source: &Value| {
        source["lines"]
            .to_string()
            .contains("one.send(Message::from(")
    };
    assert!(
        sources.as_array().unwrap().iter().any(has_the_call),
        "{sources}"
    );
}

#[track_caller]
fn assert_has_every_form(page: &Dashboard, report: &Value) {
    for (form, mime, has) in [
        ("json", JSON, "\"schema\": 2"),
        ("text", "text/plain; charset=utf-8", "First writer: "),
        ("markdown", "text/plain; charset=utf-8", "overlap"),
        ("html", HTML, "<!doctype html>"),
        ("sarif", JSON, "2.1.0"),
    ] {
        let reply = get(page, &format!("/api/reports/{}/{form}", id(report)));
        assert_eq!(
            (reply.status, reply.header("Content-Type")),
            (200, Some(mime)),
            "{form}"
        );
        assert!(reply.body.contains(has), "{form}: {}", reply.body);
        let is_file = reply
            .header("Content-Disposition")
            .is_some_and(|how| how.starts_with("attachment; filename="));
        assert_eq!(is_file, ["html", "sarif"].contains(&form), "{form}");
    }
    let other = get(page, &format!("/api/reports/{}/other", id(report)));
    assert_eq!(other.status, 404);
}
