//! A place to which events are posted. Its address and headers may hold credentials, and are shown nowhere.

use std::fmt;

/// An address with the headers of each request.
pub(super) struct Endpoint {
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    shown: String,
}

impl Endpoint {
    /// `None` if it is no address of HTTP.
    pub(super) fn new(url: String, headers: Vec<(String, String)>) -> Option<Endpoint> {
        let rest = url
            .strip_prefix("http://")
            .or_else(|| url.strip_prefix("https://"))?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let host = authority.rsplit('@').next()?;
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
        let is_fit = !host.is_empty() && host.bytes().all(is_host);
        let is_printable = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        let are_fit = headers.iter().all(|(name, value)| {
            let is_value = |character: char| !character.is_control();
            !name.is_empty() && is_printable(name) && value.chars().all(is_value)
        });
        let shown = host.to_owned();
        (is_fit && is_printable(&url) && are_fit).then_some(Endpoint {
            url,
            headers,
            shown,
        })
    }

    /// Its host and port, which are no secret.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("shown", &self.shown)
            .finish_non_exhaustive()
    }
}
