//! Near misses: the file that a process leaves of them, and the plan that it takes from those of earlier runs.

use super::state::Running;
use super::voice;
use crate::collector::Resolver;
use crate::provoke::{Holds, Named, Plan, Told};
use crate::settings::Settings;
use redhanded_report::Process;
use redhanded_report::near_miss::{self, FOLDER, NearMisses, PLAN, SCHEMA};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// How long the file stays as it is at least, until the process ends.
const PAUSE: Duration = Duration::from_secs(2);

/// The files of so many earlier runs make a plan, the latest ones.
const MOST_RUNS: usize = 16;

/// They have no more bytes than this together: the first connection of the program waits for them.
const MOST_BYTES: u64 = 1 << 20;

/// The call sites to be held first: those of the named plan, or else those that earlier runs have left.
pub(super) fn plan(settings: &Settings) -> Plan {
    let mut plan = Plan::default();
    if !Holds::are_on(settings) {
        return plan;
    }
    match (&settings.plan, &settings.report_dir) {
        (Some(file), _) => match NearMisses::read(file) {
            Ok(named) => plan.add(named.pairs),
            Err(error) => {
                let file = file.display();
                voice::line(format_args!("{PLAN}={file}: {error}; going on without it"));
            }
        },
        (None, Some(directory)) => {
            let files = latest(&directory.join(FOLDER));
            // A file that cannot be read is another process's, and no setting of this one.
            let runs = files.iter().filter_map(|file| NearMisses::read(file).ok());
            runs.for_each(|run| plan.add_open(run.pairs));
        }
        (None, None) => {}
    }
    plan
}

/// The latest files of a folder, which need not be there.
fn latest(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let files = entries.flatten().filter_map(|entry| {
        let path = entry.path();
        let is_json = path
            .extension()
            .is_some_and(|extension| extension == "json");
        let metadata = entry.metadata().ok()?;
        is_json.then_some((metadata.modified().ok()?, metadata.len(), path))
    });
    let mut files: Vec<_> = files.collect();
    files.sort_unstable_by(|one, other| other.cmp(one));
    files.truncate(MOST_RUNS);
    let mut bytes = 0_u64;
    files.retain(|(_, length, _)| {
        let sum = bytes.saturating_add(*length);
        let has_room = sum <= MOST_BYTES;
        if has_room {
            bytes = sum;
        }
        has_room
    });
    files.into_iter().map(|(.., path)| path).collect()
}

/// What was written of near misses, and when.
pub(super) struct NearMissRecording {
    /// The name of the file.
    pub(super) file: String,
    process: Process,
    last: Told,
    looked: Instant,
}

impl NearMissRecording {
    pub(super) fn begin(process: &Process) -> Self {
        NearMissRecording {
            file: near_miss::file_name(process),
            process: process.clone(),
            last: Told::default(),
            looked: Instant::now(),
        }
    }

    /// The near misses as they are to be written now, if they are.
    pub(super) fn due(&mut self, running: &Running, resolver: &mut Resolver) -> Option<NearMisses> {
        let holds = running.holds.as_ref()?;
        let is_end = running.is_ending.load(Relaxed);
        if !is_end && self.looked.elapsed() < PAUSE {
            return None;
        }
        self.looked = Instant::now();
        holds.name_spots(|site, stack| {
            let (call_site, function) = resolver.caller(site, stack);
            Named {
                call_site,
                function,
            }
        });
        let told = holds.told();
        let is_worth_it = holds.has_plan() || !told.pairs.is_empty();
        if !is_worth_it || told == self.last {
            return None;
        }
        self.last = told.clone();
        let Told {
            pairs,
            seen,
            dropped,
        } = told;
        Some(NearMisses {
            schema: SCHEMA,
            process: self.process.clone(),
            mode: holds.mode().to_owned(),
            pairs,
            seen,
            dropped,
        })
    }

    /// The file could not be written.
    pub(super) fn forget(&mut self) {
        self.last = Told::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn the_latest_runs_make_a_plan_as_long_as_they_are_small_together() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(latest(&folder.path().join("none")), [] as [PathBuf; 0]);
        let long = usize::try_from(MOST_BYTES).expect("it is small");
        for (age, name, length) in [
            (0, "0.json", 10),
            (1, "1.json", long),
            (2, "2.json", long - 10),
            (3, "3.json", 1),
            (4, "4.tmp", 0),
        ] {
            let path = folder.path().join(name);
            fs::write(&path, vec![b' '; length]).expect("a file");
            let file = fs::File::options()
                .write(true)
                .open(path)
                .expect("it is there");
            let changed = SystemTime::now() - Duration::from_secs(age * 60);
            file.set_modified(changed).expect("a time");
        }
        let names = |paths: Vec<PathBuf>| -> Vec<_> {
            let names = paths.iter().filter_map(|path| path.file_name());
            names
                .map(|name| name.to_string_lossy().into_owned())
                .collect()
        };
        assert_eq!(names(latest(folder.path())), ["0.json", "2.json"]);
        for run in 5..30 {
            fs::write(folder.path().join(format!("{run}.json")), "").expect("a file");
        }
        assert_eq!(latest(folder.path()).len(), MOST_RUNS);
    }
}
