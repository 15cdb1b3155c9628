//! The engines to which events go, as the environment names them, and what each takes of an event.

use super::endpoint::Endpoint;
use super::envelope::envelope;
use super::event::{self, Event};
use super::identity::Id;
use super::options::Target;
use super::otlp;
use super::sentry;
use super::setting::SettingError;
use redhanded_report::Workspace;
use std::path::PathBuf;

/// Where events go.
#[derive(Debug)]
pub(super) enum Engine {
    Sentry(Endpoint),
    Otlp {
        logs: Endpoint,
        metrics: Endpoint,
    },
    /// The name of the files is made of this path.
    Files(PathBuf),
}

/// One request: a part of an event that is taken or not.
pub(super) struct Item<'e> {
    pub(super) id: Id,
    pub(super) endpoint: &'e Endpoint,
    pub(super) body: Vec<u8>,
}

impl Engine {
    /// The engine that these variables name.
    pub(super) fn from_settings(
        to: &Target,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Engine, SettingError> {
        match to {
            Target::Sentry => {
                let dsn = variable("SENTRY_DSN").ok_or(SettingError::Missing("SENTRY_DSN"))?;
                let endpoint = Endpoint::of_dsn(&dsn).ok_or(SettingError::Wrong {
                    variable: "SENTRY_DSN",
                    takes: "https://key@host/project",
                })?;
                Ok(Engine::Sentry(endpoint))
            }
            Target::Otlp => {
                otlp::endpoints(variable).map(|(logs, metrics)| Engine::Otlp { logs, metrics })
            }
            Target::Envelope(path) => Ok(Engine::Files(path.clone())),
        }
    }

    /// Its name for people, without credentials.
    pub(super) fn name(&self) -> String {
        match self {
            Engine::Sentry(endpoint) => format!("Sentry at {}", endpoint.shown()),
            Engine::Otlp { logs, .. } => format!("OpenTelemetry at {}", logs.shown()),
            Engine::Files(path) => path.display().to_string(),
        }
    }

    /// What names it among others in a directory: another project or collector has not taken what this one has.
    pub(super) fn key(&self) -> String {
        match self {
            Engine::Sentry(endpoint) => format!("sentry-{}", Id::of(&[&endpoint.url])),
            Engine::Otlp { logs, .. } => {
                // A password that changes makes no other collector.
                let (_, path) = logs.url.split_once(logs.shown()).unwrap_or_default();
                let path = path.split(['?', '#']).next().unwrap_or(path);
                format!("otlp-{}", Id::of(&[logs.shown(), path]))
            }
            Engine::Files(_) => "files".to_owned(),
        }
    }

    /// The ids of the items of an event that has not been read.
    pub(super) fn ids(&self, group: &str, run: &str, count: u64) -> Vec<Id> {
        let event = event::id(group, run, count);
        match self {
            Engine::Otlp { .. } => vec![event, otlp::metrics::id(group, run, count)],
            Engine::Sentry(_) | Engine::Files(_) => vec![event],
        }
    }

    /// The items of an event, in the order of [`ids`](Self::ids).
    pub(super) fn items(&self, event: &Event, workspace: &Workspace) -> Vec<Item<'_>> {
        let id = event.id();
        match self {
            Engine::Sentry(endpoint) => vec![Item {
                id,
                endpoint,
                body: envelope(id, &sentry::event(event, workspace, &sentry::source::lines)),
            }],
            Engine::Otlp { logs, metrics } => vec![
                Item {
                    id,
                    endpoint: logs,
                    body: otlp::logs::request(event, workspace).to_string().into(),
                },
                Item {
                    id: otlp::metrics::id(event.group, event.run, event.count),
                    endpoint: metrics,
                    body: otlp::metrics::request(event).to_string().into(),
                },
            ],
            // Files are written, not posted.
            Engine::Files(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine(to: &Target, variables: &[(&str, &str)]) -> Result<Engine, SettingError> {
        let find = |name: &str| variables.iter().find(|(it, _)| *it == name);
        Engine::from_settings(to, |name| find(name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn what_is_wrong_names_the_variable_and_never_its_value() {
        for (to, variables, names) in [
            (Target::Sentry, &[][..], "SENTRY_DSN is not set"),
            (
                Target::Sentry,
                &[("SENTRY_DSN", "https://s3cret")],
                "SENTRY_DSN is not understood",
            ),
            (Target::Otlp, &[], "OTEL_EXPORTER_OTLP_ENDPOINT is not set"),
            (
                Target::Otlp,
                &[("OTEL_EXPORTER_OTLP_ENDPOINT", "s3cret")],
                "OTEL_EXPORTER_OTLP_ENDPOINT is not understood",
            ),
            (
                Target::Otlp,
                &[
                    ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h"),
                    ("OTEL_EXPORTER_OTLP_HEADERS", "s3cret"),
                ],
                "OTEL_EXPORTER_OTLP_HEADERS is not understood",
            ),
        ] {
            let Err(error) = engine(&to, variables) else {
                panic!("{names}");
            };
            let error = error.to_string();
            assert!(
                error.starts_with(names) && !error.contains("s3cret"),
                "{error}"
            );
        }
    }

    #[test]
    fn an_engine_is_the_same_with_another_key_and_shows_none() {
        let key = |dsn| {
            let engine = engine(&Target::Sentry, &[("SENTRY_DSN", dsn)]).expect("a DSN");
            assert_eq!(engine.name(), "Sentry at host");
            engine.key()
        };
        assert_eq!(key("https://one@host/1"), key("https://two:s3cret@host/1"));
        assert_ne!(key("https://one@host/1"), key("https://one@host/2"));
        let otlp = |address| {
            let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", address)];
            let engine = engine(&Target::Otlp, &variables).expect("an address");
            assert_eq!(engine.name(), "OpenTelemetry at host:4318");
            engine.key()
        };
        assert_eq!(
            otlp("http://host:4318"),
            otlp("http://me:s3cret@host:4318/")
        );
        assert_ne!(otlp("http://host:4318"), otlp("http://host:4318/other"));
    }
}
