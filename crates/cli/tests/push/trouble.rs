//! Engines that are down, refuse, ask for pauses, cut connections and do not answer. Nothing is lost.

use crate::engine::{Answer, Engine, KEY, TAKEN, push};
use crate::pushed::{path, three};
use std::time::Duration;

const HERE: &str = "nothing is lost, push again";

#[test]
fn what_an_engine_that_is_down_did_not_take_arrives_later() {
    let (nowhere, directory) = (Engine::nowhere(), three());
    let ran = push(nowhere, path(&directory), &["--wait", "0s"]).with_code(69);
    let why = "it cannot be reached (connection refused)";
    let line = format!("3 of 3 events not taken by Sentry at {nowhere}: {why}; {HERE}");
    assert_eq!(ran.only_complaint(), line);

    let engine = Engine::new(|_, _| TAKEN);
    engine.push(path(&directory), &[]).with_code(0);
    assert_eq!(engine.requests().len(), 3);
}

#[test]
fn an_engine_that_comes_back_within_the_wait_takes_all() {
    let engine = Engine::new(|number, _| match number {
        0 => Answer::Status(503, &[], ""),
        _ => TAKEN,
    });
    engine.push(path(&three()), &[]).with_code(0);
    assert_eq!(engine.requests().len(), 4);
}

#[test]
fn an_engine_that_does_not_know_the_key_is_asked_once() {
    // Bugsink's own words have the key in them.
    let body = "Project not found or key incorrect: http://s3cretk3y@127.0.0.1/7";
    assert!(body.contains(KEY));
    let engine = Engine::new(move |_, _| Answer::Status(403, &[], body));
    let directory = three();
    let ran = engine.push(path(&directory), &[]).with_code(69);
    let line = format!(
        "3 of 3 events not taken by Sentry at {}: it answered 403 Forbidden; {HERE}",
        engine.address()
    );
    assert_eq!(ran.only_complaint(), line);
    assert_eq!(engine.requests().len(), 1);

    let engine = Engine::new(|_, _| TAKEN);
    engine.push(path(&directory), &[]).with_code(0);
    assert_eq!(engine.requests().len(), 3);
}

#[test]
fn a_pause_that_is_asked_for_is_kept_and_then_all_arrive() {
    for header in [
        "X-Sentry-Rate-Limits: 1::key, 86400:transaction:organization",
        "Retry-After: 1",
    ] {
        let headers: &'static [&'static str] = vec![header].leak();
        let engine = Engine::new(move |number, _| match number {
            1 => Answer::Status(429, headers, ""),
            _ => TAKEN,
        });
        let ran = engine.push(path(&three()), &[]).with_code(0);
        assert!(
            ran.only_complaint().starts_with("3 events taken"),
            "{ran:#?}"
        );
        let requests = engine.requests();
        assert_eq!(requests.len(), 4);
        // The second event is sent again, after the pause and not before.
        assert_eq!(requests[1].body, requests[2].body);
        assert!(
            requests[2].at - requests[1].at >= Duration::from_millis(900),
            "{header}"
        );
    }
}

#[test]
fn an_engine_that_is_busy_and_asks_for_no_pause_is_not_asked_without_end() {
    for header in [
        "Retry-After: 0",
        "X-Sentry-Rate-Limits: 0::key",
        "Retry-After: 1e19",
    ] {
        let headers: &'static [&'static str] = vec![header].leak();
        let engine = Engine::new(move |_, _| Answer::Status(429, headers, ""));
        engine.push(path(&three()), &["--wait", "1s"]).with_code(69);
        assert!(engine.requests().len() <= 2, "{header}");
    }
}

#[test]
fn a_page_in_place_of_an_answer_takes_nothing() {
    let engine = Engine::new(|number, _| match number {
        0 => Answer::Status(200, &[], "<html>Log in</html>"),
        _ => TAKEN,
    });
    let directory = three();
    let ran = engine.push(path(&directory), &[]).with_code(69);
    let line = ran.only_complaint();
    assert!(
        line.starts_with("3 of 3 events") && line.contains(": it answered with a page"),
        "{line}"
    );
    engine.push(path(&directory), &[]).with_code(0);
    assert_eq!(engine.requests().len(), 4);
}

#[test]
#[cfg(unix)]
fn a_pipe_among_the_reports_is_named_and_not_waited_for() {
    let (engine, directory) = (Engine::new(|_, _| TAKEN), three());
    let made = std::process::Command::new("mkfifo")
        .arg(directory.path().join("pipe.json"))
        .status();
    assert!(made.is_ok_and(|it| it.success()));
    let ran = engine.push(path(&directory), &[]).with_code(2);
    assert!(ran.stderr.contains("pipe.json: is not a file"), "{ran:#?}");
    assert_eq!(engine.requests().len(), 3);
}

#[test]
fn a_limit_that_comes_with_a_taken_event_is_kept_before_the_next() {
    let limit = &[
        "X-Sentry-Rate-Limits: 9:transaction:key",
        "X-Sentry-Rate-Limits: 1:error:key",
    ];
    let engine = Engine::new(move |number, _| match number {
        0 => Answer::Status(200, limit, ""),
        _ => TAKEN,
    });
    engine.push(path(&three()), &[]).with_code(0);
    let requests = engine.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests[1].at - requests[0].at >= Duration::from_millis(900));
}

#[test]
fn a_pause_that_is_too_long_leaves_the_rest_for_the_next_push() {
    let limits = &["X-Sentry-Rate-Limits: 60::key"];
    let engine = Engine::new(move |number, _| match number {
        0 => TAKEN,
        1 => Answer::Status(429, limits, ""),
        _ => TAKEN,
    });
    let directory = three();
    let ran = engine
        .push(path(&directory), &["--wait", "5s"])
        .with_code(69);
    let line = ran.only_complaint();
    assert!(line.starts_with("2 of 3 events not taken"), "{line}");
    assert!(
        line.contains(": it asks for a pause of 60 s; nothing is lost"),
        "{line}"
    );
    assert_eq!(engine.requests().len(), 2);

    let ran = engine.push(path(&directory), &[]).with_code(0);
    assert!(
        ran.only_complaint().ends_with("; 1 had been taken before"),
        "{ran:#?}"
    );
    let taken = engine.requests();
    let mut bodies: Vec<&str> = [0, 2, 3].map(|at| &*taken[at].body).into();
    bodies.sort_unstable();
    bodies.dedup();
    assert_eq!((taken.len(), bodies.len()), (4, 3));
}

#[test]
fn an_event_whose_answer_was_cut_off_is_sent_again_and_known_there() {
    let engine = Engine::new(|number, _| match number {
        0 => Answer::Cut,
        // Bugsink's answer to an event that it has.
        1 => Answer::Status(400, &[], r#"{"message": "['Event already exists']"}"#),
        _ => TAKEN,
    });
    let directory = three();
    engine.push(path(&directory), &[]).with_code(0);
    let requests = engine.requests();
    assert_eq!(requests.len(), 4);
    assert_eq!(requests[0].body, requests[1].body);
    engine.push(path(&directory), &[]).with_code(0);
    assert_eq!(engine.requests().len(), 4);
}

#[test]
fn an_engine_that_does_not_answer_is_given_up_in_bounded_time() {
    let engine = Engine::new(|_, _| Answer::Never);
    let options = ["--timeout", "200ms", "--wait", "0s"];
    let ran = engine.push(path(&three()), &options).with_code(69);
    let line = ran.only_complaint();
    assert!(line.contains("3 of 3 events not taken"), "{line}");
    assert!(
        line.contains(": it did not answer (no answer in time); "),
        "{line}"
    );
    assert_eq!(engine.requests().len(), 3);
}

#[test]
fn one_event_that_is_refused_does_not_keep_the_others_back() {
    for status in [400, 413, 500] {
        let engine = Engine::new(move |number, _| match number {
            0 => Answer::Status(status, &[], ""),
            _ => TAKEN,
        });
        let directory = three();
        let ran = engine
            .push(path(&directory), &["--wait", "0s"])
            .with_code(69);
        let line = ran.only_complaint();
        assert!(line.starts_with("1 of 3 events not taken"), "{line}");
        assert!(line.contains(&format!("it answered {status} ")), "{line}");
        assert_eq!(engine.requests().len(), 3);
        // It is still there, and goes out with the next push.
        engine.push(path(&directory), &[]).with_code(0);
        let requests = engine.requests();
        assert_eq!(requests.len(), 4);
        assert_eq!(requests[3].body, requests[0].body);
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let other = Engine::new(|_, _| TAKEN);
    let location: &'static str = format!("Location: http://{}/", other.address()).leak();
    let headers: &'static [&'static str] = vec![location].leak();
    for status in [302, 307] {
        let engine = Engine::new(move |_, _| Answer::Status(status, headers, ""));
        let ran = engine.push(path(&three()), &[]).with_code(69);
        assert!(
            ran.only_complaint()
                .contains(&format!("it answered {status} ")),
            "{ran:#?}"
        );
    }
    assert_eq!(other.requests().len(), 0);
}
