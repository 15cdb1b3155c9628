//! What the page refuses: other methods, hosts, sites and addresses than its own.

use crate::client::{Reply, address, ask, page, send, status_with_headers};
use redhanded::dashboard::serve;
use redhanded::error::ServeError;
use std::net::SocketAddr;

#[test]
fn a_method_that_could_change_something_is_refused() {
    let page = page();
    for method in [
        "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW",
    ] {
        for path in ["/", "/api/reports", "/nothing"] {
            let reply = ask(&page, method, path, "Content-Length: 0\r\n");
            assert_eq!(
                (reply.status, reply.header("Allow")),
                (405, Some("GET, HEAD")),
                "{method} {path}"
            );
        }
    }
    assert_eq!(
        ask(&page, "POST", "/", "Content-Length: 2\r\n\r\nhi").status,
        405
    );
}

#[test]
fn the_page_answers_to_its_loopback_names() {
    let page = page();
    let port = address(&page).port();
    for host in ["127.0.0.1", "localhost", "LocalHost", "[::1]"] {
        assert_eq!(
            status_with_headers(&page, "/api/reports", &format!("Host: {host}:{port}\r\n")),
            200,
            "{host}"
        );
    }
}

#[test]
fn a_request_for_another_host_is_refused() {
    let page = page();
    let port = address(&page).port();
    let other = port ^ 1;
    let foreign = [
        String::new(),
        "Host: \r\n".into(),
        format!("Host: evil.example:{port}\r\n"),
        format!("Host: localhost.evil.example:{port}\r\n"),
        format!("Host: 127.0.0.1.evil.example:{port}\r\n"),
        format!("Host: 127.0.0.1:{other}\r\n"),
        "Host: localhost\r\n".into(),
        format!("Host: localhost:{port}\r\nHost: evil.example\r\n"),
        format!("X-Forwarded-Host: localhost:{port}\r\nHost: evil.example\r\n"),
    ];
    for headers in foreign {
        for path in ["/", "/api/reports", "/assets/list.js", "/nothing"] {
            assert_eq!(
                status_with_headers(&page, path, &headers),
                403,
                "{path} {headers:?}"
            );
        }
    }
}

#[test]
fn the_data_is_refused_to_pages_of_another_site() {
    let page = page();
    assert_eq!(
        ask(
            &page,
            "GET",
            "/api/reports",
            "Sec-Fetch-Site: cross-site\r\n"
        )
        .status,
        403
    );
    assert_eq!(
        ask(
            &page,
            "GET",
            "/api/reports/none",
            "Sec-Fetch-Site: cross-site\r\n"
        )
        .status,
        403
    );
    assert_eq!(
        ask(
            &page,
            "GET",
            "/api/reports",
            "Sec-Fetch-Site: same-origin\r\n"
        )
        .status,
        200
    );
    assert_eq!(
        ask(&page, "GET", "/", "Sec-Fetch-Site: cross-site\r\n").status,
        200,
        "a link to the page may be followed"
    );
}

#[test]
fn every_answer_carries_the_policy_and_none_lets_other_origins_read() {
    let page = page();
    let origin = "Origin: http://evil.example\r\n";
    let replies = [
        ask(&page, "GET", "/", origin),
        ask(&page, "GET", "/api/reports", origin),
        ask(&page, "GET", "/assets/report.js", origin),
        ask(&page, "GET", "/nothing", origin),
        ask(&page, "GET", "/api/nothing", origin),
        ask(&page, "OPTIONS", "/api/reports", origin),
        ask(
            &page,
            "GET",
            "/api/reports",
            "Sec-Fetch-Site: cross-site\r\n",
        ),
        Reply::read(
            &send(&page, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
            true,
        ),
    ];
    for reply in replies {
        let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        assert_eq!(reply.header("Content-Security-Policy"), Some(policy));
        assert_eq!(reply.header("X-Content-Type-Options"), Some("nosniff"));
        assert_eq!(reply.header("Cache-Control"), Some("no-store"));
        assert_eq!(reply.header("Referrer-Policy"), Some("no-referrer"));
        assert_eq!(
            reply.header("Cross-Origin-Resource-Policy"),
            Some("same-origin")
        );
        let cors = reply
            .headers
            .iter()
            .find(|(name, _)| name.to_ascii_lowercase().starts_with("access-control-"));
        assert_eq!(cors, None);
    }
}

#[test]
fn an_address_that_others_can_reach_is_refused() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let address: SocketAddr = address.parse().unwrap();
        assert!(
            matches!(serve(address), Err(ServeError::NotLoopback { address: named }) if named == address)
        );
    }
    assert!(matches!(serve("127.0.0.1"), Err(ServeError::Address(_))));
}
