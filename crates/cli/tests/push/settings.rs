//! Settings that are missing or wrong: one line, which shows no credential.

use crate::engine::{KEY, bare};
use crate::pushed::{path, three};
use crate::run::finish;

#[test]
fn a_setting_that_is_missing_or_wrong_is_named() {
    let directory = three();
    let dsn = format!("https://{KEY}");
    let address = format!("{KEY}://collector");
    for (to, variables, names) in [
        (
            "sentry",
            &[][..],
            "push: SENTRY_DSN is not set in the environment",
        ),
        (
            "sentry",
            &[("SENTRY_DSN", "")],
            "push: SENTRY_DSN is not set in the environment",
        ),
        (
            "sentry",
            &[("SENTRY_DSN", &*dsn)],
            "push: SENTRY_DSN is not understood: ",
        ),
        (
            "otlp",
            &[],
            "push: OTEL_EXPORTER_OTLP_ENDPOINT is not set in the environment",
        ),
        (
            "otlp",
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", &*address)],
            "push: OTEL_EXPORTER_OTLP_ENDPOINT is not understood: ",
        ),
        (
            "otlp",
            &[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h"),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ],
            "push: OTEL_EXPORTER_OTLP_PROTOCOL is not understood: ",
        ),
        (
            "sentry",
            &[
                ("SENTRY_DSN", "https://k@h/1"),
                ("SSL_CERT_FILE", "/nothing/here"),
            ],
            "push: SSL_CERT_FILE cannot be read: ",
        ),
    ] {
        let mut command = bare();
        command.envs(variables.iter().copied());
        let ran = finish(command.args(["push", path(&directory), "--to", to]), b"").with_code(2);
        assert!(ran.only_complaint().starts_with(names), "{ran:#?}");
        assert!(!format!("{ran:?}").contains(KEY), "{ran:#?}");
    }
}

#[test]
fn a_command_line_that_is_wrong_is_one_line() {
    for (arguments, names) in [
        (&["push"][..], "push: --to is missing: "),
        (
            &["push", "--to", "sentry"][..],
            "push: a directory of reports is missing",
        ),
        (
            &["push", "a", "--to", "jaeger"][..],
            "--to: \"jaeger\" is not understood",
        ),
    ] {
        let ran = finish(bare().args(arguments), b"").with_code(2);
        assert!(ran.only_complaint().starts_with(names), "{ran:#?}");
    }
}
