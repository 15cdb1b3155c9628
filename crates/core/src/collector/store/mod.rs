//! The shelf: the reports that are done, and the findings that are still open.

#[cfg(feature = "dashboard")]
mod listing;
mod scoped;

#[cfg(feature = "dashboard")]
pub(crate) use listing::{Listed, Pulse};
pub(crate) use scoped::{Seen, View};

use crate::collector::tally::{self, MAX_SAMPLES, ReportTally};
use crate::collector::telling::Told;
use crate::report::{Dropped, Process, Report, SCHEMA, Sample};
use crate::wire::{Finding, OpenFinding, PairKey};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How much memory the backtraces of all reports may take together. By default, this is 32 MiB.
const MAX_WEIGHT: usize = 32 << 20;

/// How many findings are remembered that were shown as an overlap and turned out to be a tear: scopes that were open
/// meanwhile ask for them.
const MAX_TURNS: usize = 4096;

#[derive(Debug)]
pub(crate) struct Store {
    records: HashMap<String, Record>,
    open: BTreeMap<u64, Open>,
    weight: usize,
    process: Process,
    /// Reports that were shown while open and turned out to be another kind, and what they are now.
    turned: HashMap<String, Option<String>>,
    /// Those of them whose files are still there.
    withdrawn: Vec<String>,
    /// Findings that were shown while open and turned out to be another kind.
    turns: BTreeMap<u64, Turn>,
    /// The first findings of scopes.
    firsts: scoped::Firsts,
}

/// What an open finding was shown as, and what it is.
#[derive(Debug)]
struct Turn {
    from: String,
    to: Option<String>,
}

/// A report with what makes it grow.
#[derive(Debug)]
struct Record {
    account: Arc<ReportTally>,
    // Shared with lists that are being made.
    told: Arc<Told>,
    samples: Vec<Arc<Told>>,
    /// The count and the openness that were last given out by [`Store::changed`].
    given: Option<(u64, bool)>,
    /// The open finding that this record shows, while no closed one is known.
    shows_open: Option<u64>,
}

#[derive(Debug)]
struct Open {
    finding: OpenFinding,
    since: Instant,
    /// Which of the two writers were back when it was shown, and in which report that was.
    shown: Option<Shown>,
    /// The account of what it is now: it may have turned out to be a tear.
    account: Arc<ReportTally>,
}

impl Record {
    /// The count, of so many findings that are closed and so many that are open, and whether any is open.
    fn counted(&self, closed: u64, open: u64) -> (u64, bool) {
        let shows_open = self.shows_open.is_some();
        (
            (closed + open).max(u64::from(shows_open)),
            open > 0 || shows_open,
        )
    }
}

/// What an open finding was shown as.
#[derive(Debug)]
struct Shown {
    are_back: [bool; 2],
    key: PairKey,
    has_deadlock: bool,
    fingerprint: String,
}

/// What closing a finding has made of its report.
pub(crate) enum Closed {
    New(Report),
    WasOpen(Report),
}

impl Store {
    pub(crate) fn new() -> Self {
        Store {
            records: HashMap::new(),
            open: BTreeMap::new(),
            weight: 0,
            process: Process::this(),
            turned: HashMap::new(),
            withdrawn: Vec::new(),
            turns: BTreeMap::new(),
            firsts: scoped::Firsts::default(),
        }
    }

    /// A finding of which not both writers have come back.
    pub(crate) fn open(&mut self, finding: OpenFinding) {
        let id = finding.finding.id;
        let account = tally::of(&finding.finding);
        self.open.insert(
            id,
            Open {
                finding,
                since: Instant::now(),
                shown: None,
                account,
            },
        );
    }

    /// An open finding has come to nothing.
    pub(crate) fn dismiss(&mut self, id: u64) {
        if let Some(shown) = self.open.remove(&id).and_then(|open| open.shown) {
            self.note_turn(id, shown.fingerprint, None);
        }
        self.drop_first(id);
        self.withdraw(id, None);
    }

    /// Open findings that are certain, not shown as they are now, and at least so old.
    pub(crate) fn open_for(&self, age: Duration) -> Vec<Finding> {
        let due = self
            .open
            .values()
            .filter(|open| open.since.elapsed() >= age);
        due.filter_map(|open| {
            let finding = open.finding.as_it_is_now()?;
            let is_as_shown = |shown: &Shown| {
                let Shown {
                    are_back,
                    key,
                    has_deadlock,
                    ..
                } = *shown;
                (are_back, key, has_deadlock)
                    == (
                        finding.are_back(),
                        finding.key,
                        finding.deadlock().is_some(),
                    )
            };
            (!open.shown.as_ref().is_some_and(is_as_shown)).then_some(finding)
        })
        .collect()
    }

    /// Shows an open finding. Gives the report if it is a new one, or if it is known only now that it will never end.
    pub(crate) fn show_open(
        &mut self,
        told: Told,
        now: &Finding,
        account: Arc<ReportTally>,
    ) -> Option<Report> {
        let id = now.id;
        let fingerprint = told.fingerprint.clone();
        let open = self.open.get_mut(&id)?;
        let (are_back, has_deadlock) = (now.are_back(), now.deadlock().is_some());
        let shown = Shown {
            are_back,
            key: now.key,
            has_deadlock,
            fingerprint: fingerprint.clone(),
        };
        let before = open.shown.replace(shown);
        open.account = account.clone();
        let is_stuck_now =
            has_deadlock && before.as_ref().is_some_and(|before| !before.has_deadlock);
        if let Some(before) = before {
            self.note_turn(id, before.fingerprint, Some(&fingerprint));
        }
        self.drop_first(id);
        self.withdraw(id, Some(&fingerprint));
        if let Some(record) = self.records.get(&fingerprint) {
            if record.shows_open == Some(id) {
                let told = self.retell(&fingerprint, told);
                self.note_first(&told, Some(id));
                return self.report(&fingerprint).filter(|_| is_stuck_now);
            }
            if self.firsts.lack(&told) {
                let told = self.weigh(told);
                self.note_first(&told, Some(id));
            }
            return None;
        }
        let told = self.weigh(told);
        self.note_first(&told, Some(id));
        self.begin(fingerprint, account, told, Some(id))
    }

    /// A finding of which both halves are there, to be kept in full or not. Gives the report if it is a new one, or was
    /// only open until now.
    pub(crate) fn close(
        &mut self,
        id: u64,
        told: Told,
        account: Arc<ReportTally>,
        keep: bool,
    ) -> Option<Closed> {
        let fingerprint = told.fingerprint.clone();
        if let Some(shown) = self.open.remove(&id).and_then(|open| open.shown) {
            self.note_turn(id, shown.fingerprint, Some(&fingerprint));
        }
        let was_first = self.drop_first(id);
        self.withdraw(id, Some(&fingerprint));
        let keep = keep || was_first;
        if let Some(record) = self.records.get_mut(&fingerprint) {
            // Something other than the count has changed.
            record.given = None;
            if record
                .shows_open
                .take_if(|shown| *shown == id || !self.open.contains_key(shown))
                .is_some()
            {
                let told = self.retell(&fingerprint, told);
                self.note_first(&told, None);
                return self.report(&fingerprint).map(Closed::WasOpen);
            }
            if keep {
                return self.add(&fingerprint, told).map(Closed::New);
            }
            return None;
        }
        if !keep {
            return None;
        }
        let told = self.weigh(told);
        self.note_first(&told, None);
        self.begin(fingerprint, account, told, None)
            .map(Closed::New)
    }

    /// One more finding of a report. Gives the report if it was suppressed until now, and this finding is not.
    fn add(&mut self, fingerprint: &str, told: Told) -> Option<Report> {
        let record = self.records.get(fingerprint)?;
        let comes_to_light = record.told.suppressed.is_some() && told.suppressed.is_none();
        // What is kept beyond that is for scopes alone.
        let has_room = 1 + record.samples.len() < MAX_SAMPLES as usize;
        if !has_room && !comes_to_light && !self.firsts.lack(&told) {
            return None;
        }
        let mut told = self.weigh(told);
        self.note_first(&told, None);
        if !has_room && !comes_to_light {
            return None;
        }
        let record = self.records.get_mut(fingerprint)?;
        if comes_to_light {
            std::mem::swap(&mut record.told, &mut told);
        }
        record.samples.push(told);
        if comes_to_light {
            self.report(fingerprint)
        } else {
            None
        }
    }

    /// A finding of which both halves are there, and of which nothing is to be told but its number: if nothing was shown
    /// of it before. Gives whether that is so.
    pub(crate) fn close_untold(&mut self, id: u64) -> bool {
        let is_untold = self.open.get(&id).is_none_or(|open| open.shown.is_none());
        if is_untold {
            self.open.remove(&id);
        }
        is_untold
    }

    /// An open finding has come to nothing, or to a finding of the kind that `now` is: takes it back from the report that
    /// showed it as an overlap.
    fn withdraw(&mut self, id: u64, now: Option<&String>) {
        let shows = |(fingerprint, record): (&String, &Record)| {
            (record.shows_open == Some(id) && Some(fingerprint) != now).then(|| fingerprint.clone())
        };
        let Some(fingerprint) = self.records.iter().find_map(shows) else {
            return;
        };
        let Some(mut record) = self.records.remove(&fingerprint) else {
            return;
        };
        self.weight = self.weight.saturating_sub(record.told.weight());
        if record.samples.is_empty() {
            // Others that were shown in it are shown anew.
            let in_it = |open: &&mut Open| {
                open.shown
                    .as_ref()
                    .is_some_and(|shown| shown.fingerprint == fingerprint)
            };
            self.open
                .values_mut()
                .filter(in_it)
                .for_each(|open| open.shown = None);
            self.turned.insert(fingerprint.clone(), now.cloned());
            self.withdrawn.push(fingerprint);
        } else {
            record.told = record.samples.remove(0);
            (record.shows_open, record.given) = (None, None);
            self.records.insert(fingerprint, record);
        }
    }

    fn note_turn(&mut self, id: u64, shown: String, now: Option<&String>) {
        if Some(&shown) != now {
            // It may have turned before.
            let from = self.turns.remove(&id).map_or(shown, |turn| turn.from);
            self.turns.insert(
                id,
                Turn {
                    from,
                    to: now.cloned(),
                },
            );
            if self.turns.len() > MAX_TURNS {
                self.turns.pop_first();
            }
        }
    }

    /// The reports that were given out before, and are no reports any more.
    pub(crate) fn withdrawn(&mut self) -> Vec<String> {
        std::mem::take(&mut self.withdrawn)
    }

    /// A report that was not there before. Gives it if it is not suppressed.
    fn begin(
        &mut self,
        fingerprint: String,
        account: Arc<ReportTally>,
        told: Arc<Told>,
        shows_open: Option<u64>,
    ) -> Option<Report> {
        let record = Record {
            account: account.whole().clone(),
            told,
            samples: Vec::new(),
            given: None,
            shows_open,
        };
        self.records.insert(fingerprint.clone(), record);
        self.report(&fingerprint)
    }

    /// How many findings each of so many lines of the suppressions has suppressed.
    pub(crate) fn suppressed(&self, lines: usize) -> Vec<u64> {
        let mut counts = vec![0; lines];
        for record in self.records.values() {
            let line = record.told.suppressed.and_then(|line| counts.get_mut(line));
            line.into_iter()
                .for_each(|count| *count += self.count(record).0);
        }
        counts
    }

    /// Every report, the latest first.
    pub(crate) fn reports(&self) -> Vec<Report> {
        let told = self
            .records
            .iter()
            .filter(|(_, record)| record.told.suppressed.is_none());
        let mut reports: Vec<Report> = told
            .map(|(id, record)| self.report_of(id, record))
            .collect();
        reports.sort_by(|one, other| {
            other
                .last_seen
                .cmp(&one.last_seen)
                .then_with(|| one.id.cmp(&other.id))
        });
        reports
    }

    /// One report, also by the name that it had while it was open.
    pub(crate) fn report(&self, id: &str) -> Option<Report> {
        let id = if self.records.contains_key(id) {
            id
        } else {
            self.turned.get(id)?.as_deref()?
        };
        let record = self
            .records
            .get(id)
            .filter(|record| record.told.suppressed.is_none());
        record.map(|record| self.report_of(id, record))
    }

    /// The reports that have changed since they were last given out here.
    pub(crate) fn changed(&mut self) -> Vec<Report> {
        let is_changed = |record: &Record| {
            record.told.suppressed.is_none() && record.given != Some(self.count(record))
        };
        let changed = self.records.iter().filter(|(_, record)| is_changed(record));
        let changed: Vec<Report> = changed
            .map(|(id, record)| self.report_of(id, record))
            .collect();
        for report in &changed {
            if let Some(record) = self.records.get_mut(&report.id) {
                record.given = Some((report.count, report.open));
            }
        }
        changed
    }

    /// Has [`changed`](Self::changed) give these out once more.
    pub(crate) fn give_again(&mut self, ids: &[String]) {
        for id in ids {
            if let Some(record) = self.records.get_mut(id) {
                record.given = None;
            }
        }
    }

    /// Puts what is known now in the place of what a report has told so far.
    fn retell(&mut self, fingerprint: &str, told: Told) -> Arc<Told> {
        let before = self
            .records
            .get(fingerprint)
            .map_or(0, |record| record.told.weight());
        self.weight = self.weight.saturating_sub(before);
        let told = self.weigh(told);
        if let Some(record) = self.records.get_mut(fingerprint) {
            record.told = told.clone();
            record.given = None;
            if record.told.suppressed.is_some() {
                // Shown while only one of its stacks was known. There may be a file of it.
                self.withdrawn.push(fingerprint.to_owned());
            }
        }
        told
    }

    /// Keeps the shelf within its bound: what would be too much keeps everything but its backtraces.
    fn weigh(&mut self, mut told: Told) -> Arc<Told> {
        let weight = told.weight();
        if self.weight + weight > MAX_WEIGHT {
            told.drop_backtraces(
                "dropped: the backtraces of earlier reports take all the memory they may",
            );
        } else {
            self.weight += weight;
        }
        Arc::new(told)
    }

    /// How many findings a record has, and whether some of them are open. An open finding is proved as soon as it was
    /// shown, and not in the account until its writers are back.
    fn count(&self, record: &Record) -> (u64, bool) {
        // Read before the open ones are looked at, so that one that closes meanwhile is not counted twice.
        let closed = record.account.count();
        let is_of_record = |open: &&Open| {
            open.shown.is_some() && Arc::ptr_eq(open.account.whole(), &record.account)
        };
        let open = self
            .open
            .values()
            .filter(is_of_record)
            .filter(|open| open.finding.is_open())
            .count();
        record.counted(closed, open as u64)
    }

    fn report_of(&self, fingerprint: &str, record: &Record) -> Report {
        let told: Vec<&Arc<Told>> = std::iter::once(&record.told)
            .chain(&record.samples)
            .collect();
        self.report_as(
            fingerprint,
            &told,
            self.count(record),
            record.account.last_seen_micros(),
        )
    }

    /// A report with what is told of it, which is not nothing.
    fn report_as(
        &self,
        fingerprint: &str,
        all_told: &[&Arc<Told>],
        (count, open): (u64, bool),
        last_seen_micros: u64,
    ) -> Report {
        let told = all_told[0];
        let kept = all_told.len() as u64;
        let last_seen = UNIX_EPOCH + Duration::from_micros(last_seen_micros);
        Report {
            schema: SCHEMA,
            id: fingerprint.to_owned(),
            fingerprint: fingerprint.to_owned(),
            kind: told.key.kind,
            summary: told.summary.clone(),
            wire: told.wire.clone(),
            count,
            first_seen: rfc3339(told.seen),
            last_seen: rfc3339(last_seen.max(told.seen)),
            process: self.process.clone(),
            open,
            writers: told.writers.clone(),
            bytes: told.bytes.clone(),
            note: told.note.clone(),
            lock: told.lock.clone(),
            lock_note: told.lock_note.clone(),
            samples: all_told[1..].iter().map(|told| sample(told)).collect(),
            dropped: Dropped {
                samples: count.saturating_sub(kept),
            },
            guide: told.key.kind.guide_url(),
        }
    }
}

fn sample(told: &Told) -> Sample {
    Sample {
        wire: told.wire.clone(),
        seen: rfc3339(told.seen),
        writers: told.writers.clone(),
        bytes: told.bytes.clone(),
        note: told.note.clone(),
        lock: told.lock.clone(),
        lock_note: told.lock_note.clone(),
    }
}

fn rfc3339(moment: SystemTime) -> String {
    humantime::format_rfc3339_micros(moment).to_string()
}
