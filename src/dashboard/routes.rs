//! The one table of paths, and what is answered to each.

use std::borrow::Cow;
use std::net::SocketAddr;

use serde::Serialize;

use super::assets;
use super::guard;
use super::http::Request;
use crate::collector;
use crate::report::Process;

/// What is sent on every answer, whatever it is.
///
/// The policy lets the page load its own files and ask its own data, and nothing else: no inline code, no frame
/// around it, no foreign address. Reports change every moment, so nothing is kept.
pub(super) const HEADERS: [(&str, &str); 5] = [
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
];

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

/// An answer without the headers that all answers have.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) mime: &'static str,
    pub(super) body: Cow<'static, str>,
}

impl Answer {
    fn new(status: u16, mime: &'static str, body: impl Into<Cow<'static, str>>) -> Self {
        Self { status, mime, body: body.into() }
    }

    /// The answer to what is no request.
    pub(super) fn bad_request() -> Self {
        Self::new(400, TEXT, "This is no request.\n")
    }

    /// The answer when making one failed.
    pub(super) fn failed() -> Self {
        Self::new(500, TEXT, "The page could not be made.\n")
    }
}

/// The answer to a request that came to the page at `bound`.
pub(super) fn answer(request: &Request<'_>, bound: SocketAddr) -> Answer {
    let path = request.target.split(['?', '#']).next().unwrap_or_default();
    if !guard::names_this_page(request.only("Host"), bound) {
        return Answer::new(403, TEXT, "This page answers to loopback names only, such as 127.0.0.1.\n");
    }
    if path.starts_with("/api/") && guard::is_another_site(request.only("Sec-Fetch-Site")) {
        return Answer::new(403, TEXT, "Not for pages of another site.\n");
    }
    if !matches!(request.method, "GET" | "HEAD") {
        return Answer::new(405, TEXT, "There is nothing to change here: GET and HEAD only.\n");
    }
    route(path)
}

fn route(path: &str) -> Answer {
    let (mime, body) = match path {
        "/" => (HTML, assets::LIST),
        "/assets/style.css" => (CSS, assets::STYLE),
        "/assets/shared.js" => (JS, assets::SHARED_JS),
        "/assets/list.js" => (JS, assets::LIST_JS),
        "/assets/report.js" => (JS, assets::REPORT_JS),
        "/assets/wire.js" => (JS, assets::WIRE_JS),
        "/assets/favicon.svg" => (SVG, assets::FAVICON),
        "/api/reports" => return json(&collector::reports_now()),
        "/api/process" => return json(&Process::this()),
        _ => return route_of_one(path),
    };
    Answer::new(200, mime, body)
}

fn route_of_one(path: &str) -> Answer {
    if let Some(id) = path.strip_prefix("/api/reports/") {
        return collector::report_now(id).map_or_else(|| unknown("no such report"), |report| json(&report));
    }
    if path.starts_with("/api/") {
        return unknown("no such address");
    }
    match path.strip_prefix("/report/").and_then(collector::report_now) {
        Some(_) => Answer::new(200, HTML, assets::REPORT),
        None => Answer::new(404, HTML, assets::MISSING),
    }
}

fn json(value: &impl Serialize) -> Answer {
    serde_json::to_string(value).map_or_else(|_| Answer::failed(), |body| Answer::new(200, JSON, body))
}

fn unknown(what: &str) -> Answer {
    Answer::new(404, JSON, serde_json::json!({ "error": what }).to_string())
}
