//! Whole processes: what a program with `REDHANDED_*` variables prints, writes and ends with.
//!
//! Each test starts this binary again, with the name of one of its functions in a variable, and [`child`] calls that
//! function. What only a program with a `main` of its own shows is in `own_main.rs`.
#![cfg(all(unix, any(debug_assertions, feature = "detect-in-release")))]

#[cfg(target_os = "linux")]
#[path = "../common/mod.rs"]
#[allow(dead_code)] // The corpus uses all of it.
mod common;

mod capture;
mod children;
mod closed;
mod exclusive;
mod faults;
mod files;
mod fork;
mod inherited_locks;
mod launch;
mod link;
mod lookalikes;
mod panics;
mod policy;
mod provoke;
mod races;
mod records;
mod refused;
mod refused_queued;
#[cfg(target_os = "linux")]
mod replaced;
mod settings;
mod stalls;
mod stderr;
mod suppressions;
mod taps;
mod unwritable;
mod voice;

/// The arguments with which this binary, started again, runs nothing but [`child`].
const ARGUMENTS: &[&str] = &["child", "--exact", "--nocapture", "--test-threads=1"];

/// Not a test: it runs the programs of the tests, each in a process of its own.
#[test]
fn child() {
    let Some(wanted) = launch::wanted_program() else {
        return;
    };
    // The harness has printed the beginning of a line.
    println!();
    let program = programs().into_iter().find(|(name, _)| *name == wanted);
    let (_, run) = program.unwrap_or_else(|| panic!("{wanted} is not in the list of programs"));
    run();
}

fn programs() -> Vec<launch::Named> {
    use launch::named;
    let mut programs = vec![
        #[cfg(target_os = "linux")]
        named(faults::refused_fence),
        named(capture::always),
        named(capture::overlap),
        named(capture::site),
        named(children::goes_on_in_child),
        named(children::has_a_page_of_its_own),
        named(children::many_children),
        named(closed::closes_all),
        named(exclusive::both_panic),
        named(exclusive::observed_is_reported_at_the_end),
        named(exclusive::refused),
        named(faults::attach),
        named(faults::claim),
        named(faults::detach),
        named(faults::give_back),
        named(faults::judge),
        named(faults::look),
        named(files::counts_up),
        named(files::half_a_frame),
        named(files::two_reports),
        named(fork::right_child),
        named(fork::wrong_child),
        named(fork::wrong_in_each),
        named(inherited_locks::exclusive_of_parent),
        named(inherited_locks::mutex_of_parent),
        named(inherited_locks::rwlock_of_parent),
        named(lookalikes::given_up),
        named(lookalikes::random_protocols),
        named(lookalikes::two_certain_taps),
        named(panics::both_panic),
        named(panics::first_unwinds),
        named(panics::panics_inside_a_frame),
        named(panics::second_unwinds),
        named(policy::observed),
        named(policy::refused_close),
        named(policy::refused_inside_a_frame),
        named(policy::refused_inside_a_message),
        named(policy::refused_often),
        named(policy::refused_pong),
        named(policy::refused_send),
        named(policy::refused_while_open),
        named(provoke::two_tasks_on_one_thread),
        named(provoke::two_that_write_once),
        named(races::panics),
        named(races::races),
        named(records::aborts_behind_its_finding),
        named(records::is_killed),
        named(records::many_connections),
        named(records::moves),
        named(records::unknown_twice),
        named(records::watches_nothing),
        named(refused_queued::behind_a_queued_message),
        named(refused_queued::behind_a_queued_frame),
        named(refused_queued::behind_a_ping_in_a_bounded_buffer),
        named(refused_queued::refused_frame_of_a_sink),
        named(refused_queued::refused_frame_of_a_frame_socket),
        named(refused::behind_half_a_frame),
        named(refused::bounded),
        named(refused::close),
        named(refused::close_message_of_a_sink),
        named(refused::close_of_a_sink),
        named(refused::fed),
        named(refused::inside_a_message),
        named(refused::large_of_a_sink),
        named(refused_queued::queued_end),
        named(refused::send),
        named(refused::sink),
        named(refused::stack_of_two),
        named(refused::tap),
        named(settings::asks_where),
        named(settings::configured),
        named(settings::goes_on),
        named(settings::has_no_page),
        named(settings::without_descriptors),
        named(stalls::a_deadlock),
        named(stalls::held_for_a_while),
        named(stalls::held_until_reported),
        named(stderr::grows),
        named(stderr::hostile_names),
        named(stderr::one_report),
        named(stderr::to_no_reader),
        named(stderr::two_reports),
        named(suppressions::becomes_visible),
        named(suppressions::configured),
        named(suppressions::known_when_closed),
        named(suppressions::one_known),
        named(suppressions::one_of_two_known),
        named(taps::tap_first),
        named(taps::taps),
        named(unwritable::ends_with_7),
        named(unwritable::one_is_in_the_way),
        named(unwritable::room_again),
        named(voice::connects_below_the_lock_of_stderr),
        named(voice::dies_of_sigpipe),
        named(voice::has_a_file_as_number_two),
        named(voice::has_a_waker_that_never_comes_back),
        named(voice::keeps_stderr_locked),
        named(voice::keeps_stderr_locked_and_is_known),
        named(voice::keeps_stdout_locked),
        named(voice::many_sites),
    ];
    programs.extend(only_on_linux());
    programs
}

#[cfg(target_os = "linux")]
fn only_on_linux() -> Vec<launch::Named> {
    use launch::named;
    vec![
        named(files::torn_while_open),
        named(replaced::rebuilt),
        named(stalls::stopped_while_one_waits),
    ]
}

#[cfg(not(target_os = "linux"))]
fn only_on_linux() -> Vec<launch::Named> {
    Vec::new()
}
