//! One event: what the reports of one group say of one run of a program.

use super::identity::Id;
use redhanded_report::{Kind, Report, group};
use serde_json::Value;

/// A report with what it is counted by.
pub(super) struct Event<'r> {
    pub(super) report: &'r Report,
    /// The group of the report. All events of one are one issue.
    pub(super) group: &'r str,
    /// The run of the program.
    pub(super) run: &'r str,
    /// How many findings of this group there are in this run.
    pub(super) count: u64,
}

impl Event<'_> {
    /// The id: the same for the same group, run and power of ten of the count. So a fault that is found a million times in one
    /// run is seven events at most.
    pub(super) fn id(&self) -> Id {
        id(self.group, self.run, self.count)
    }
}

/// As [`Event::id`], of an event that has not been read.
pub(super) fn id(group: &str, run: &str, count: u64) -> Id {
    let power = count.max(1).ilog10();
    Id::of(&["event", group, run, &power.to_string()])
}

/// The run of a report. Reports of older versions have none: theirs is made of the process and the time.
pub(super) fn run_of(report: &Report) -> String {
    let process = &report.process;
    process.run.clone().unwrap_or_else(|| {
        let pid = process.pid.to_string();
        Id::of(&["run", &process.name, &pid, &report.first_seen]).to_string()
    })
}

/// The group of a report. A report whose functions have no names has the one that its files make.
pub(super) fn group_of(report: &Report) -> String {
    let is_hex =
        |group: &&String| group.len() == 16 && group.bytes().all(|byte| byte.is_ascii_hexdigit());
    let named = report.group.as_ref().filter(is_hex);
    named.map_or_else(|| group(report.kind, &report.writers), String::clone)
}

/// The version of the library that made the report, as the address of its guide has it.
pub(super) fn library_version(report: &Report) -> Option<&str> {
    let behind = report.guide.strip_prefix("https://docs.rs/redhanded/")?;
    let (version, _) = behind.split_once('/')?;
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b".-+".contains(&byte);
    (!version.is_empty() && version.len() < 40 && version.bytes().all(is_part)).then_some(version)
}

/// Where the guide explains the kind. What stands in the file is taken only if it leads there.
pub(super) fn guide(report: &Report) -> String {
    if library_version(report).is_some() {
        report.guide.clone()
    } else {
        Kind::guide_url(report.kind)
    }
}

/// The beginning of a text that may be of any length.
pub(super) fn clip(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let room = most.saturating_sub('…'.len_utf8());
    let end = (0..=room).rev().find(|at| text.is_char_boundary(*at));
    format!("{}…", &text[..end.unwrap_or(0)])
}

/// A text clipped, as JSON. `null` where there is none.
pub(super) fn clipped(text: Option<&str>, most: usize) -> Value {
    text.map_or(Value::Null, |text| clip(text, most).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use redhanded_report::samples;

    #[test]
    fn each_power_of_ten_of_a_count_is_one_event() {
        let ids = |counts: &[u64]| counts.iter().map(|count| id("g", "r", *count)).collect();
        let (low, high): (Vec<Id>, Vec<Id>) = (ids(&[1, 2, 9]), ids(&[10, 11, 99]));
        assert!(low.iter().all(|id| *id == low[0]) && high.iter().all(|id| *id == high[0]));
        assert_ne!(low[0], high[0]);
        assert_ne!(id("g", "r", 1), id("g", "s", 1));
        assert_ne!(id("g", "r", 1), id("h", "r", 1));
        assert_eq!(id("g", "r", 0), id("g", "r", 1));
    }

    #[test]
    fn a_report_without_a_run_has_one_of_its_process() {
        let report = samples::torn();
        let mut later = report.clone();
        later.count = 7;
        assert_eq!(run_of(&report), run_of(&later));
        later.process.pid += 1;
        assert_ne!(run_of(&report), run_of(&later));
    }

    #[test]
    fn a_group_that_is_none_is_made_again() {
        let mut report = samples::torn();
        let made = group(report.kind, &report.writers);
        for (given, expected) in [
            (None, &*made),
            (Some("0123456789abcdef"), "0123456789abcdef"),
            (Some("{{ default }}"), &*made),
        ] {
            report.group = given.map(str::to_owned);
            assert_eq!(group_of(&report), expected);
        }
    }

    #[test]
    fn a_guide_that_leads_elsewhere_is_not_taken() {
        let mut report = samples::torn();
        assert_eq!(library_version(&report), Some("0.1.0"));
        assert_eq!(guide(&report), report.guide);
        for elsewhere in [
            "javascript:alert(1)",
            "https://docs.rs/redhanded/\n/",
            "https://docs.rs/redhanded/1",
        ] {
            report.guide = elsewhere.to_owned();
            assert_eq!(library_version(&report), None);
            assert_eq!(guide(&report), Kind::TornFrame.guide_url());
        }
    }

    #[test]
    fn a_text_is_clipped_between_characters() {
        assert_eq!(clip("üüü", 6), "üüü");
        assert_eq!(clip("üüü", 5), "ü…");
    }
}
