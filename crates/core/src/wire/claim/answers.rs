//! Writers that are in order through the peer: one writes only when the peer has answered the message of another.
//!
//! The answer can be there before the call that sent the message is back, so that the claims of the two overlap. That breaks no
//! contract: the message was out, and it is why the other one writes. The wire cannot see what a program waits for. So a
//! writer that finds the wire held looks first. If all that was offered has arrived by then, and something was read since the other claim
//! began, the two may be in order, and their overlap is no fact. It becomes one if the other writer goes on.

use crate::wire::half::Half;
use crate::witness::Stamp;
use std::fmt::Debug;
use std::sync::Arc;

/// Looks at the bytes of a wire, for one of its handles.
pub(crate) trait Onlooker: Debug + Send + Sync {
    /// What is there before another claim is contested. `None` if nothing was read, or not all has arrived for certain.
    fn look(&self) -> Option<Answered>;

    /// The state of the handle's own [`Calls`].
    fn state(&self) -> u64;
}

/// The calls of a handle.
pub(crate) trait Calls: Debug + Send + Sync {
    /// A number that is another one for each state of them.
    fn state(&self) -> u64;
}

/// All that was offered to the wire has arrived at one instant, and something was read before it.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    /// When bytes of the peer were read last.
    pub(crate) read: Stamp,
    /// The calls of each handle of the wire.
    pub(crate) seen: Vec<Seen>,
}

/// The calls of a handle at an instant at which all that they offered had arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) handle: u64,
    pub(crate) calls: Arc<dyn Calls>,
    pub(crate) state: u64,
    /// The state as it is when the call under way is over.
    pub(crate) end: u64,
}

impl Seen {
    /// Whether nothing was offered since.
    pub(super) fn is_so_now(&self) -> bool {
        [self.state, self.end].contains(&self.calls.state())
    }
}

impl Answered {
    /// What was seen of a writer's calls. `None` if nothing was read since it began to write.
    ///
    /// When a writer began whose handle was alone then is not known exactly, and not before its stamp. All that is noted as read was read
    /// when a second handle was there, and so behind that beginning, or by the second handle's stream before.
    pub(super) fn of(&self, writer: &Half) -> Option<&Seen> {
        let since = self.read.micros_since(writer.began);
        let is_since = since > writer.held.as_secs_f64() * 1e6;
        let mut seen = self.seen.iter().filter(|_| is_since);
        seen.find(|seen| seen.handle == writer.handle)
    }
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;
    use crate::wire::claim::Activity;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    use std::time::Duration;

    #[derive(Debug)]
    struct At(AtomicU64);

    impl Calls for At {
        fn state(&self) -> u64 {
            self.0.load(Relaxed)
        }
    }

    fn seen(handle: u64) -> Seen {
        let calls = Arc::new(At(AtomicU64::new(1)));
        let (state, end) = (1, 2);
        Seen {
            handle,
            calls,
            state,
            end,
        }
    }

    fn handle_of(answered: &Answered, writer: &Half) -> Option<u64> {
        answered.of(writer).map(|seen| seen.handle)
    }

    #[test]
    fn a_call_that_comes_back_offers_nothing_and_the_next_one_does() {
        let calls = Arc::new(At(AtomicU64::new(1)));
        let seen = Seen {
            calls: calls.clone(),
            ..seen(7)
        };
        for (state, is_so) in [(1, true), (2, true), (3, false)] {
            calls.0.store(state, Relaxed);
            assert_eq!(seen.is_so_now(), is_so, "{state}");
        }
    }

    #[test]
    fn what_is_read_while_a_writer_is_held_is_no_answer_to_it() {
        let activity = Activity::new(7, Default::default());
        activity.note_writer();
        let writer = activity.half();
        let is_later = |read: &Stamp| read.micros_since(writer.began) > 0.0;
        let mut later = std::iter::repeat_with(Stamp::now).filter(is_later);
        let answered = Answered {
            read: later.next().unwrap(),
            seen: [6, 7].map(seen).to_vec(),
        };
        let held = |ms| Half {
            held: Duration::from_millis(ms),
            ..writer.clone()
        };
        assert_eq!(handle_of(&answered, &held(0)), Some(7));
        assert_eq!(handle_of(&answered, &held(60_000)), None);
        let before = Answered {
            read: writer.began,
            ..answered.clone()
        };
        assert_eq!(handle_of(&before, &writer), None);
        let of_another = Half {
            handle: 8,
            ..writer.clone()
        };
        assert_eq!(handle_of(&answered, &of_another), None);
    }
}
