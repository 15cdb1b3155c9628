//! A handle that has its wire for itself, and a second one that comes meanwhile.

use super::*;

impl Scene {
    /// A writer whose handle is the only one, and claims the wire without the word.
    fn writer_alone(&self) -> Writer {
        let writer = self.writer(1);
        let claim = || writer.handle.begin(operation(0), site()).unwrap();
        // The first claim goes by the word, and finds that there is a fence.
        claim().end(Outcome::Returned);
        let second = claim();
        assert!(!self.wire.claims.is_held());
        second.end(Outcome::Returned);
        writer
    }

    /// Another thread makes the second handle, and writes.
    fn comes_beside(&self, me: usize, unwinding: bool) -> loom::thread::JoinHandle<()> {
        let (wire, oracle) = (self.wire.clone(), self.oracle.clone());
        loom::thread::spawn(move || {
            let handle = Handle::new(wire, Socket::unknown()).unwrap();
            Writer { me, handle, oracle }.write(unwinding);
        })
    }
}

impl Writer {
    /// One whole operation, which takes its claim at its only write.
    fn write_lazily(&self) {
        crate::wire::sync::name_this_thread(self.me as u64);
        self.oracle.lock().unwrap().call(self.me);
        let in_progress = self.handle.begin_lazily(operation(self.me), site());
        self.handle.call_with(b"\x82\x00", 2, || {
            self.oracle.lock().unwrap().write(self.me);
            if self.handle.is_contesting() {
                self.oracle.lock().unwrap().contesting.insert(self.me);
            }
            self.oracle.lock().unwrap().writing.remove(&self.me);
        });
        in_progress.end(Outcome::Returned);
        self.oracle.lock().unwrap().calling.remove(&self.me);
    }
}

/// Tried: no heavy fence; no light one; a second handle that does not look for a claim; a claim that takes the word after it
/// was seen; one that does not take it when it was not.
#[test]
fn a_second_handle_meets_the_claim_of_one_that_is_alone() {
    model(4, || {
        let scene = Scene::new();
        let one = scene.writer_alone();
        let thread = scene.comes_beside(2, false);
        one.write(false);
        thread.join().unwrap();
        scene.check();
    });
}

/// Tried: an end that does not ask whether the word is held in its name; one that gives the word back in any case.
#[test]
fn a_second_handle_that_comes_between_two_operations_of_the_first_meets_either() {
    model(3, || {
        let scene = Scene::new();
        let one = scene.writer_alone();
        let thread = scene.comes_beside(2, false);
        one.write(false);
        scene.writer_again(3, &one).write(false);
        thread.join().unwrap();
        scene.check();
    });
}

/// Tried: an unwinding end that leaves the word held in its name.
#[test]
fn unwinding_gives_the_wire_back_to_a_handle_that_came_meanwhile() {
    model(3, || {
        let scene = Scene::new();
        let one = scene.writer_alone();
        let thread = scene.comes_beside(2, true);
        one.write(true);
        thread.join().unwrap();
        scene.check();
    });
}

/// Tried: a wire that becomes sole while its second handle is there.
#[test]
fn a_handle_is_not_alone_any_more_when_it_finds_that_there_is_a_fence() {
    model(3, || {
        let scene = Scene::new();
        // Its first claim goes by the word.
        let one = scene.writer(1);
        let thread = scene.comes_beside(2, false);
        one.write(false);
        thread.join().unwrap();
        scene.check();
    });
}

/// An operation that is only noted until then. Tried: a claim that says that it has the wire before its description is whole.
#[test]
fn a_second_handle_meets_the_first_write_of_one_that_is_alone() {
    model(3, || {
        let scene = Scene::new();
        let one = scene.writer_alone();
        let thread = scene.comes_beside(2, false);
        one.write_lazily();
        thread.join().unwrap();
        scene.check();
    });
}
