//! Threads with names that carry out one step after the other, so that a test decides whose turn it is.

use super::common::{PATIENCE, Running, start};
use std::sync::mpsc::{Sender, channel};

type Step = Box<dyn FnOnce() + Send>;

/// A thread that waits for its next step.
#[derive(Debug)]
pub(crate) struct Actor {
    steps: Option<Sender<Step>>,
    running: Option<Running<()>>,
}

impl Actor {
    pub(crate) fn new(name: &'static str) -> Self {
        let (steps, next) = channel::<Step>();
        let running = start(name, move || next.iter().for_each(|step| step()));
        Actor {
            steps: Some(steps),
            running: Some(running),
        }
    }

    /// Carries out a step on the thread, and waits for its result.
    #[track_caller]
    pub(crate) fn does<T: Send + 'static>(&self, step: impl FnOnce() -> T + Send + 'static) -> T {
        let (done, result) = channel();
        let step: Step = Box::new(move || done.send(step()).expect("the test waits"));
        let steps = self.steps.as_ref().expect("it has not ended");
        steps.send(step).expect("the thread lives");
        result.recv_timeout(PATIENCE).expect("the step ends")
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        drop(self.steps.take());
        if let Some(running) = self.running.take().filter(|_| !std::thread::panicking()) {
            running.result();
        }
    }
}
