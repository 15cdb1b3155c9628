//! What came of one look at the directories: the sentence at the end, and the exit code.

use super::{FAILED, UNAVAILABLE};

/// Counts of events, and why some were not taken.
#[derive(Debug, Default)]
pub(super) struct Pass {
    taken: usize,
    known: usize,
    not_taken: usize,
    why: Option<String>,
    unreadable: usize,
}

impl Pass {
    /// The engine had taken an event before.
    pub(super) fn note_known(&mut self) {
        self.known += 1;
    }

    /// An event was sent. It was taken, or a part of it was refused.
    pub(super) fn note_sent(&mut self, is_taken: bool) {
        if is_taken {
            self.taken += 1;
        } else {
            self.not_taken += 1;
        }
    }

    /// A file or a directory cannot be read. It has been named.
    pub(super) fn note_unreadable(&mut self) {
        self.unreadable += 1;
    }

    /// One event was not sent.
    pub(super) fn refuse(&mut self, why: String) {
        self.not_taken += 1;
        self.refuse_because(why);
    }

    /// Why an event was not taken. The first reason is told.
    pub(super) fn refuse_because(&mut self, why: String) {
        self.why.get_or_insert(why);
    }

    /// So many events are left for the next time.
    pub(super) fn stop(&mut self, left: usize, why: String) {
        self.not_taken += left;
        self.why = Some(why);
    }

    /// Whether there is nothing to say for one who follows.
    pub(super) fn is_quiet(&self) -> bool {
        self.taken == 0 && self.not_taken == 0
    }

    /// The exit code.
    pub(super) fn code(&self) -> u8 {
        match (self.not_taken, self.unreadable) {
            (0, 0) => 0,
            (0, _) => FAILED,
            _ => UNAVAILABLE,
        }
    }

    /// What is to be said: one line, and a second one of what could not be read.
    pub(super) fn sentence(&self, engine: &str) -> Vec<String> {
        let mut lines = Vec::new();
        let all = self.taken + self.known + self.not_taken;
        let before = match self.known {
            0 => String::new(),
            known => format!("; {known} had been taken before"),
        };
        lines.push(match (all, self.not_taken, self.taken) {
            (0, ..) => "there are no reports to push".to_owned(),
            (_, 0, _) => format!("{} taken by {engine}{before}", events(self.taken)),
            (_, not_taken, _) => format!(
                "{not_taken} of {} not taken by {engine}: {}; nothing is lost, push again{before}",
                events(all),
                self.why.as_deref().unwrap_or("it refused them")
            ),
        });
        if self.unreadable > 0 {
            lines.push(format!(
                "{} could not be read",
                if self.unreadable == 1 {
                    "1 file or directory of reports".to_owned()
                } else {
                    format!("{} files or directories of reports", self.unreadable)
                }
            ));
        }
        lines
    }
}

fn events(count: usize) -> String {
    format!("{count} {}", if count == 1 { "event" } else { "events" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_says_what_became_of_all() {
        let pass = |taken, known, not_taken, unreadable| Pass {
            taken,
            known,
            not_taken,
            unreadable,
            why: Some("it answered 403 Forbidden".to_owned()),
        };
        for (pass, code, lines) in [
            (pass(0, 0, 0, 0), 0, &["there are no reports to push"][..]),
            (pass(1, 0, 0, 0), 0, &["1 event taken by E"]),
            (
                pass(0, 3, 0, 0),
                0,
                &["0 events taken by E; 3 had been taken before"],
            ),
            (
                pass(1, 1, 2, 0),
                69,
                &[
                    "2 of 4 events not taken by E: it answered 403 Forbidden; nothing is lost, push again; 1 had been taken before",
                ],
            ),
            (
                pass(2, 0, 0, 1),
                2,
                &[
                    "2 events taken by E",
                    "1 file or directory of reports could not be read",
                ],
            ),
        ] {
            assert_eq!(
                (pass.code(), &*pass.sentence("E")),
                (
                    code,
                    &lines.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()[..]
                )
            );
        }
    }
}
