//! The tables: how often wrong programs are found, and what right ones notice.

use super::{Job, Measured, Mode, Program, run_all};
use std::time::Duration;

/// The variable that asks for the tables: `1`, or the names of some programs or groups of them, with commas.
const TABLE: &str = "REDHANDED_TABLE";

/// Those of the programs of this group of which a table is asked for.
pub(crate) fn picked(group: &str, programs: &[Program]) -> Vec<Program> {
    let Ok(names) = std::env::var(TABLE) else {
        return Vec::new();
    };
    let is_picked = |program: &&Program| {
        names
            .split(',')
            .any(|name| ["1", group].contains(&name) || name == program.name)
    };
    programs.iter().filter(is_picked).copied().collect()
}

/// Each program so many times in each mode. The modes alternate, so that what else the machine does meets all of them.
pub(crate) fn run_each(
    programs: &[Program],
    modes: &[Mode],
    runs: usize,
    capture: &'static str,
) -> Vec<(Job, Measured)> {
    let mut jobs = Vec::new();
    for _ in 0..runs {
        for program in programs {
            jobs.extend(modes.iter().map(|&mode| Job {
                program: program.name,
                mode,
                capture,
            }));
        }
    }
    run_all(&jobs)
}

/// The runs of this program in this mode.
pub(crate) fn of<'a>(
    ran: &'a [(Job, Measured)],
    program: &Program,
    mode: Mode,
) -> Vec<&'a Measured> {
    ran.iter()
        .filter(|(job, _)| job.program == program.name && job.mode == mode)
        .map(|(_, measured)| measured)
        .collect()
}

/// How many of the runs have found their race.
pub(crate) fn found(runs: &[&Measured]) -> usize {
    runs.iter().filter(|run| run.found > 0).count()
}

/// Runs wrong programs in each mode, and prints in how many runs each was found.
pub(crate) fn print_found(programs: &[Program], runs: usize) {
    if programs.is_empty() {
        return;
    }
    // Backtraces take most of the time of such a run.
    let ran = run_each(programs, &Mode::ALL, runs, "site");
    println!(
        "\nFound, of {runs} runs each:\n\n| program | off | light | full |\n|---|---|---|---|"
    );
    let mut all = [0; Mode::ALL.len()];
    for program in programs {
        let found = Mode::ALL.map(|mode| found(&of(&ran, program, mode)));
        let [off, light, full] = found;
        println!("| {} | {off} | {light} | {full} |", program.name);
        all.iter_mut()
            .zip(found)
            .for_each(|(all, found)| *all += found);
    }
    let [off, light, full] = all.map(|found| 100 * found / (runs * programs.len()));
    println!("| **all** | {off} % | {light} % | {full} % |");
    println!("\n| mode | held a run | the most of a pair | time of a run |\n|---|---|---|---|");
    for mode in Mode::ALL {
        let ran: Vec<_> = programs
            .iter()
            .flat_map(|program| of(&ran, program, mode))
            .collect();
        let [held, of_pair, wall] = times(&ran);
        println!(
            "| {} | {held:.1?} | {of_pair:.1?} | {wall:.1?} |",
            mode.value()
        );
    }
    let strange: u64 = ran.iter().map(|(_, measured)| measured.strange).sum();
    println!("\nFindings of other lines: {strange}");
}

/// Of several runs: how long one was held in the mean, how long a pair was at most, and how long a run took in the mean.
fn times(ran: &[&Measured]) -> [Duration; 3] {
    let count = u32::try_from(ran.len().max(1)).expect("few runs");
    [
        ran.iter().map(|run| run.held).sum::<Duration>() / count,
        ran.iter()
            .map(|run| run.held_pair)
            .max()
            .unwrap_or_default(),
        ran.iter().map(|run| run.wall).sum::<Duration>() / count,
    ]
}

/// Runs right programs in each mode, and prints what each of them noticed.
pub(crate) fn print_noticed(programs: &[Program], runs: usize) {
    if programs.is_empty() {
        return;
    }
    let ran = run_each(programs, &Mode::ALL, runs, "site");
    println!("\nRight programs, {runs} runs each:\n");
    println!(
        "| program | mode | findings | failed | late | slow | sends | longest send | held a run | most of a pair | time of a run |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for program in programs {
        for mode in Mode::ALL {
            print_noticed_row(program.name, mode, &of(&ran, program, mode));
        }
    }
    for mode in Mode::ALL {
        let all: Vec<_> = programs
            .iter()
            .flat_map(|program| of(&ran, program, mode))
            .collect();
        print_noticed_row("**all**", mode, &all);
    }
}

fn print_noticed_row(name: &str, mode: Mode, ran: &[&Measured]) {
    let sum = |number: fn(&Measured) -> u64| ran.iter().map(|run| number(run)).sum::<u64>();
    let longest = ran.iter().map(|run| run.longest).max().unwrap_or_default();
    let [held, of_pair, wall] = times(ran);
    println!(
        "| {name} | {} | {} | {} | {} | {} | {} | {longest:.1?} | {held:.1?} | {of_pair:.1?} | {wall:.1?} |",
        mode.value(),
        sum(|run| run.found + run.strange),
        sum(|run| run.failed),
        sum(|run| run.late),
        sum(|run| run.slow),
        sum(|run| run.sends),
    );
}

/// Runs wrong programs in the mode `full`, and checks that almost every run finds its race, and no other.
#[track_caller]
pub(crate) fn assert_found(programs: &[Program], runs: usize) {
    let ran = run_each(programs, &[Mode::Full], runs, "overlap");
    for (job, measured) in &ran {
        assert_eq!(measured.strange, 0, "{job:?}: another finding");
    }
    for program in programs {
        let (found, name) = (found(&of(&ran, program, Mode::Full)), program.name);
        assert!(
            found * 5 >= runs * 4,
            "{name} is found in {found} of {runs} runs"
        );
    }
}

/// Runs right programs, and checks that none is accused and no send fails.
#[track_caller]
pub(crate) fn assert_unharmed(programs: &[Program], runs: usize) {
    for (job, measured) in run_each(programs, &[Mode::Light, Mode::Full], runs, "site") {
        let noticed = (measured.found, measured.strange, measured.failed);
        assert_eq!(noticed, (0, 0, 0), "{job:?}: {measured:?}");
    }
}
