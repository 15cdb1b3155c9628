//! A hint on standard error, once for each type of streams that is not known. It accuses no one.

use super::connections::Counts;
use super::{page, stderr};
use crate::settings::Stderr;
use redhanded_report::record;
use std::time::{Duration, Instant};

/// How long a type is known to be unknown before the hint: most programs have made their other connections by then.
const PATIENCE: Duration = Duration::from_secs(1);

/// What was hinted at, and what is to be.
pub(super) struct Hints {
    is_on: bool,
    types: Vec<Seen>,
}

/// A type that is not known.
struct Seen {
    name: &'static str,
    since: Instant,
    is_told: bool,
}

impl Hints {
    pub(super) fn new(how_much: Stderr) -> Self {
        Hints {
            is_on: how_much != Stderr::Off,
            types: Vec::new(),
        }
    }

    /// Prints what is due: at every tick, and at the end of the process.
    pub(super) fn print(&mut self, counts: impl FnOnce() -> Counts, is_end: bool) {
        if !self.is_on {
            return;
        }
        for (name, count) in self.due(&counts(), Instant::now(), is_end) {
            let sentence = record::unknown_streams_sentence(name, count);
            let guide = page::url().map_or_else(record::guide_url, |url| {
                format!("{url}guide#{}", record::GUIDE_SECTION)
            });
            stderr::line(format_args!("{sentence}; see {guide}"));
        }
    }

    /// The types that are to be told now, each with how many connections there are on it.
    fn due(&mut self, counts: &Counts, now: Instant, is_end: bool) -> Vec<(&'static str, u64)> {
        for (unknown, _) in &counts.unknown {
            if !self.types.iter().any(|seen| seen.name == unknown.name) {
                self.types.push(Seen {
                    name: unknown.name,
                    since: now,
                    is_told: false,
                });
            }
        }
        let is_due = |seen: &&mut Seen| {
            !seen.is_told && (is_end || now.duration_since(seen.since) >= PATIENCE)
        };
        let told = self.types.iter_mut().filter(is_due).map(|seen| {
            seen.is_told = true;
            let of_type = counts.unknown.iter().filter(|(it, _)| it.name == seen.name);
            (seen.name, of_type.map(|(_, count)| count).sum())
        });
        told.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::connections::UnknownType;
    use super::super::library::Library;
    use super::*;

    fn counts(unknown: &[(&'static str, Library, u64)]) -> Counts {
        let unknown = unknown.iter().map(|(name, library, count)| {
            (
                UnknownType {
                    name,
                    library: *library,
                },
                *count,
            )
        });
        Counts {
            unknown: unknown.collect(),
            ..Counts::default()
        }
    }

    #[test]
    fn each_type_is_told_once_after_a_while_with_its_connections_of_all_libraries() {
        let mut hints = Hints::new(Stderr::Summary);
        let begin = Instant::now();
        let (one, tap) = (("A", Library::UNKNOWN, 1), ("A", Library::TAP, 2));
        let later = ("B", Library::TAP, 4);
        assert_eq!(hints.due(&counts(&[one]), begin, false), []);
        let almost = begin + PATIENCE / 2;
        assert_eq!(hints.due(&counts(&[one, tap, later]), almost, false), []);
        let after = begin + PATIENCE;
        let due = hints.due(&counts(&[one, tap, later]), after, false);
        assert_eq!(due, [("A", 3)]);
        assert_eq!(hints.due(&counts(&[one, tap, later]), after, false), []);
        let due = hints.due(&counts(&[one, tap, later]), after, true);
        assert_eq!(due, [("B", 4)]);
        assert_eq!(hints.due(&counts(&[one, tap, later]), after, true), []);
    }
}
