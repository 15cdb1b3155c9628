//! The DSN of a Sentry project: where events go, and the key that opens the door.

use super::endpoint::Endpoint;

impl Endpoint {
    /// The envelope endpoint of `scheme://key[:secret]@host[:port][/path]/project`.
    pub(super) fn of_dsn(dsn: &str) -> Option<Endpoint> {
        let (scheme, rest) = dsn.trim().split_once("://")?;
        let (user, place) = rest.split_once('@')?;
        let key = user.split(':').next().unwrap_or(user);
        let place = place.split(['?', '#']).next().unwrap_or(place);
        let (host, path) = place.split_once('/')?;
        let path = path.trim_end_matches('/');
        let (above, project) = path
            .rsplit_once('/')
            .map_or(("", path), |(above, project)| {
                (above.trim_end_matches('/'), project)
            });
        let is_word = |text: &str| {
            let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            !text.is_empty() && text.bytes().all(is_part)
        };
        let is_http = scheme == "http" || scheme == "https";
        if !is_http || !is_word(key) || !is_word(project) {
            return None;
        }
        let above = if above.is_empty() {
            String::new()
        } else {
            format!("/{above}")
        };
        let agent = concat!("redhanded/", env!("CARGO_PKG_VERSION"));
        Endpoint::new(
            format!("{scheme}://{host}{above}/api/{project}/envelope/"),
            vec![
                (
                    "Content-Type".to_owned(),
                    "application/x-sentry-envelope".to_owned(),
                ),
                (
                    "X-Sentry-Auth".to_owned(),
                    format!("Sentry sentry_version=7, sentry_client={agent}, sentry_key={key}"),
                ),
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dsn_leads_to_the_endpoint_of_its_project() {
        for (dsn, url, shown) in [
            (
                "https://key@o1.example.org/7",
                "https://o1.example.org/api/7/envelope/",
                "o1.example.org",
            ),
            (
                "http://key:secret@127.0.0.1:8000/1",
                "http://127.0.0.1:8000/api/1/envelope/",
                "127.0.0.1:8000",
            ),
            (
                "https://key@host/a/b/7/",
                "https://host/a/b/api/7/envelope/",
                "host",
            ),
            (
                "https://key@[::1]:9000/7?x=1",
                "https://[::1]:9000/api/7/envelope/",
                "[::1]:9000",
            ),
        ] {
            let endpoint = Endpoint::of_dsn(dsn).expect(dsn);
            assert_eq!((&*endpoint.url, endpoint.shown()), (url, shown));
            let (_, auth) = &endpoint.headers[1];
            assert!(auth.ends_with(", sentry_key=key"), "{auth}");
        }
    }

    #[test]
    fn what_is_no_dsn_is_refused() {
        for dsn in [
            "",
            "key@host/1",
            "ftp://key@host/1",
            "https://host/1",
            "https://@host/1",
            "https://key@host",
            "https://key@host/",
            "https://key@/1",
            "https://ke y@host/1",
            "https://key\r\nX: y@host/1",
            "https://key@host/1\r\nX: y",
            "https://key@ho st/1",
        ] {
            assert!(Endpoint::of_dsn(dsn).is_none(), "{dsn:?}");
        }
    }
}
