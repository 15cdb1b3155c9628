//! TLS by native-tls.

use super::TlsServer;
use native_tls::{Certificate, TlsConnector};
use redhanded::tungstenite::Connector;

fn trusting(server: &TlsServer) -> Connector {
    let certificate = Certificate::from_der(&server.certificate).unwrap();
    Connector::NativeTls(
        TlsConnector::builder()
            .add_root_certificate(certificate)
            .build()
            .unwrap(),
    )
}

tests_with!(
    trusting:
    messages_go_both_ways,
    a_certificate_that_is_not_trusted_is_a_permanent_error,
    a_certificate_for_another_name_is_a_permanent_error,
    both_ends_write_before_they_read,
    heavy_traffic_both_ways_breaks_nothing,
    a_server_that_says_nothing_is_given_up,
);
