//! Reports as JSON. One process writes it, another reads it back.

use super::clean::{is_hostile, without_command_in_json};
use super::group::group_if_named;
use super::{Report, SCHEMA};
use std::fmt::Write;
use std::io::{self, ErrorKind};

/// The part of a report that every schema has.
#[derive(serde::Deserialize)]
struct Version {
    schema: u32,
}

impl Report {
    /// The report as JSON of its [schema](Report::schema), indented.
    pub fn to_json(&self) -> String {
        // Never fails: a report has only strings, numbers, and lists of them.
        without_command_in_json(&without_hostile(
            serde_json::to_string_pretty(self).unwrap_or_default(),
        ))
    }

    /// Reads a report of schema 1 or 2. Fields that it does not know are left out. One of schema 1 gets its
    /// [group](Report::group).
    ///
    /// # Errors
    /// `InvalidData` if the text is not a report, or one of a newer schema.
    pub fn from_json(text: &str) -> io::Result<Report> {
        let report = serde_json::from_str(text);
        // A newer schema may have other fields. That it is newer says more than which field is missing.
        let version = match &report {
            Ok(Report { schema, .. }) => Ok(*schema),
            Err(_) => serde_json::from_str(text).map(|Version { schema }| schema),
        };
        version.map_or(Ok(()), check)?;
        Ok(grouped(report?))
    }

    /// Reads a list of reports, such as the page's `/api/reports`.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json).
    pub fn list_from_json(text: &str) -> io::Result<Vec<Report>> {
        let reports: Vec<Report> = serde_json::from_str(text)?;
        reports.iter().try_for_each(|report| check(report.schema))?;
        Ok(reports.into_iter().map(grouped).collect())
    }
}

/// The report with its group, which schema 1 did not have.
fn grouped(mut report: Report) -> Report {
    if report.schema < 2 && report.group.is_none() {
        report.group = group_if_named(report.kind, &report.writers);
    }
    report
}

fn check(schema: u32) -> io::Result<()> {
    let message =
        || format!("the report has schema {schema}, and this version reads up to {SCHEMA}");
    if schema > SCHEMA {
        Err(io::Error::new(ErrorKind::InvalidData, message()))
    } else {
        Ok(())
    }
}

/// Escapes the hostile characters that JSON allows in strings.
pub(super) fn without_hostile(json: String) -> String {
    let is_left = |character: char| character != '\n' && is_hostile(character);
    // JSON escapes the other control characters of ASCII itself. Nearly every report is ASCII, and in a debug build this is
    // much quicker than to look at each character.
    let is_harmless = json.is_ascii() && !json.as_bytes().contains(&0x7f);
    if is_harmless || !json.contains(is_left) {
        return json;
    }
    let mut clean = String::with_capacity(json.len() + 64);
    for character in json.chars() {
        if is_left(character) {
            let units = character
                .encode_utf16(&mut [0; 2])
                .iter()
                .try_for_each(|unit| write!(clean, "\\u{unit:04x}"));
            // Writing to a `String` does not fail.
            let _ = units;
        } else {
            clean.push(character);
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn what_is_written_is_read_back_and_drives_no_terminal() {
        let mut report = samples::hostile();
        report.summary.push('\u{e0041}');
        let json = report.to_json();
        assert!(
            !json.chars().any(|c| c != '\n' && is_hostile(c)),
            "{json:?}"
        );
        assert_eq!(Report::from_json(&json).expect("a report"), report);
    }

    #[test]
    fn a_newer_schema_is_named_before_its_fields() {
        for text in [
            r#"{ "schema": 3 }"#,
            r#"{ "schema": 3, "kind": { "new": [] }, "writers": 7 }"#,
        ] {
            let error = Report::from_json(text)
                .expect_err("it is newer")
                .to_string();
            assert_eq!(
                error,
                "the report has schema 3, and this version reads up to 2"
            );
        }
        assert!(
            Report::from_json(r#"{ "schema": 1 }"#)
                .is_err_and(|error| error.to_string().contains("missing field"))
        );
    }
}
