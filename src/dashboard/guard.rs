//! Who may ask: only a browser (or a tool) that means this page.
//!
//! Any web page can make a browser send requests to a loopback port. It cannot read the answers without our consent
//! (there is no CORS header), unless its own host name is made to point at 127.0.0.1 after it was loaded. Then the
//! `Host` header still has that foreign name, and this is where it is found out.

use std::net::SocketAddr;

/// Whether the `Host` header, where there is exactly one, names the page at `bound`.
pub(super) fn names_this_page(host: Option<&str>, bound: SocketAddr) -> bool {
    let Some(host) = host else { return false };
    let port = bound.port();
    // A browser leaves out the port that is the scheme's own.
    let (name, named_port) = match host.strip_suffix(&format!(":{port}")) {
        Some(name) => (name, true),
        None => (host, false),
    };
    let is_name = name.eq_ignore_ascii_case("localhost")
        || ["127.0.0.1", "[::1]"].contains(&name)
        || SocketAddr::new(bound.ip(), 0).to_string().strip_suffix(":0") == Some(name);
    is_name && (named_port || port == 80)
}

/// Whether the `Sec-Fetch-Site` header says that a page of another site sent the request.
pub(super) fn is_another_site(site: Option<&str>) -> bool {
    site.is_some_and(|site| site.eq_ignore_ascii_case("cross-site"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(host: &str, bound: &str) -> bool {
        names_this_page(Some(host), bound.parse().unwrap())
    }

    #[test]
    fn the_loopback_names_with_the_bound_port_are_this_page() {
        for host in ["127.0.0.1:7667", "localhost:7667", "LOCALHOST:7667", "[::1]:7667"] {
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
            "127.0.0.2:7667",
            "[::1]:7667:7667",
            "user@localhost:7667",
            "localhost:7667 ",
            "localhost:7667,localhost:7667",
        ];
        for host in foreign {
            assert!(!allowed(host, "127.0.0.1:7667"), "{host:?}");
        }
        assert!(!names_this_page(None, "127.0.0.1:7667".parse().unwrap()));
    }

    #[test]
    fn a_page_on_another_loopback_address_answers_to_it() {
        assert!(allowed("127.0.0.2:7667", "127.0.0.2:7667"));
    }

    #[test]
    fn the_port_may_be_left_out_only_where_browsers_leave_it_out() {
        assert!(allowed("localhost", "127.0.0.1:80"));
        assert!(allowed("127.0.0.1", "127.0.0.1:80"));
        assert!(!allowed("evil.example", "127.0.0.1:80"));
    }

    #[test]
    fn only_a_request_of_another_site_is_one() {
        assert!(is_another_site(Some("cross-site")));
        assert!(![None, Some("same-origin"), Some("none"), Some("same-site")].into_iter().any(is_another_site));
    }
}
