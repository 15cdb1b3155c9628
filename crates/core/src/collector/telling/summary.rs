//! The sentences of a report.

use crate::wire::{Backlog, Doubt, Finding, Half, Torn};
use crate::witness::{Access, Stack};
use redhanded_report::Size;
use redhanded_report::{Bytes, CallSite, HeldLock, Kind, Lock, Role, Writer};

/// One sentence that names both writers.
pub(crate) fn summary(writers: &[Writer], finding: &Finding, bytes: Option<&Bytes>) -> String {
    let [first, second] = writers else {
        return match (writers, &finding.tear) {
            ([writer], Some(_)) => format!(
                "{} wrote a continuation where no message was open, and no other writer had written data before",
                name(writer)
            ),
            _ => of_backlog(writers, finding.backlog),
        };
    };
    if let Some(facts) = &finding.lock {
        return of_lock(
            first,
            second,
            finding,
            facts.deadlock.as_ref().map(|deadlock| &*deadlock.text),
        );
    }
    let (Some((torn, tear)), Some(bytes)) = (&finding.tear, bytes) else {
        return format!(
            "{} began while {} had not come back, on the same connection",
            name(second),
            name(first)
        );
    };
    let [victim, other] = match torn {
        Role::First => [first, second],
        Role::Second => [second, first],
    };
    let kept = if other.outcome.as_deref() == Some("refused") {
        "was kept from writing"
    } else {
        "wrote"
    };
    let (victim, other) = (name(victim), name(other));
    // Digits without separators: people search for them and copy them.
    let at = match bytes.byte_of_frame {
        Some(at) if at.is_exact() => format!("after byte {} of it", at.from),
        Some(at) => format!("between bytes {} and {} of it", at.from, at.to),
        None => String::new(),
    };
    match (&tear.torn, finding.key.kind) {
        (Torn::Frame(_), Kind::AbandonedWrite) => {
            format!(
                "{other} {kept} behind a frame that {victim} had abandoned {at}, on the same connection"
            )
        }
        (Torn::Frame(_), _) => {
            format!("{other} {kept} into a frame of {victim}, {at}, on the same connection")
        }
        (Torn::Message(_), _) => {
            format!(
                "{other} {kept} a data frame inside the message that {victim} had begun, on the same connection"
            )
        }
        (Torn::Handshake(0), _) => {
            format!("{other} {kept} before the {victim} was sent, on the same connection")
        }
        (Torn::Handshake(out), _) => {
            format!(
                "{other} {kept} into the {victim}, after byte {out} of it, on the same connection"
            )
        }
        (Torn::Nothing, _) => {
            format!(
                "{other} {kept} a continuation where no message was open; {victim} had ended the last one"
            )
        }
    }
}

fn name(writer: &Writer) -> String {
    let place = writer
        .call_site
        .as_ref()
        .map(|site| format!(" at {}:{}", site.file, site.line))
        .unwrap_or_default();
    let whose = if writer.is_called_by_library() {
        " (of a library)"
    } else {
        ""
    };
    format!("{} by {}{place}{whose}", writer.operation, writer.label())
}

fn of_lock(first: &Writer, second: &Writer, finding: &Finding, deadlock: Option<&str>) -> String {
    let (holder, comer) = (name(first), name(second));
    match (finding.key.kind, deadlock) {
        (_, Some(deadlock)) => deadlock.to_owned(),
        (Kind::Stall, None) => {
            let waited = second
                .ended_us
                .map(|ended| format!(" took {}", Lasting(ended - second.began_us)));
            let waited = waited.unwrap_or_else(|| " does not come to an end".to_owned());
            let facts = finding.lock.as_ref();
            let beside = facts.and_then(|facts| facts.beside.as_deref());
            let doing = facts.and_then(|facts| facts.doing.as_deref());
            let doing = doing.map(|doing| format!(" in {doing}"));
            format!(
                "{comer}{waited}, behind {holder}{}{}",
                doing.unwrap_or_default(),
                beside.unwrap_or_default()
            )
        }
        _ => format!("{comer} began while {holder} had not ended, in the same Exclusive"),
    }
}

fn of_backlog(writers: &[Writer], backlog: Option<Backlog>) -> String {
    let (Some(writer), Some(backlog)) = (writers.first(), backlog) else {
        return String::new();
    };
    let others = match backlog.messages {
        0 | 1 => String::new(),
        several => format!(", and {} more behind it", several - 1),
    };
    let flushed = match writer.ended_us {
        Some(ended) => format!("was not flushed for {}", Lasting(ended - writer.began_us)),
        None => "is queued, and is not flushed".to_owned(),
    };
    format!(
        "{}{others}, {flushed} ({} of payload)",
        name(writer),
        Size(backlog.bytes)
    )
}

/// A duration in microseconds, as text.
struct Lasting(f64);

impl std::fmt::Display for Lasting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 < 1_000_000.0 {
            write!(f, "{:.0} ms", self.0 / 1000.0)
        } else {
            write!(f, "{:.1} s", self.0 / 1e6)
        }
    }
}

/// What is known of the bytes of an overlap, or of the wait in a stall; and that it is not known exactly when a writer began.
pub(crate) fn note(finding: &Finding) -> Option<String> {
    let notes = [of_kind(finding), of_beginnings(finding).map(str::to_owned)];
    let notes: Vec<_> = notes.into_iter().flatten().collect();
    (!notes.is_empty()).then(|| notes.join("; "))
}

/// A writer whose handle had the connection for itself reads no clock.
fn of_beginnings(finding: &Finding) -> Option<&'static str> {
    let is_rough = |half: Option<&Half>| half.is_some_and(|half| half.began.is_rough());
    match [Some(&finding.first), finding.second.as_ref()].map(is_rough) {
        [false, false] => None,
        [true, false] => {
            Some("when the first writer began is not known exactly: not before the time shown")
        }
        [false, true] => {
            Some("when the second writer began is not known exactly: not before the time shown")
        }
        [true, true] => {
            Some("when the writers began is not known exactly: not before the times shown")
        }
    }
}

fn of_kind(finding: &Finding) -> Option<String> {
    match (finding.key.kind, &finding.lock) {
        (Kind::Overlap, None) => Some(of_bytes(finding).to_owned()),
        (Kind::Stall, Some(_)) if finding.first.operation.act().waits() => {
            Some("no one held the lock: it had been given to the first of the two, which was not polled".to_owned())
        }
        (_, Some(facts)) => facts.deadlock.as_ref().map(|deadlock| {
            let certain = "deadlock: this stays as it is, and so does everything behind it";
            let likely = "deadlock, unless another future of the same task releases its lock, a guard was sent to where it \
                          is let go, or this wait is dropped";
            (if deadlock.is_certain { certain } else { likely }).to_owned()
        }),
        _ => None,
    }
}

fn of_bytes(finding: &Finding) -> &'static str {
    if finding.are_back() != [true, true] {
        return "may be torn: a writer has not come back yet";
    }
    match finding.doubt {
        Some(Doubt::Whole) => {
            "not torn the first time: no byte of one went into a frame of the other"
        }
        Some(Doubt::TornBefore) => {
            "torn: one went into a frame of the other that a third writer had torn before, which is a report of its own"
        }
        Some(Doubt::FrameEndsThere) => {
            "may be torn: one of the places where the other's bytes may have gone in is the end of a frame"
        }
        Some(Doubt::SeveralInside) => {
            "may be torn: more than two writers were inside their calls to the socket"
        }
        Some(Doubt::Unwatched) => {
            "may be torn: more bytes went out than the watched writers offered, so that the kernel's count proves nothing"
        }
        Some(Doubt::NoCounters) => {
            "may be torn: this stream does not tell how many bytes it has taken (TCP on Linux does, without encryption)"
        }
        Some(Doubt::BothInside) | None => {
            "may be torn: both were inside their calls to the socket, and the system does not tell whose bytes came first"
        }
    }
}

/// What the locks of the two writers of a wire show. Two different locks protect nothing, and neither does one lock that
/// both hold to read, or that is released before the frame or message is complete.
pub(crate) fn of_locks(writers: &[Writer], finding: &Finding) -> Option<String> {
    of_lock_let_go(finding)
        .or_else(|| of_readers(writers, finding))
        .or_else(|| of_two_locks(writers, finding))
}

/// Whether the same lock kept the one out while the other held it.
fn exclude(one: &HeldLock, other: &HeldLock) -> bool {
    one.lock.id == other.lock.id && !(one.shared && other.shared)
}

fn of_readers(writers: &[Writer], finding: &Finding) -> Option<String> {
    let [first, second] = writers else {
        return None;
    };
    let pairs = || {
        let pair = |one| second.locks.iter().map(move |other| (one, other));
        first.locks.iter().flat_map(pair)
    };
    if finding.lock.is_some() || pairs().any(|(one, other)| exclude(one, other)) {
        return None;
    }
    let (held, _) = pairs().find(|(one, other)| one.lock.id == other.lock.id)?;
    Some(format!(
        "both held the same {}, but only to read: readers do not keep each other out",
        held.lock
    ))
}

fn of_two_locks(writers: &[Writer], finding: &Finding) -> Option<String> {
    let [first, second] = writers else {
        return None;
    };
    let is_about_wire = finding.lock.is_none();
    let share = |one: &HeldLock| second.locks.iter().any(|other| exclude(one, other));
    let both_hold = !first.locks.is_empty() && !second.locks.is_empty();
    (is_about_wire && both_hold && !first.locks.iter().any(share)).then(|| {
        let made =
            |locks: &[HeldLock]| locks.iter().map(|held| held.lock.to_string()).collect::<Vec<_>>().join(" and a ");
        format!(
            "each held a lock, and they are two different locks: the first writer a {}, the second a {}",
            made(&first.locks),
            made(&second.locks)
        )
    })
}

fn of_lock_let_go(finding: &Finding) -> Option<String> {
    let what = match finding.key.kind {
        Kind::TornMessage => "message",
        Kind::TornFrame | Kind::AbandonedWrite => "frame",
        _ => return None,
    };
    let [mut first, second] = [&finding.first, finding.second.as_ref()?]
        .map(|half| half.stack.iter().flat_map(Stack::locks));
    let let_go = first.find(|held| {
        second.clone().any(|other| {
            let is_shared = [held.access, other.access] == [Access::Shared; 2];
            other.lock.id == held.lock.id && other.hold != held.hold && !is_shared
        })
    })?;
    Some(format!(
        "both held the same {}, which was let go before the {what} was complete",
        report_lock(let_go.lock, let_go.lock.created.outside_std())
    ))
}

/// A lock as reports show it. `created` is where it was made.
pub(crate) fn report_lock(lock: crate::witness::Lock, created: Option<CallSite>) -> Lock {
    Lock {
        id: lock.id,
        kind: lock.kind.name().to_owned(),
        created,
    }
}
