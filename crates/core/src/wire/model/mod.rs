//! The protocol under loom: every interleaving and every weak ordering of a few writers.
//!
//! ```text
//! RUSTFLAGS="--cfg redhanded_loom" cargo test --release --lib wire::model
//! ```
//!
//! The oracle knows nothing of the protocol. It counts, outside the calls, who was inside at the same time: two that
//! were both between the end of `begin` and the beginning of `end` certainly overlapped; two whose calls did not touch
//! certainly did not. Plain std types serve it, because loom only switches threads at its own.
//!
//! Each model says which change it was tried with: with that change, it fails.

mod alone;
mod holds;
mod policies;
mod storms;
mod tears;

use super::claim::OwnerWord;
use super::handle::InProgress;
use super::handle::Wire;
use super::test_recorder::{TestRecorder, here};
use super::{Call, Cursor, Finding, Handle, Offered, Outcome, Socket};
use crate::witness::{Act, Operation, Site};
use std::collections::BTreeSet;
use std::io::IoSlice;
use std::sync::{Arc, Mutex, MutexGuard};

type Pair = (usize, usize);

#[derive(Debug, Default)]
struct Oracle {
    calling: BTreeSet<usize>,
    writing: BTreeSet<usize>,
    /// Calls that touched in time.
    touched: BTreeSet<Pair>,
    /// Writers that were both inside at the same time.
    overlapped: BTreeSet<Pair>,
    /// Writers that found the wire held when they came, even if its holder left at that very moment.
    contesting: BTreeSet<usize>,
}

fn pair(one: usize, other: usize) -> Pair {
    (one.min(other), one.max(other))
}

impl Oracle {
    fn call(&mut self, me: usize) {
        self.touched
            .extend(self.calling.iter().map(|other| pair(me, *other)));
        self.calling.insert(me);
    }

    fn write(&mut self, me: usize) {
        self.overlapped
            .extend(self.writing.iter().map(|other| pair(me, *other)));
        self.writing.insert(me);
    }
}

/// One wire, its recorder and its oracle.
struct Scene {
    wire: Arc<Wire>,
    recorder: Arc<TestRecorder>,
    oracle: Arc<Mutex<Oracle>>,
}

/// A writer with a handle of its own.
struct Writer {
    me: usize,
    handle: Handle,
    oracle: Arc<Mutex<Oracle>>,
}

impl Scene {
    fn new() -> Self {
        Scene::recorded_by(TestRecorder::default())
    }

    fn recorded_by(recorder: TestRecorder) -> Self {
        let recorder = Arc::new(recorder);
        let wire = Arc::new(Wire::new(
            1,
            Socket::unknown(),
            recorder.clone(),
            Arc::default(),
        ));
        Scene {
            wire,
            recorder,
            oracle: Arc::default(),
        }
    }

    /// Writers are numbered from 1, and so are their threads, handles' operations and stacks.
    fn writer(&self, me: usize) -> Writer {
        Writer {
            me,
            handle: Handle::new(self.wire.clone(), Socket::unknown()).unwrap(),
            oracle: self.oracle.clone(),
        }
    }

    /// The handle of a writer once more. Its second operation gets a number of its own, so that its findings are told apart from
    /// the first's.
    fn writer_again(&self, me: usize, earlier: &Writer) -> Writer {
        Writer {
            me,
            handle: earlier.handle.clone(),
            oracle: self.oracle.clone(),
        }
    }

    fn oracle(&self) -> MutexGuard<'_, Oracle> {
        self.oracle.lock().unwrap()
    }

    /// What was opened is closed or dismissed, once.
    fn check_notices(&self, closed: &[Finding]) {
        let numbers = |ids: &Mutex<Vec<u64>>| ids.lock().unwrap().iter().copied().collect();
        let opened: BTreeSet<u64> = numbers(&self.recorder.opened);
        let dismissed: BTreeSet<u64> = numbers(&self.recorder.dismissed);
        let ended: BTreeSet<u64> = closed.iter().map(|finding| finding.id).collect();
        assert_eq!(
            opened,
            ended.union(&dismissed).copied().collect(),
            "what was opened is closed or dismissed, once"
        );
    }

    /// What every model must have made true when all its threads are joined.
    fn check(&self) {
        let closed = self.recorder.closed.lock().unwrap();
        let mut found = BTreeSet::new();
        for finding in closed.iter() {
            let sides = [&finding.first, finding.second.as_ref().unwrap()].map(|half| {
                let writer = half.operation.length() as usize;
                assert_eq!(
                    half.thread, writer as u64,
                    "the description is the writer's own"
                );
                assert_eq!(
                    half.stack.as_ref().unwrap().addresses()[..],
                    [writer],
                    "the stack is the writer's own"
                );
                assert!(half.ended.is_some());
                writer
            });
            assert_ne!(sides[0], sides[1]);
            assert!(
                found.insert(pair(sides[0], sides[1])),
                "one finding a pair: {closed:?}"
            );
        }
        let oracle = self.oracle();
        assert!(
            oracle.overlapped.is_subset(&found),
            "missed: {oracle:?}, found {found:?}"
        );
        assert!(
            found.is_subset(&oracle.touched),
            "accused: {oracle:?}, found {found:?}"
        );
        let in_findings: BTreeSet<usize> = found
            .iter()
            .flat_map(|(one, other)| [*one, *other])
            .collect();
        assert!(
            oracle.contesting.is_subset(&in_findings),
            "lost: {oracle:?}, found {found:?}"
        );
        self.check_notices(&closed);
        // All are gone: the wire is free, and the next writer takes it without a contest.
        let before = closed.len();
        drop((closed, oracle));
        let next = self.writer(0);
        next.handle
            .begin(operation(0), site())
            .unwrap()
            .end(Outcome::Returned);
        assert_eq!(self.recorder.closed.lock().unwrap().len(), before);
        assert!(!self.wire.claims.is_held());
    }
}

/// All operations stand on one line, so that they differ by their writers alone and have one tally.
fn site() -> Site {
    here()
}

fn operation(writer: usize) -> Operation {
    Operation::new(Act::SendBinary, writer)
}

impl Handle {
    /// One call to a stream that accepts so many of the bytes.
    fn call(&self, bytes: &[u8], accepted: usize) {
        let pieces = [IoSlice::new(bytes)];
        let (offered, mut cursor) = (Offered::new(&pieces), Cursor::at_frame());
        let call = if self.begins_quietly(&cursor, bytes, false) {
            if accepted == bytes.len() && self.ends_quietly(offered.len()) {
                return;
            }
            Call::quiet(offered.len())
        } else {
            self.begin_call(&cursor, &offered).unwrap()
        };
        self.end_call(call, &mut cursor, &offered, Some(accepted));
    }
}

impl Writer {
    fn begin(&self) -> InProgress<'_> {
        self.handle.begin(operation(self.me), site()).unwrap()
    }

    /// One whole operation, which does not come to its end if told so.
    fn write(&self, unwinding: bool) {
        super::sync::name_this_thread(self.me as u64);
        self.oracle.lock().unwrap().call(self.me);
        let in_progress = self.begin();
        self.oracle.lock().unwrap().write(self.me);
        if self.handle.is_contesting() {
            self.oracle.lock().unwrap().contesting.insert(self.me);
        }
        self.handle.call(b"\x82\x00", 2);
        self.oracle.lock().unwrap().writing.remove(&self.me);
        if unwinding {
            // What unwinding does. A panic itself cannot be modelled: all of loom's threads are one of the system's,
            // and a lock given back by one of them while another unwinds would count as poisoned.
            drop(in_progress);
        } else {
            in_progress.end(Outcome::Returned);
        }
        self.oracle.lock().unwrap().calling.remove(&self.me);
    }
}

fn model(preemptions: usize, run: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound.get_or_insert(preemptions);
    builder.check(run);
}

fn run_writers(scene: &Scene, writers: usize, unwinding: bool) {
    // All handles are there from the beginning. Those that come meanwhile have models of their own.
    let first = scene.writer(1);
    let others: Vec<_> = (2..=writers).map(|me| scene.writer(me)).collect();
    let threads: Vec<_> = others
        .into_iter()
        .map(|writer| loom::thread::spawn(move || writer.write(unwinding)))
        .collect();
    first.write(unwinding);
    drop(first);
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Tried: `try_claim` with relaxed ordering; `try_release` with relaxed ordering.
#[test]
fn exclusive_claims_never_both_succeed() {
    model(5, || {
        let word = Arc::new(OwnerWord::new());
        // loom fails the model if two threads are in it at once, or if one does not see what the other did in it.
        let guarded = Arc::new(loom::cell::UnsafeCell::new(()));
        let claim = |index| {
            let (word, guarded) = (word.clone(), guarded.clone());
            move || {
                if word.try_claim_now(index).is_ok() {
                    guarded.with_mut(|_| ());
                    word.try_release().unwrap();
                }
            }
        };
        let threads = [loom::thread::spawn(claim(1)), loom::thread::spawn(claim(2))];
        claim(0)();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    });
}

/// Tried: `try_contest` with relaxed ordering; `try_release` as a plain store.
#[test]
fn two_writers_that_overlap_make_one_finding_with_both_halves_and_two_that_do_not_make_none() {
    model(5, || {
        let scene = Scene::new();
        run_writers(&scene, 2, false);
        scene.check();
    });
}

/// Tried: a period that ends while a ticket is out; writers that leave meanwhile and do not stay behind.
#[test]
fn a_third_writer_is_not_missed() {
    // With three preemptions, three writers do not end within minutes.
    model(2, || {
        let scene = Scene::new();
        run_writers(&scene, 3, false);
        scene.check();
    });
}

/// Tried: `InProgress` that gives nothing back when it is dropped.
#[test]
fn unwinding_gives_the_wire_back() {
    model(3, || {
        let scene = Scene::new();
        run_writers(&scene, 2, true);
        scene.check();
    });
}

/// Tried: a writer that finds the wire free after all, and does not land its ticket.
#[test]
fn a_writer_that_comes_again_is_a_new_claim() {
    model(3, || {
        let scene = Scene::new();
        let (one, other) = (scene.writer(1), scene.writer(2));
        let thread = loom::thread::spawn(move || other.write(false));
        one.write(false);
        scene.writer_again(3, &one).write(false);
        thread.join().unwrap();
        scene.check();
    });
}

/// Tried: `give_back` that leaves an uncontested wire held.
#[test]
fn writers_in_turn_are_never_accused() {
    model(3, || {
        let scene = Scene::new();
        let turn = Arc::new(loom::sync::Mutex::new(()));
        let (one, other) = (scene.writer(1), scene.writer(2));
        let thread = {
            let turn = turn.clone();
            loom::thread::spawn(move || {
                let _guard = turn.lock().unwrap();
                other.write(false);
            })
        };
        {
            let _guard = turn.lock().unwrap();
            one.write(false);
        }
        thread.join().unwrap();
        assert!(scene.recorder.opened.lock().unwrap().is_empty());
        scene.check();
    });
}

/// Tried: `close` that does not ask who has written.
#[test]
fn a_claim_that_never_writes_makes_no_finding() {
    model(3, || {
        let scene = Scene::new();
        let (one, other) = (scene.writer(1), scene.writer(2));
        let thread = loom::thread::spawn(move || other.write(false));
        super::sync::name_this_thread(1);
        one.begin().end(Outcome::Returned);
        thread.join().unwrap();
        assert!(scene.recorder.closed.lock().unwrap().is_empty());
        // It may have met the other, and has nothing to show for it.
        scene.oracle().contesting.clear();
        scene.check();
    });
}

/// Tried: `begin_lazily` that takes the claim at once.
#[test]
fn a_reader_is_a_writer_only_while_it_writes() {
    model(3, || {
        let scene = Scene::new();
        let (reader, writer) = (scene.writer(1), scene.writer(2));
        let thread = loom::thread::spawn(move || writer.write(false));
        super::sync::name_this_thread(1);
        let in_progress = reader.handle.begin_lazily(operation(1), site());
        reader.handle.before_read();
        in_progress.end(Outcome::Returned);
        thread.join().unwrap();
        assert!(scene.recorder.opened.lock().unwrap().is_empty());
        scene.check();
    });
}
