//! The feed: server-sent events that tell browsers that something has changed, so that they need not poll.
//!
//! Every subscriber has the thread of its connection. That thread looks for changes four times a second. So a subscriber
//! that reads nothing holds up its own thread only, and without subscribers no thread looks.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::answer::{Answer, EVENTS};
use super::http;
use super::kept::Kept;
use super::source::{Pulse, Source};

/// How many subscribers there may be at the same time. They do not count as connections.
const MAX_SUBSCRIBERS: usize = 16;

/// How often a thread looks for changes, and so how often it sends an event at most.
const TICK: Duration = Duration::from_millis(250);

/// How often a comment is sent when nothing has changed, so that a subscriber that is gone is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How long a write to a subscriber that reads nothing may take.
const READING: Duration = Duration::from_secs(5);

/// The subscribers of one page.
pub(super) struct Feed {
    source: Arc<dyn Source>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    has_ended: bool,
    subscribers: Vec<Arc<Subscriber>>,
    /// The last pulse, and when it was taken.
    seen: Option<(Instant, Pulse)>,
}

struct Subscriber {
    stream: Arc<Kept<TcpStream>>,
    /// Held while an event is written.
    writing: Mutex<()>,
}

impl Feed {
    pub(super) fn new(source: Arc<dyn Source>) -> Arc<Self> {
        Arc::new(Feed {
            source,
            state: Mutex::default(),
        })
    }

    /// Serves one subscriber until it leaves or the page ends.
    pub(super) fn serve(&self, stream: &Arc<Kept<TcpStream>>) -> io::Result<()> {
        let Some(subscriber) = self.subscribe(stream) else {
            return http::send(
                stream,
                &Answer::error(503, "there are too many subscribers"),
                true,
            );
        };
        let _leaving = Leaving {
            feed: self,
            subscriber: &subscriber,
        };
        stream.set_write_timeout(Some(READING))?;
        stream.set_read_timeout(Some(TICK))?;
        let mut told = self.pulse();
        let head = http::head(&Answer::ok(EVENTS, ""), None);
        subscriber.write(&format!("{head}retry: 2000\n\n{}", changed(told)))?;
        let mut said = Instant::now();
        while subscriber.listens_for_a_tick()? && !self.state().has_ended {
            let now = self.pulse();
            if now != told {
                subscriber.write(&changed(now))?;
                (told, said) = (now, Instant::now());
            } else if said.elapsed() >= HEARTBEAT {
                subscriber.write(":\n\n")?;
                said = Instant::now();
            }
        }
        Ok(())
    }

    /// Closes every subscription without an event.
    pub(super) fn stop(&self) {
        let mut state = self.state();
        state.has_ended = true;
        for subscriber in &state.subscribers {
            // A read or write of it returns at once.
            let _ = subscriber.stream.shutdown(Shutdown::Both);
        }
    }

    /// Tells every subscriber that the process ends, and waits for none.
    fn end(&self) {
        let last = self.source.pulse();
        let mut state = self.state();
        state.has_ended = true;
        for subscriber in &state.subscribers {
            // A subscriber in the middle of an event reads slowly. The end of the connection tells it.
            let Ok(_writing) = subscriber.writing.try_lock() else {
                continue;
            };
            let mut stream = &*subscriber.stream;
            let _ = stream.set_nonblocking(true);
            let _ =
                stream.write_all(format!("{}event: end\ndata: {{}}\n\n", changed(last)).as_bytes());
            let _ = stream.shutdown(Shutdown::Write);
        }
    }

    fn subscribe(&self, stream: &Arc<Kept<TcpStream>>) -> Option<Arc<Subscriber>> {
        let mut state = self.state();
        if state.has_ended || state.subscribers.len() >= MAX_SUBSCRIBERS {
            return None;
        }
        let subscriber = Arc::new(Subscriber {
            stream: stream.clone(),
            writing: Mutex::default(),
        });
        state.subscribers.push(subscriber.clone());
        Some(subscriber)
    }

    /// The pulse, at most half a tick old.
    fn pulse(&self) -> Pulse {
        let seen = self.state().seen;
        match seen {
            Some((at, pulse)) if at.elapsed() < TICK / 2 => pulse,
            _ => {
                let pulse = self.source.pulse();
                self.state().seen = Some((Instant::now(), pulse));
                pulse
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl Subscriber {
    fn write(&self, event: &str) -> io::Result<()> {
        let _writing = lock(&self.writing);
        (&*self.stream).write_all(event.as_bytes())
    }

    /// Waits for a tick. Gives whether the subscriber still listens: one that sends something or closes does not.
    fn listens_for_a_tick(&self) -> io::Result<bool> {
        match (&*self.stream).read(&mut [0]) {
            Ok(_) => Ok(false),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(true),
            Err(error) => Err(error),
        }
    }
}

/// Removes a subscriber when it is no longer served.
struct Leaving<'f> {
    feed: &'f Feed,
    subscriber: &'f Arc<Subscriber>,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.feed
            .state()
            .subscribers
            .retain(|known| !Arc::ptr_eq(known, self.subscriber));
    }
}

/// What tells the subscribers of a page that the process ends.
#[derive(Debug, Clone)]
pub struct Ending(Weak<Feed>);

impl Ending {
    pub(super) fn of(feed: &Arc<Feed>) -> Self {
        Ending(Arc::downgrade(feed))
    }

    /// Tells every subscriber, and waits for none.
    pub fn end(&self) {
        if let Some(feed) = self.0.upgrade() {
            feed.end();
        }
    }

    /// Whether the page is gone.
    pub fn is_over(&self) -> bool {
        self.0.strong_count() == 0
    }
}

fn changed(pulse: Pulse) -> String {
    let data = serde_json::json!({
        "revision": pulse.revision, "total": pulse.total, "findings": pulse.findings,
    });
    format!("event: changed\ndata: {data}\n\n")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
