//! The figures: how often each wrong program is found, and what right programs notice.

use crate::harness::{Job, Measured, Mode, Program, run_all, runs};
use crate::{right, wrong};
use std::time::Duration;

/// The variable that asks for the table: `1`, or the names of some programs, with commas.
const TABLE: &str = "REDHANDED_TABLE";

/// Each program so many times in each mode. The modes alternate, so that what else the machine does meets all of them.
fn jobs(programs: &[Program], modes: &[Mode], runs: usize, capture: &'static str) -> Vec<Job> {
    let mut jobs = Vec::new();
    for _ in 0..runs {
        for program in programs {
            for &mode in modes {
                jobs.push(Job {
                    program: program.name,
                    mode,
                    capture,
                });
            }
        }
    }
    jobs
}

/// The runs of this program in this mode.
fn of<'a>(ran: &'a [(Job, Measured)], program: &Program, mode: Mode) -> Vec<&'a Measured> {
    ran.iter()
        .filter(|(job, _)| job.program == program.name && job.mode == mode)
        .map(|(_, measured)| measured)
        .collect()
}

/// Runs that found their race.
fn found(runs: &[&Measured]) -> usize {
    runs.iter().filter(|run| run.found > 0).count()
}

fn percent(part: usize, whole: usize) -> usize {
    100 * part / whole.max(1)
}

fn mean(times: impl Iterator<Item = Duration>) -> Duration {
    let times: Vec<Duration> = times.collect();
    times.iter().sum::<Duration>() / u32::try_from(times.len().max(1)).expect("few runs")
}

/// What must hold of a right program, in every run and mode.
#[track_caller]
fn assert_right(ran: &[(Job, Measured)]) {
    for (job, measured) in ran {
        let noticed = (measured.found, measured.strange, measured.failed);
        assert_eq!(noticed, (0, 0, 0), "{job:?}: {measured:?}");
    }
}

#[test]
fn rare_races_are_found_in_the_first_run() {
    let runs = runs(5);
    let ran = run_all(&jobs(wrong::PROGRAMS, &[Mode::Full], runs, "overlap"));
    for program in wrong::PROGRAMS {
        let of_program = of(&ran, program, Mode::Full);
        let (found, name) = (found(&of_program), program.name);
        assert!(
            found * 5 >= runs * 4,
            "{name} is found in {found} of {runs} runs"
        );
    }
    for (job, measured) in &ran {
        assert_eq!(measured.strange, 0, "{job:?}: another finding");
    }
}

#[test]
fn right_programs_are_not_accused_and_lose_no_send() {
    let modes = [Mode::Light, Mode::Full];
    assert_right(&run_all(&jobs(right::PROGRAMS, &modes, runs(1), "site")));
}

#[test]
fn table() {
    let Ok(picked) = std::env::var(TABLE) else {
        return;
    };
    let pick = |programs: &[Program]| -> Vec<Program> {
        let is_picked =
            |it: &&Program| picked == "1" || picked.split(',').any(|name| name == it.name);
        programs.iter().filter(is_picked).copied().collect()
    };
    let runs = runs(50);
    wrong_programs(&pick(wrong::PROGRAMS), runs);
    right_programs(&pick(right::PROGRAMS), runs);
    right_programs(&pick(right::TURNS_THROUGH_THE_PEER), runs);
}

fn wrong_programs(programs: &[Program], runs: usize) {
    if programs.is_empty() {
        return;
    }
    let ran = run_all(&jobs(programs, &Mode::ALL, runs, "overlap"));
    println!("\nFound in {runs} runs:\n\n| program | off | light | full |\n|---|---|---|---|");
    for program in programs {
        let [off, light, full] = Mode::ALL.map(|mode| found(&of(&ran, program, mode)));
        println!("| {} | {off} | {light} | {full} |", program.name);
    }
    let [off, light, full] = Mode::ALL.map(|mode| {
        let of_all: Vec<_> = programs.iter().flat_map(|it| of(&ran, it, mode)).collect();
        percent(found(&of_all), of_all.len())
    });
    println!("| **all** | {off} % | {light} % | {full} % |");
    let strange: u64 = ran.iter().map(|(_, measured)| measured.strange).sum();
    println!("\nOther findings: {strange}");
}

fn right_programs(programs: &[Program], runs: usize) {
    if programs.is_empty() {
        return;
    }
    let ran = run_all(&jobs(programs, &Mode::ALL, runs, "site"));
    println!("\nRight programs, {runs} runs in each mode:\n");
    println!(
        "| program | mode | findings | failed | late | longest send | held a run | of a pair | wall |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for program in programs {
        for mode in Mode::ALL {
            let ran = of(&ran, program, mode);
            let sum = |number: fn(&Measured) -> u64| ran.iter().map(|run| number(run)).sum::<u64>();
            let most = |time: fn(&Measured) -> Duration| ran.iter().map(|run| time(run)).max();
            println!(
                "| {} | {} | {} | {} | {} of {} | {:.1?} | {:.1?} | {:.1?} | {:.1?} |",
                program.name,
                mode.value(),
                sum(|run| run.found + run.strange),
                sum(|run| run.failed),
                sum(|run| run.late),
                sum(|run| run.sends),
                most(|run| run.longest).unwrap_or_default(),
                mean(ran.iter().map(|run| run.held)),
                most(|run| run.held_pair).unwrap_or_default(),
                mean(ran.iter().map(|run| run.wall)),
            );
        }
    }
}
