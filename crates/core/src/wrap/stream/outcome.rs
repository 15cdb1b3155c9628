//! The result of a call that offers bytes, blocking or polled.

use crate::wire::Outcome;
use std::io;
use std::task::Poll;

/// The result of one call that offers bytes.
pub(crate) trait Attempt {
    /// The call is a poll.
    const IS_POLLED: bool;

    /// The result of a call that is refused and not made.
    fn refused(refusal: io::Error) -> Self;

    /// How many bytes the stream accepted. `None` if the call failed or is pending.
    fn accepted(&self) -> Option<usize>;

    /// How the writer came back.
    fn outcome(&self) -> Outcome;

    fn has_failed(&self) -> bool {
        self.outcome() == Outcome::Failed
    }
}

impl Attempt for io::Result<usize> {
    const IS_POLLED: bool = false;

    #[cold]
    fn refused(refusal: io::Error) -> Self {
        Err(refusal)
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn accepted(&self) -> Option<usize> {
        self.as_ref().ok().copied()
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn outcome(&self) -> Outcome {
        if self.is_ok() {
            Outcome::Returned
        } else {
            Outcome::Failed
        }
    }
}

impl Attempt for Poll<io::Result<usize>> {
    const IS_POLLED: bool = true;

    #[cold]
    fn refused(refusal: io::Error) -> Self {
        Poll::Ready(Attempt::refused(refusal))
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn accepted(&self) -> Option<usize> {
        match self {
            Poll::Ready(result) => result.accepted(),
            Poll::Pending => None,
        }
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn outcome(&self) -> Outcome {
        match self {
            Poll::Ready(result) => result.outcome(),
            Poll::Pending => Outcome::Pending,
        }
    }
}
