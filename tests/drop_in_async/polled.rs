//! The scripted stream as a stream of tokio, and how programs are driven without a runtime.

use crate::scripted::{Log, Scripted};
use std::cell::RefCell;
use std::fmt::{self, Debug};
use std::future::Future;
use std::io::{self, ErrorKind, Read, Write};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Where the script would block, it is pending.
pub struct Polled {
    log: Log,
    pub script: Scripted,
    waiting: Waiting,
    /// A task that is left pending is woken at once.
    wakes: bool,
}

/// The tasks that wait for the stream.
#[derive(Clone, Default)]
pub struct Waiting {
    reader: Rc<RefCell<Option<Waker>>>,
    writer: Rc<RefCell<Option<Waker>>>,
}

impl Waiting {
    /// Wakes the task that waits for bytes. Returns whether there was one.
    pub fn wake_reader(&self) -> bool {
        self.reader.take().map(Waker::wake).is_some()
    }

    /// Wakes the task that waits until bytes are taken. Returns whether there was one.
    pub fn wake_writer(&self) -> bool {
        self.writer.take().map(Waker::wake).is_some()
    }
}

impl Polled {
    /// Wakes no task by itself: for tests that poll by hand.
    pub fn new(log: &Log, script: Scripted) -> Self {
        Polled {
            log: log.clone(),
            script,
            waiting: Waiting::default(),
            wakes: false,
        }
    }

    /// Wakes at once: for runtimes.
    pub fn waking(log: &Log, script: Scripted) -> Self {
        Polled {
            wakes: true,
            ..Polled::new(log, script)
        }
    }

    pub fn waiting(&self) -> Waiting {
        self.waiting.clone()
    }

    fn polled<T>(
        &self,
        answer: io::Result<T>,
        waiting: &RefCell<Option<Waker>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        match answer {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if self.wakes {
                    context.waker().wake_by_ref();
                }
                waiting.replace(Some(context.waker().clone()));
                Poll::Pending
            }
            answer => Poll::Ready(answer),
        }
    }
}

impl AsyncRead for Polled {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let answer = this.script.read(buffer.initialize_unfilled());
        this.polled(answer, &this.waiting.reader, context)
            .map_ok(|size| buffer.advance(size))
    }
}

impl AsyncWrite for Polled {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let answer = this.script.write(bytes);
        this.polled(answer, &this.waiting.writer, context)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let answer = this.script.flush();
        this.polled(answer, &this.waiting.writer, context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.log.note("poll_shutdown", ());
        Poll::Ready(Ok(()))
    }
}

impl Debug for Polled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Polled").field(&self.script).finish()
    }
}

/// Polls once, with a waker that does nothing.
pub fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls until it is ready, without regard to wakers. `None` if the script ends before that.
pub fn drive<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    // This is more often than any script here would block.
    (0..100).find_map(|_| match future.as_mut().poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    })
}

/// A task that counts how often it is woken.
#[derive(Default)]
pub struct Task(AtomicUsize);

impl Task {
    pub fn new() -> (Arc<Self>, Waker) {
        let task = Arc::new(Task::default());
        (task.clone(), task.into())
    }

    pub fn woken(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
