//! Tests of the list, over fixtures.

use super::super::fixtures::{Saved, saved};
use super::*;
use redhanded_report::samples;

fn ask(source: &Saved, query: &str) -> serde_json::Value {
    let answer = answer(&Query::parse(query), source);
    serde_json::from_str(&answer.body).unwrap()
}

fn ids(list: &serde_json::Value) -> Vec<&str> {
    list["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_str().unwrap())
        .collect()
}

#[test]
fn a_row_has_what_a_list_shows() {
    let list = ask(&saved(1), "");
    let row = &list["rows"][0];
    assert_eq!(
        (&row["kind"], &row["count"], &row["open"]),
        (&"torn-frame".into(), &1.into(), &false.into())
    );
    assert_eq!(
        row["sites"],
        serde_json::json!(["src/main.rs:59:5", "src/main.rs:50:5"])
    );
    assert_eq!(
        row["writers"],
        serde_json::json!(["\"writer\"", "\"reader\""])
    );
    assert_eq!(
        row["operations"],
        serde_json::json!(["send Text 3 B", "send Text 3 B"])
    );
    assert_eq!(row["wire"]["peer"], "127.0.0.1:53210");
    assert_eq!(
        (&list["total"], &list["matching"], &list["suppressed"]),
        (&1.into(), &1.into(), &0.into())
    );
}

#[test]
fn pages_follow_each_other_without_a_gap_or_a_row_that_comes_twice() {
    let source = saved(1000);
    for sort in ["last_seen", "first_seen", "count", "kind"] {
        for order in ["asc", "desc"] {
            let page = |offset: usize| {
                ask(
                    &source,
                    &format!("sort={sort}&order={order}&offset={offset}&limit=300"),
                )
            };
            let pages: Vec<_> = [0, 300, 600, 900, 1200].map(page).into();
            let mut all: Vec<_> = pages.iter().flat_map(ids).collect();
            assert_eq!(
                (all.len(), ids(&pages[3]).len(), ids(&pages[4]).len()),
                (1000, 100, 0)
            );
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), 1000, "{sort} {order}");
        }
    }
}

#[test]
fn rows_come_in_the_order_that_was_asked_for() {
    let source = saved(100);
    let column = |query: &str, name: &str| -> Vec<String> {
        let list = ask(&source, query);
        list["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| format!("{:>30}", row[name].to_string()))
            .collect()
    };
    for (sort, name) in [
        ("last_seen", "last_seen"),
        ("first_seen", "first_seen"),
        ("count", "count"),
    ] {
        assert!(
            column(&format!("sort={sort}&order=asc"), name).is_sorted(),
            "{sort}"
        );
        let mut falling = column(&format!("sort={sort}&order=desc"), name);
        falling.reverse();
        assert!(falling.is_sorted(), "{sort}");
    }
    let kinds = column("sort=kind&order=asc", "kind");
    assert!(
        kinds[0].contains("torn-frame") && kinds[99].contains("overlap"),
        "worst first"
    );
    assert_eq!(
        column("", "last_seen"),
        column("sort=last_seen&order=desc", "last_seen"),
        "the latest first"
    );
}

#[test]
fn rows_are_those_that_have_one_of_the_kinds_and_all_of_the_words() {
    let source = saved(100);
    let matching = |query: &str| ask(&source, query)["matching"].as_u64().unwrap();
    assert_eq!(matching("kind=torn-frame"), 25);
    assert_eq!(matching("kind=torn-frame,overlap"), 50);
    assert_eq!(matching("kind=stall"), 0);
    assert_eq!(matching("text=connection.rs:7"), 11);
    assert_eq!(matching("text=READER+77%22"), 1);
    assert_eq!(matching("text=reader+absent"), 0);
    assert_eq!(
        matching("text=APP::Publish"),
        100,
        "the functions of the application are looked through"
    );
    assert_eq!(matching("text=tokio::park"), 0, "those of others are not");
    assert_eq!(matching("text=publish&kind=overlap"), 25);
    assert_eq!(ask(&source, "text=absent")["total"], 100);
}

#[test]
fn what_the_list_does_not_take_is_said() {
    let source = saved(1);
    for query in [
        "sort=size",
        "order=up",
        "kind=torn",
        "offset=-1",
        "limit=many",
    ] {
        let answer = answer(&Query::parse(query), &source);
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.body.contains(" takes "), "{query}: {}", answer.body);
    }
    assert_eq!(
        ask(&source, "limit=0")["rows"].as_array().map(Vec::len),
        Some(0)
    );
}

#[test]
fn a_name_of_any_length_makes_no_row_of_any_length() {
    let mut report = samples::torn();
    for writer in &mut report.writers {
        writer.thread.name = Some("n".repeat(1 << 20));
        writer.operation = "o".repeat(1 << 20);
    }
    report.summary = "s".repeat(1 << 20);
    let body = answer(&Query::parse(""), &Saved(Arc::new(vec![report]))).body;
    assert!(body.len() < 4096, "{}", body.len());
}
