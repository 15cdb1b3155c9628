//! An answer of the page: a status, a body, and the headers that protect it in a browser.

use std::borrow::Cow;

use serde::Serialize;

/// The headers of every answer.
///
/// The policy lets the page load its own files and ask its own data (by `fetch` and as an event source), and nothing
/// else: no inline code, no frame around it, no foreign address. Reports change every moment, so browsers keep nothing.
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

pub(super) const HTML: &str = "text/html; charset=utf-8";
pub(super) const CSS: &str = "text/css; charset=utf-8";
pub(super) const JS: &str = "text/javascript; charset=utf-8";
pub(super) const SVG: &str = "image/svg+xml";
pub(super) const JSON: &str = "application/json";
pub(super) const TEXT: &str = "text/plain; charset=utf-8";
pub(super) const EVENTS: &str = "text/event-stream";

/// An answer without the headers that all answers have.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) mime: &'static str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Cow<'static, str>,
}

impl Answer {
    pub(super) fn new(status: u16, mime: &'static str, body: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            mime,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub(super) fn ok(mime: &'static str, body: impl Into<Cow<'static, str>>) -> Self {
        Self::new(200, mime, body)
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn json(value: &impl Serialize) -> Self {
        serde_json::to_string(value).map_or_else(|_| Self::failed(), |body| Self::ok(JSON, body))
    }

    /// An error as JSON, for programs.
    pub(super) fn error(status: u16, what: &str) -> Self {
        Self::new(
            status,
            JSON,
            serde_json::json!({ "error": what }).to_string(),
        )
    }

    /// The answer to bytes that are not a request.
    pub(super) fn bad_request() -> Self {
        Self::new(400, TEXT, "This is not a request.\n")
    }

    /// The answer when making the real one failed.
    pub(super) fn failed() -> Self {
        Self::new(500, TEXT, "The page could not be made.\n")
    }
}
