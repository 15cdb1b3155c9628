//! Decides which requests are answered: those of this page, and those of no page.
//!
//! Any web page can make a browser send requests to a loopback port. It cannot read the answers, because there is no CORS
//! header, unless its own host name points at 127.0.0.1 after it was loaded (DNS rebinding). Then the `Host` header still
//! has the foreign name, and the request is refused. A request can also do harm when its answer is not read: it can open
//! feeds, or make the program work hard. So below `/api/` the page refuses requests of other pages as well.

use std::net::{IpAddr, SocketAddr};

use super::http::{Header, Request};

/// Why a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// It names another host. It may come from a page whose own name was made to point here.
    Host,
    /// Another web page had the browser send it.
    Site,
}

/// Whether to answer a request for `path` that came in at the address `local`.
pub(super) fn admit(request: &Request<'_>, path: &str, local: SocketAddr) -> Result<(), Refused> {
    let Header::Once(host) = request.header("Host") else {
        return Err(Refused::Host);
    };
    if !names_this_page(host, local) {
        return Err(Refused::Host);
    }
    // A link to the page may stand anywhere, and the page's files say nothing about the program.
    let is_open_to_all = !path.starts_with("/api/") && matches!(request.method, "GET" | "HEAD");
    if is_open_to_all
        || is_this_page(
            request.header("Origin"),
            request.header("Sec-Fetch-Site"),
            host,
        )
    {
        Ok(())
    } else {
        Err(Refused::Site)
    }
}

/// Whether a `Host` header names the page that has the address `local`: by that address, or by a name that can only mean
/// this machine. No foreign page can have such a name, so that none can pass for this page.
fn names_this_page(host: &str, local: SocketAddr) -> bool {
    let port = local.port();
    // A browser leaves out the scheme's own port.
    let (name, named_port) = match host.strip_suffix(&format!(":{port}")) {
        Some(name) => (name, true),
        None => (host, false),
    };
    let is_name = name.eq_ignore_ascii_case("localhost")
        || ["127.0.0.1", "[::1]"].contains(&name)
        || name == in_url(local.ip());
    is_name && (named_port || port == 80)
}

/// An address as URLs have it.
pub(super) fn in_url(address: IpAddr) -> String {
    // A socket for IPv4 and IPv6 has IPv4 addresses mapped to IPv6.
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// Whether a request comes from this page, or from no page, as when a person types the address or a tool asks.
fn is_this_page(origin: Header<'_>, site: Header<'_>, host: &str) -> bool {
    let is_origin = match origin {
        Header::Absent => true,
        Header::Once(origin) => origin
            .strip_prefix("http://")
            .is_some_and(|from| from.eq_ignore_ascii_case(host)),
        Header::Unclear => false,
    };
    let is_site = match site {
        Header::Absent => true,
        // `same-site` would be another port of this machine, and so another program.
        Header::Once(site) => ["same-origin", "none"].contains(&site),
        Header::Unclear => false,
    };
    is_origin && is_site
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(host: &str, local: &str) -> bool {
        names_this_page(host, local.parse().unwrap())
    }

    #[test]
    fn the_loopback_names_with_the_bound_port_are_this_page() {
        for host in [
            "127.0.0.1:7667",
            "localhost:7667",
            "LOCALHOST:7667",
            "[::1]:7667",
        ] {
            assert!(allowed(host, "127.0.0.1:7667"), "{host}");
            assert!(allowed(host, "[::1]:7667"), "{host}");
        }
    }

    #[test]
    fn any_other_name_or_port_is_not() {
        let foreign = [
            "",
            ":7667",
            "127.0.0.1",
            "localhost",
            "127.0.0.1:7668",
            "127.0.0.1:07667",
            "evil.example:7667",
            "localhost.evil.example:7667",
            "evil.localhost:7667",
            "::1:7667",
            "[::1]",
            "0.0.0.0:7667",
            "127.0.0.2:7667",
            "127.1:7667",
            "[::1]:7667:7667",
            "user@localhost:7667",
            "localhost:7667 ",
            "localhost.:7667",
            "localhost:7667,localhost:7667",
        ];
        for host in foreign {
            assert!(!allowed(host, "127.0.0.1:7667"), "{host:?}");
        }
    }

    #[test]
    fn a_page_answers_to_the_address_at_which_it_was_reached() {
        assert!(allowed("127.0.0.2:7667", "127.0.0.2:7667"));
        assert!(allowed("192.0.2.1:7667", "192.0.2.1:7667"));
        assert!(allowed("192.0.2.1:7667", "[::ffff:192.0.2.1]:7667"));
        assert!(allowed("[2001:db8::1]:7667", "[2001:db8::1]:7667"));
        assert!(!allowed("192.0.2.2:7667", "192.0.2.1:7667"));
        assert!(!allowed("build-host:7667", "192.0.2.1:7667"));
    }

    #[test]
    fn the_port_may_be_left_out_only_where_browsers_leave_it_out() {
        assert!(allowed("localhost", "127.0.0.1:80"));
        assert!(allowed("127.0.0.1", "127.0.0.1:80"));
        assert!(!allowed("evil.example", "127.0.0.1:80"));
    }

    #[test]
    fn a_request_of_this_page_or_of_no_page_is_one() {
        let host = "localhost:7667";
        let is_this = |origin, site| is_this_page(origin, site, host);
        assert!(is_this(Header::Absent, Header::Absent));
        assert!(is_this(Header::Absent, Header::Once("none")));
        assert!(is_this(
            Header::Once("http://localhost:7667"),
            Header::Once("same-origin")
        ));
        for site in [
            "cross-site",
            "same-site",
            "",
            "same-origin, cross-site",
            "anything",
        ] {
            assert!(!is_this(Header::Absent, Header::Once(site)), "{site}");
        }
        for origin in [
            "null",
            "",
            "http://evil.example",
            "https://localhost:7667",
            "http://localhost:7668",
            "http://127.0.0.1:7667",
        ] {
            assert!(!is_this(Header::Once(origin), Header::Absent), "{origin}");
        }
        assert!(!is_this(Header::Unclear, Header::Absent));
        assert!(!is_this(Header::Absent, Header::Unclear));
    }
}
