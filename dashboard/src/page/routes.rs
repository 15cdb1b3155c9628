//! The table of paths, and the answer to each.

use std::net::SocketAddr;

use super::answer::{Answer, CSS, EVENTS, HTML, JS, JSON, SVG, TEXT};
use super::assets;
use super::excerpts;
use super::guard::{self, Refused};
use super::guide;
use super::html::to_html;
use super::http::Request;
use super::list;
use super::query::Query;
use super::source::Source;
use super::wires;
use redhanded_report::{Report, Workspace, to_sarif};

/// What is done with a request.
#[derive(Debug)]
pub(super) enum Reply {
    Answer(Answer),
    /// The client becomes a subscriber of the feed.
    Feed,
}

/// The reply to a request that came in at the address `local`, to a page that shows the reports of `source`.
pub(super) fn reply(request: &Request<'_>, local: SocketAddr, source: &dyn Source) -> Reply {
    let path = request.path();
    let answer = match guard::admit(request, path, local) {
        Err(Refused::Host) => Answer::new(
            403,
            TEXT,
            "This page answers only to its own address, such as 127.0.0.1 and its port.\n",
        ),
        Err(Refused::Site) => Answer::new(
            403,
            TEXT,
            "This page does not answer to pages of other sites.\n",
        ),
        Ok(()) if !matches!(request.method, "GET" | "HEAD") => {
            let refusal = Answer::new(405, TEXT, "This page only takes GET and HEAD.\n");
            refusal.with("Allow", "GET, HEAD")
        }
        Ok(()) if path == "/api/feed" && request.wants_body() => return Reply::Feed,
        Ok(()) => route(path, request, source),
    };
    Reply::Answer(answer)
}

fn route(path: &str, request: &Request<'_>, source: &dyn Source) -> Answer {
    let (mime, body) = match path {
        "/" => return document(200, "index.html"),
        "/wires" => return document(200, "wires.html"),
        "/guide" => return document(200, "guide.html"),
        "/api/feed" => (EVENTS, ""),
        "/api/guide" => (HTML, guide::whole()),
        "/api/list" => return list::answer(&Query::parse(request.query()), source),
        "/api/process" => return Answer::json(&source.process()),
        "/api/reports" => return Answer::json(&*source.reports()),
        "/api/wires" => return wires::answer(&Query::parse(request.query()), source),
        _ => return route_below(path, source),
    };
    Answer::ok(mime, body)
}

fn route_below(path: &str, source: &dyn Source) -> Answer {
    let text = |mime| move |body| Answer::ok(mime, body);
    let found = if let Some(name) = path.strip_prefix("/assets/") {
        asset(name).map(|(mime, body)| Answer::ok(mime, body))
    } else if let Some(id) = path.strip_prefix("/report/") {
        source.report(id).map(|_| document(200, "report.html"))
    } else if let Some(anchor) = path.strip_prefix("/api/guide/") {
        guide::section(anchor).map(text(HTML))
    } else if let Some(rest) = path.strip_prefix("/api/reports/") {
        let (id, form) = rest
            .split_once('/')
            .map_or((rest, None), |(id, form)| (id, Some(form)));
        source.report(id).and_then(|report| form_of(&report, form))
    } else {
        None
    };
    found.unwrap_or_else(|| nothing_at(path))
}

fn document(status: u16, name: &str) -> Answer {
    assets::file(name).map_or_else(Answer::failed, |body| Answer::new(status, HTML, body))
}

fn nothing_at(path: &str) -> Answer {
    if path.starts_with("/api/") {
        Answer::error(404, "there is nothing at this address")
    } else {
        document(404, "missing.html")
    }
}

fn asset(name: &str) -> Option<(&'static str, &'static str)> {
    let body = assets::file(name)?;
    let (_, extension) = name.rsplit_once('.')?;
    let mime = match extension {
        "css" => CSS,
        "js" => JS,
        "svg" => SVG,
        _ => return None,
    };
    Some((mime, body))
}

/// A report in one of its formats, or as data for the page.
fn form_of(report: &Report, form: Option<&str>) -> Option<Answer> {
    let one = std::slice::from_ref(report);
    let workspace = Workspace::find();
    let answer = match form {
        None => return Some(Answer::json(report)),
        Some("sources") => return Some(Answer::json(&excerpts::of(report))),
        Some("json") => Answer::ok(JSON, report.to_json()),
        Some("text") => Answer::ok(TEXT, report.to_string()),
        Some("markdown") => Answer::ok(TEXT, report.to_markdown(&workspace)),
        // The page's policy does not allow the styles and scripts in it, so that it is a file to keep.
        Some("html") => saved(Answer::ok(HTML, to_html(one, &workspace)), report, "html"),
        Some("sarif") => saved(Answer::ok(JSON, to_sarif(one, &workspace)), report, "sarif"),
        Some(_) => return None,
    };
    Some(answer)
}

/// An answer that a browser saves as a file.
fn saved(answer: Answer, report: &Report, extension: &str) -> Answer {
    // Another program may have made the report, with any text as its name.
    let id: String = report
        .id
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(32)
        .collect();
    answer.with(
        "Content-Disposition",
        format!("attachment; filename=\"redhanded-{id}.{extension}\""),
    )
}
