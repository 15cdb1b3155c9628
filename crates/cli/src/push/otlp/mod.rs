//! Events for OpenTelemetry: log records and a counter, as JSON over HTTP. See
//! <https://opentelemetry.io/docs/specs/otlp/#otlphttp>.

pub(super) mod logs;
pub(super) mod metrics;

use super::endpoint::Endpoint;
use super::event::Event;
use super::setting::SettingError;
use serde_json::{Value, json};
use std::time::UNIX_EPOCH;

/// The endpoints of logs and of metrics that the environment names: see
/// <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>.
pub(super) fn endpoints(
    variable: impl Fn(&str) -> Option<String>,
) -> Result<(Endpoint, Endpoint), SettingError> {
    if variable("OTEL_EXPORTER_OTLP_PROTOCOL").as_deref() == Some("grpc") {
        return Err(SettingError::Wrong {
            variable: "OTEL_EXPORTER_OTLP_PROTOCOL",
            takes: "http/json here: name the collector's HTTP endpoint",
        });
    }
    let logs = endpoint(
        &variable,
        "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
        "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
        "v1/logs",
    )?;
    let metrics = endpoint(
        &variable,
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
        "v1/metrics",
    )?;
    Ok((logs, metrics))
}

const ALL: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const ALL_HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";

/// The address of one signal is taken as it is. The common one has a path for each signal.
fn endpoint(
    variable: impl Fn(&str) -> Option<String>,
    own: &'static str,
    own_headers: &'static str,
    path: &str,
) -> Result<Endpoint, SettingError> {
    let common = || variable(ALL).map(|url| format!("{}/{path}", url.trim_end_matches('/')));
    let (name, url) = match variable(own) {
        Some(url) => (own, url),
        None => (ALL, common().ok_or(SettingError::Missing(ALL))?),
    };
    let mut headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    for variable_name in [ALL_HEADERS, own_headers] {
        let wrong = SettingError::Wrong {
            variable: variable_name,
            takes: "name=value, separated by commas",
        };
        let text = variable(variable_name).unwrap_or_default();
        for (name, value) in parse_headers(&text).ok_or(wrong)? {
            headers.retain(|(it, _)| !it.eq_ignore_ascii_case(&name));
            headers.push((name, value));
        }
    }
    Endpoint::new(url, headers).ok_or(SettingError::Wrong {
        variable: name,
        takes: "http://host:port or https://host",
    })
}

/// `name=value,name=value`, with values that are percent-encoded.
fn parse_headers(text: &str) -> Option<Vec<(String, String)>> {
    let header = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let name = name.trim();
        let is_fit = !name.is_empty() && name.bytes().all(is_name);
        is_fit.then_some((name.to_owned(), decoded(value.trim())?))
    };
    let pairs = text.split(',').filter(|pair| !pair.trim().is_empty());
    pairs.map(header).collect()
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('%') {
        bytes.extend(before.bytes());
        bytes.push(u8::from_str_radix(behind.get(..2)?, 16).ok()?);
        rest = behind.get(2..)?;
    }
    bytes.extend(rest.bytes());
    String::from_utf8(bytes).ok()
}

/// Where the event comes from.
fn resource(event: &Event) -> Value {
    let process = &event.report.process;
    let attributes = [
        text("service.name", Some(&process.name)),
        text("service.version", process.release.as_deref()),
        text("service.instance.id", Some(event.run)),
        text("host.name", process.host.as_deref()),
        number("process.pid", Some(process.pid.into())),
    ];
    json!({ "attributes": present(attributes) })
}

fn scope() -> Value {
    json!({ "name": "redhanded", "version": env!("CARGO_PKG_VERSION") })
}

/// How long the text of an attribute may be.
const MOST: usize = 16 << 10;

fn text(name: &str, value: Option<&str>) -> Option<Value> {
    let value = value.filter(|value| !value.is_empty())?;
    Some(json!({ "key": name, "value": { "stringValue": super::event::clip(value, MOST) } }))
}

/// In JSON of protobuf, 64 bits are text.
fn number(name: &str, value: Option<u64>) -> Option<Value> {
    Some(json!({ "key": name, "value": { "intValue": value?.to_string() } }))
}

fn present(attributes: impl IntoIterator<Item = Option<Value>>) -> Vec<Value> {
    attributes.into_iter().flatten().collect()
}

/// A moment in nanoseconds since 1970, as text.
fn nanoseconds(moment: &str) -> String {
    let time = humantime::parse_rfc3339(moment).ok();
    let since = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| since.as_nanos()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<(Endpoint, Endpoint), SettingError> {
        let find = |name: &str| variables.iter().find(|(it, _)| *it == name);
        endpoints(|name| find(name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_common_address_has_a_path_for_each_signal_and_an_own_one_is_taken_as_it_is() {
        let (logs, metrics) = of(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:4318/x/"),
            ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "https://m/take"),
        ])
        .expect("endpoints");
        assert_eq!(
            (&*logs.url, &*metrics.url),
            ("http://h:4318/x/v1/logs", "https://m/take")
        );
    }

    #[test]
    fn headers_are_decoded_and_those_of_a_signal_come_last() {
        let (logs, metrics) = of(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b, tenant = t=1"),
            ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "API-Key=own"),
        ])
        .expect("endpoints");
        let header = |endpoint: &Endpoint, name: &str| {
            let found = endpoint.headers.iter().find(|(it, _)| it == name);
            found.map(|(_, value)| value.clone())
        };
        assert_eq!(header(&logs, "API-Key").as_deref(), Some("own"));
        assert_eq!(header(&logs, "api-key"), None);
        assert_eq!(header(&metrics, "api-key").as_deref(), Some("a b"));
        assert_eq!(header(&metrics, "tenant").as_deref(), Some("t=1"));
    }

    #[test]
    fn what_is_no_header_is_refused() {
        for wrong in [
            "alone",
            "a b=c",
            "=c",
            "a=%4",
            "a=%zz",
            "a=%ff",
            "a=%0d%0aX: y",
        ] {
            let variables = [
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h"),
                ("OTEL_EXPORTER_OTLP_HEADERS", wrong),
            ];
            assert!(of(&variables).is_err(), "{wrong}");
        }
        assert_eq!(parse_headers(" , "), Some(Vec::new()));
    }

    #[test]
    fn moments_are_nanoseconds() {
        assert_eq!(nanoseconds("1970-01-01T00:00:01.000000002Z"), "1000000002");
        assert_eq!(nanoseconds("yesterday"), "0");
    }
}
