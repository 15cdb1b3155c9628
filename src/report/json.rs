//! Reports as JSON, written by one process and read back by another.

use super::{Report, SCHEMA};
use std::io;

impl Report {
    /// The report as JSON of schema 1, indented for people.
    pub fn to_json(&self) -> String {
        // Strings, numbers and lists of them always serialise.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Reads a report of schema 1. Fields that a later version added are passed over.
    ///
    /// # Errors
    /// `InvalidData` if the text is not a report, or one of a newer schema.
    pub fn from_json(text: &str) -> io::Result<Report> {
        let report: Report = serde_json::from_str(text)?;
        if report.schema > SCHEMA {
            let message = format!("the report has schema {}, and this version reads up to {SCHEMA}", report.schema);
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(report)
    }
}
