//! Settings from `REDHANDED_*` variables. A value that is not understood is named, and the default stays.

#[cfg(feature = "detect")]
use super::unknown::unknown;
use super::{Capture, Payload, Policy, Provoke, Settings, Stderr};
use crate::error::SettingError;
use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

impl Settings {
    /// The settings that the environment gives, and an error for each value that is not understood.
    pub fn from_env() -> (Settings, Vec<SettingError>) {
        Settings::from_variables(std::env::var_os)
    }

    /// What is said of `REDHANDED_*` variables that nothing reads.
    #[cfg(feature = "detect")]
    pub(crate) fn unknown_variables() -> Vec<String> {
        unknown(std::env::vars_os().map(|(name, _)| name))
    }

    fn from_variables(
        variable: impl Fn(&'static str) -> Option<OsString>,
    ) -> (Settings, Vec<SettingError>) {
        let mut settings = Settings::default();
        let mut reader = Reader {
            variable,
            errors: Vec::new(),
        };
        let mut page = (settings.bind, settings.is_exposed);
        reader.read("REDHANDED_BIND", bind, &mut page);
        (settings.bind, settings.is_exposed) = page;
        reader.read("REDHANDED_POLICY", policy, &mut settings.policy);
        reader.read("REDHANDED_REPORT_DIR", directory, &mut settings.report_dir);
        reader.read("REDHANDED_CAPTURE", capture, &mut settings.capture);
        reader.read("REDHANDED_STDERR", stderr, &mut settings.stderr);
        reader.read("REDHANDED_EXITCODE", exit_code, &mut settings.exit_code);
        reader.read("REDHANDED_PAYLOAD", payload, &mut settings.payload);
        reader.read("REDHANDED_SUPPRESSIONS", file, &mut settings.suppressions);
        reader.read("REDHANDED_STALL", stall, &mut settings.stall);
        reader.read("REDHANDED_PROOF", proof, &mut settings.proof);
        reader.read("REDHANDED_RELEASE", release, &mut settings.release);
        reader.read("REDHANDED_PROVOKE", provoke, &mut settings.provoke);
        reader.read("REDHANDED_PLAN", file, &mut settings.plan);
        (settings, reader.errors)
    }
}

struct Reader<V> {
    variable: V,
    errors: Vec<SettingError>,
}

impl<V: Fn(&'static str) -> Option<OsString>> Reader<V> {
    /// Reads a variable, if it is set. `parse` gives its value, or else the values that the variable takes.
    fn read<T>(
        &mut self,
        name: &'static str,
        parse: fn(&OsStr) -> Result<T, &'static str>,
        into: &mut T,
    ) {
        let Some(value) = (self.variable)(name) else {
            return;
        };
        match parse(&value) {
            Ok(parsed) => *into = parsed,
            Err(takes) => {
                let value = value.to_string_lossy().into_owned();
                self.errors.push(SettingError {
                    variable: name,
                    value,
                    takes,
                });
            }
        }
    }
}

/// The page's address, and whether other machines may reach it.
fn bind(value: &OsStr) -> Result<(Option<SocketAddr>, bool), &'static str> {
    const TAKES: &str = "a loopback address such as 127.0.0.1:7667, off, or expose: and any address, which lets others in";
    let value = value.to_str().ok_or(TAKES)?;
    if value == "off" {
        return Ok((None, false));
    }
    let (is_exposed, address) = value
        .strip_prefix("expose:")
        .map_or((false, value), |address| (true, address));
    let address: SocketAddr = address
        .replace("localhost:", "127.0.0.1:")
        .parse()
        .map_err(|_| TAKES)?;
    if is_exposed || address.ip().is_loopback() {
        Ok((Some(address), is_exposed))
    } else {
        Err(TAKES)
    }
}

fn policy(value: &OsStr) -> Result<Policy, &'static str> {
    match value.to_str() {
        Some("observe") => Ok(Policy::Observe),
        Some("error") => Ok(Policy::Error),
        Some("panic") => Ok(Policy::Panic),
        _ => Err("observe, error or panic"),
    }
}

fn directory(value: &OsStr) -> Result<Option<PathBuf>, &'static str> {
    path(value).ok_or("the path of a directory").map(Some)
}

fn file(value: &OsStr) -> Result<Option<PathBuf>, &'static str> {
    path(value).ok_or("the path of a file").map(Some)
}

fn path(value: &OsStr) -> Option<PathBuf> {
    (!value.is_empty()).then(|| PathBuf::from(value))
}

fn capture(value: &OsStr) -> Result<Capture, &'static str> {
    match value.to_str() {
        Some("site") => Ok(Capture::Site),
        Some("overlap") => Ok(Capture::Overlap),
        Some("always") => Ok(Capture::Always),
        _ => Err("site, overlap or always"),
    }
}

fn stderr(value: &OsStr) -> Result<Stderr, &'static str> {
    match value.to_str() {
        Some("off") => Ok(Stderr::Off),
        Some("summary") => Ok(Stderr::Summary),
        Some("full") => Ok(Stderr::Full),
        _ => Err("off, summary or full"),
    }
}

/// Not zero: a process that ends with zero is a success.
fn exit_code(value: &OsStr) -> Result<Option<u8>, &'static str> {
    let code = value.to_str().and_then(|code| code.parse().ok());
    match code {
        None | Some(0) => Err("a number from 1 to 255"),
        code => Ok(code),
    }
}

fn payload(value: &OsStr) -> Result<Payload, &'static str> {
    match value.to_str() {
        Some("mask") => Ok(Payload::Mask),
        Some("show") => Ok(Payload::Show),
        _ => Err("mask or show"),
    }
}

fn stall(value: &OsStr) -> Result<Option<Duration>, &'static str> {
    if value == "off" {
        return Ok(None);
    }
    value
        .to_str()
        .and_then(duration)
        .ok_or("a time such as 500ms, 1s or 2m, or off")
        .map(Some)
}

fn proof(value: &OsStr) -> Result<bool, &'static str> {
    match value.to_str() {
        Some("on") => Ok(true),
        Some("off") => Ok(false),
        _ => Err("on or off"),
    }
}

fn release(value: &OsStr) -> Result<Option<String>, &'static str> {
    /// As much as any version or id of a commit has.
    const MOST: usize = 200;
    let value = value.to_str().map(str::trim);
    let release = value.filter(|value| !value.is_empty() && value.len() <= MOST);
    release
        .map(|release| Some(release.to_owned()))
        .ok_or("a version or the id of a commit, of at most 200 bytes")
}

fn provoke(value: &OsStr) -> Result<Option<Provoke>, &'static str> {
    match value.to_str() {
        Some("off") => Ok(Some(Provoke::Off)),
        Some("light") => Ok(Some(Provoke::Light)),
        Some("full") => Ok(Some(Provoke::Full)),
        Some("full+split") => Ok(Some(Provoke::FullSplit)),
        _ => Err("off, light, full or full+split"),
    }
}

fn duration(value: &str) -> Option<Duration> {
    let (number, unit) = value.split_at(value.find(|c: char| !c.is_ascii_digit())?);
    let number: u32 = number.parse().ok().filter(|number| *number != 0)?;
    let unit = match unit {
        "ms" => Duration::from_millis(1),
        "s" => Duration::from_secs(1),
        "m" => Duration::from_secs(60),
        _ => return None,
    };
    Some(unit * number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(
        variables: &'static [(&'static str, &'static str)],
    ) -> (Settings, Vec<SettingError>) {
        Settings::from_variables(|name| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value.into())
        })
    }

    #[test]
    fn an_empty_environment_gives_the_defaults() {
        assert_eq!(settings(&[]), (Settings::default(), vec![]));
    }

    #[test]
    fn every_variable_is_read() {
        let (read, errors) = settings(&[
            ("REDHANDED_BIND", "[::1]:0"),
            ("REDHANDED_POLICY", "panic"),
            ("REDHANDED_REPORT_DIR", "reports"),
            ("REDHANDED_CAPTURE", "always"),
            ("REDHANDED_STDERR", "full"),
            ("REDHANDED_EXITCODE", "66"),
            ("REDHANDED_PAYLOAD", "show"),
            ("REDHANDED_SUPPRESSIONS", "known.txt"),
            ("REDHANDED_STALL", "250ms"),
            ("REDHANDED_PROOF", "off"),
            ("REDHANDED_RELEASE", " 1.4.2-rc.1 "),
            ("REDHANDED_PROVOKE", "full+split"),
            ("REDHANDED_PLAN", "plan.json"),
        ]);
        assert_eq!(errors, []);
        let expected = Settings::default()
            .bind("[::1]:0".parse::<SocketAddr>().unwrap())
            .policy(Policy::Panic)
            .report_dir("reports")
            .capture(Capture::Always)
            .stderr(Stderr::Full)
            .exit_code(66)
            .payload(Payload::Show)
            .suppressions("known.txt")
            .stall(Duration::from_millis(250))
            .proof(false)
            .release("1.4.2-rc.1")
            .provoke(Provoke::FullSplit)
            .plan("plan.json");
        assert_eq!(read, expected);
    }

    #[test]
    fn every_variable_that_is_read_is_a_known_one() {
        let _ = Settings::from_variables(|name| {
            assert!(crate::settings::unknown::is_known(name), "{name}");
            None
        });
    }

    #[test]
    fn the_page_can_be_switched_off() {
        assert_eq!(settings(&[("REDHANDED_BIND", "off")]).0.bind, None);
    }

    #[test]
    fn a_time_has_a_unit_or_is_off() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        for (value, read) in [("2s", seconds(2)), ("3m", seconds(180)), ("off", None)] {
            let (settings, errors) =
                Settings::from_variables(|name| (name == "REDHANDED_STALL").then(|| value.into()));
            assert_eq!((settings.stall, errors), (read, vec![]));
        }
    }

    #[test]
    fn only_an_exposed_address_is_open_to_other_machines() {
        let (read, errors) = settings(&[("REDHANDED_BIND", "expose:0.0.0.0:7667")]);
        assert_eq!(
            (read, errors),
            (
                Settings::default().expose("0.0.0.0:7667".parse().unwrap()),
                vec![]
            )
        );
        assert!(
            !settings(&[("REDHANDED_BIND", "127.0.0.1:7667")])
                .0
                .is_exposed
        );
    }

    #[test]
    fn a_bad_value_is_named_and_the_default_stays() {
        for (variable, value) in [
            ("REDHANDED_BIND", "7667"),
            ("REDHANDED_BIND", "expose:"),
            ("REDHANDED_BIND", "expose:off"),
            ("REDHANDED_BIND", "expose 0.0.0.0:7667"),
            ("REDHANDED_BIND", "0.0.0.0:7667"),
            ("REDHANDED_POLICY", "Panic"),
            ("REDHANDED_REPORT_DIR", ""),
            ("REDHANDED_CAPTURE", ""),
            ("REDHANDED_STDERR", "on"),
            ("REDHANDED_EXITCODE", "256"),
            ("REDHANDED_PAYLOAD", "yes"),
            ("REDHANDED_SUPPRESSIONS", ""),
            ("REDHANDED_STALL", "1"),
            ("REDHANDED_STALL", "0s"),
            ("REDHANDED_STALL", "-1s"),
            ("REDHANDED_STALL", "s"),
            ("REDHANDED_STALL", "1 s"),
            ("REDHANDED_STALL", "99999999999s"),
            ("REDHANDED_PROOF", "1"),
            ("REDHANDED_RELEASE", " "),
            ("REDHANDED_PROVOKE", "on"),
            ("REDHANDED_PROVOKE", ""),
            ("REDHANDED_PLAN", ""),
        ] {
            let variables = [(variable, value)];
            let (read, errors) = Settings::from_variables(|name| {
                variables
                    .iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, value)| value.into())
            });
            assert_eq!(read, Settings::default());
            let [error] = &errors[..] else {
                panic!("{variable}={value}: {errors:?}")
            };
            let line = error.to_string();
            assert!(
                line.contains(variable) && line.contains(error.takes) && !line.contains('\n'),
                "{line}"
            );
        }
    }
}
