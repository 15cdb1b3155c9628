//! Markdown of reports that are large, hostile or ordinary.

use super::super::samples::{self, HOSTILE};
use super::*;

fn markdown(report: &Report) -> String {
    report.to_markdown(&Workspace::at("/w"))
}

/// What is left when everything that is shown as it is is taken out: blocks and inline code, as CommonMark finds them.
fn without_code(text: &str) -> String {
    let mut rest = String::new();
    let mut fence: Option<String> = None;
    for line in text.lines() {
        match &fence {
            Some(end) if line == end => fence = None,
            Some(_) => {}
            None if line.starts_with("```") && line.ends_with("text") => {
                fence = Some(line.trim_end_matches("text").to_owned());
            }
            None => rest.push_str(&without_inline_code(line)),
        }
        rest.push('\n');
    }
    assert_eq!(fence, None, "a block is never closed: {text}");
    rest
}

fn without_inline_code(line: &str) -> String {
    let (mut rest, mut line) = (String::new(), line);
    while let Some(at) = line.find('`') {
        rest.push_str(&line[..at]);
        let run = line[at..].chars().take_while(|c| *c == '`').count();
        let inside = &line[at + run..];
        let ends = |from: &usize| {
            inside[*from..].chars().take_while(|c| *c == '`').count() == run
                && !inside[..*from].ends_with('`')
        };
        let end = inside.match_indices('`').map(|(from, _)| from).find(ends);
        line = &inside[end.unwrap_or_else(|| panic!("code is never closed: {line}")) + run..];
    }
    rest + line
}

#[test]
fn a_report_is_complete_in_itself() {
    let text = markdown(&samples::torn());
    let expected = "### redhanded: torn-frame\n\n`one wrote into a frame of the other`\n\nBytes of another writer are \
        inside a frame. The peer cannot recover.\n\n- count 3, first seen `2026-01-02T03:04:05.000006Z`, last seen \
        `2026-01-02T03:04:06.000007Z`\n- wire 1: `127.0.0.1:9001` to `127.0.0.1:53210`\n- process `app` (11), \
        release `1.4.2`\n- fingerprint `67fc86ee1004ed7e`, group `24a7e05281885b3f`\n\n**First writer**: `send Text 3 B` by `\"writer\"`, called at \
        `src/main.rs:59:5`\n\n- handle 1, began at 0.0 µs, `returned` at 5.2 µs\n";
    assert!(text.starts_with(expected), "{text}");
    let drawing = "```text\nOn the wire:\n  wire ──[binary 9 B, first writer]────────▶┊◀─[binary 9 B, second writer]─▶┊";
    assert!(text.contains(drawing), "{text}");
    let stack = "<details open>\n<summary>Backtrace of the second writer: 3 frames, 1 of them the application's</summary>\
        \n\n```text\n#1 app::publish at src/publish.rs:12\n```\n\nOf others:\n\n```text\n#0 tokio::park at \
        tokio-1.44.0/src/park.rs:3 (runtime)\n#2 main (runtime)\n```\n\n</details>\n";
    assert!(text.contains(stack), "{text}");
    let end = "\n0 more finding(s) are in the report's JSON, 2 were counted and not kept.\n\nWhy this is wrong, and how to \
        put it right: https://docs.rs/redhanded/0.1.0/redhanded/guide/index.html#torn-frame\n";
    assert!(text.ends_with(end), "{text}");
}

#[test]
fn nothing_of_a_report_gets_out_of_its_code() {
    let text = markdown(&samples::hostile());
    assert!(
        text.matches("onerror").count() > 10,
        "all of it is shown: {text}"
    );
    assert!(
        !text.chars().any(|c| c.is_control() && c != '\n') && !text.contains('\u{202e}'),
        "{text:?}"
    );
    let rest = without_code(&text);
    for word in [
        "<img",
        "onerror",
        "@octocat",
        "GH-1",
        "forged",
        "javascript",
        "</script",
        "|",
        "$",
        "::",
        "[",
    ] {
        assert!(!rest.contains(word), "{word}: {rest}");
    }
    let hashes: Vec<_> = rest
        .match_indices('#')
        .map(|(at, _)| &rest[at..rest.len().min(at + 8)])
        .collect();
    assert!(
        hashes.iter().all(|at| at.starts_with("##")
            || at.starts_with("# redha")
            || at.starts_with("#torn-f")),
        "{hashes:?}"
    );
    assert_eq!(
        rest.matches("<details").count(),
        rest.matches("</details>").count()
    );
    assert!(
        rest.contains("guide/index.html#torn-frame"),
        "the guide is our own: {rest}"
    );
}

#[test]
fn any_run_of_backticks_is_shown_as_it_is() {
    for text in ["`", "``", "a`b", " a ", "`` ` ```", HOSTILE] {
        let code = Code(text, 1_000).to_string();
        let text = one_line(text);
        assert_eq!(
            without_inline_code(&Code(&text, 1_000).to_string()),
            "",
            "{code}"
        );
    }
    assert_eq!(Code("", 10).to_string(), "(nothing)");
}

#[test]
fn however_large_the_stacks_it_is_shorter_than_the_limit_and_says_how_many_frames_are_not_there() {
    for frames in [0, 10, 100, 300, 5_000] {
        let report = samples::enormous(frames);
        let text = markdown(&report);
        assert!(
            weight(&text) < MAX_MARKDOWN && text.chars().count() < 65_000,
            "{}",
            weight(&text)
        );
        assert!(text.encode_utf16().count() + text.lines().count() < 65_000);
        without_code(&text);
        assert!(text.ends_with("#torn-frame\n"), "it has its end");
        let shown = text
            .lines()
            .filter(|line| line.starts_with('#') && line.contains("app::function_"))
            .count();
        let trimmed = text.lines().filter_map(|line| {
            line.strip_prefix('(')?
                .split_once(" frames were trimmed")?
                .0
                .parse::<usize>()
                .ok()
        });
        assert_eq!(shown + trimmed.sum::<usize>(), frames * 4, "{frames}");
        if frames >= 300 {
            assert!(
                weight(&text) > MAX_MARKDOWN * 9 / 10,
                "the room is used: {}",
                weight(&text)
            );
            assert!(
                text.contains("#0 app::function_0::") && !text.contains("#1 app::function_1::"),
                "own frames first"
            );
        }
    }
}

#[test]
fn backticks_alone_do_not_make_it_longer_than_the_limit() {
    let mut report = samples::enormous(2_000);
    report.visit_files(&mut |file| *file = "`".repeat(10_000));
    for writer in &mut report.writers {
        writer
            .backtrace
            .iter_mut()
            .for_each(|frame| frame.function = "`".repeat(10_000));
        writer.operation = "`".repeat(10_000);
    }
    report.summary = "`".repeat(100_000);
    let text = markdown(&report);
    assert!(weight(&text) < MAX_MARKDOWN, "{}", weight(&text));
    without_code(&text);
}

#[test]
fn several_reports_share_the_room_and_those_that_do_not_fit_are_counted() {
    let workspace = Workspace::at("/w");
    let three = to_markdown(
        &[samples::torn(), samples::torn(), samples::torn()],
        &workspace,
    );
    assert_eq!(
        (
            three.matches("### redhanded").count(),
            three.matches("\n---\n").count()
        ),
        (3, 2)
    );
    let many = vec![samples::enormous(1_000); 100];
    let text = to_markdown(&many, &workspace);
    assert!(weight(&text) < MAX_MARKDOWN, "{}", weight(&text));
    let shown = text.matches("### redhanded").count();
    assert!(
        shown >= 3
            && text.ends_with(&format!(
                "{} more report(s) do not fit here.\n",
                100 - shown
            )),
        "{shown}"
    );
    without_code(&text);
    assert_eq!(to_markdown(&[], &workspace), "");
}
