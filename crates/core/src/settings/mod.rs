//! Settings: from the environment, or from a builder in code.

mod environment;
#[cfg(any(test, feature = "detect"))]
mod unknown;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// How this crate behaves. It reads its settings once, when the first connection is watched.
///
/// ```
/// # extern crate redhanded_core as redhanded;
/// use redhanded::{Policy, Settings};
///
/// // Before the first connection. The environment is not read then.
/// let settings = Settings::default().policy(Policy::Panic).bind(None);
/// redhanded::configure(settings)?;
/// # Ok::<(), redhanded::error::AlreadyWatching>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// Where the page is served; `None` for no page. `REDHANDED_BIND`. By default, this is `127.0.0.1:7667`, or the
    /// next free port if that one is taken.
    pub bind: Option<SocketAddr>,
    /// Whether [`bind`](Self::bind) may be an address that other machines can reach. The page has no password. Set by
    /// [`expose`](Self::expose), or `REDHANDED_BIND=expose:` before the address. By default, this is `false`.
    pub is_exposed: bool,
    /// What happens to two writers that overlap. `REDHANDED_POLICY`. By default, this is [`Policy::Observe`].
    pub policy: Policy,
    /// The directory into which every report is written as JSON, one file a fingerprint, and a record of the process.
    /// A relative path is taken from where the program is when it watches its first connection. `REDHANDED_REPORT_DIR`. By
    /// default, this is `None`.
    pub report_dir: Option<PathBuf>,
    /// How much is captured. `REDHANDED_CAPTURE`. By default, this is [`Capture::Overlap`].
    pub capture: Capture,
    /// What is printed to standard error. `REDHANDED_STDERR`. By default, this is [`Stderr::Summary`].
    pub stderr: Stderr,
    /// The exit code of the process when there were findings. `REDHANDED_EXITCODE`, 1 to 255. By default, this is
    /// `None`: the process ends with its own.
    pub exit_code: Option<u8>,
    /// Whether reports show the payload bytes round a tear. `REDHANDED_PAYLOAD`. By default, this is [`Payload::Mask`].
    pub payload: Payload,
    /// The file of the findings that are known and suppressed. They are not shown, printed or written. They do not count
    /// for [`exit_code`](Self::exit_code) and `Watch::assert_clean`. They count in [`Statistics`](crate::Statistics), and
    /// a line at the end of the process tells how many there were. `REDHANDED_SUPPRESSIONS`. By default, this is `None`.
    ///
    /// Each line is a suppression, `kind:glob`, with a reason behind ` #`. The kind may be `*`. The glob matches a
    /// function of the application, or a file from any folder on, of either writer.
    pub suppressions: Option<PathBuf>,
    /// How long a thread or task may wait for one of the locks of [`sync`](crate::sync), or leave unflushed what it queued,
    /// before that is a `stall`. With `None` there are no stalls. `REDHANDED_STALL`, as `500ms`, `1s`, `2m` or `off`. By
    /// default, this is one second.
    pub stall: Option<Duration>,
    /// Whether large writes are passed on in pieces on a connection on which two writers have overlapped, so that the next
    /// tear is proved call by call. Such a write is a short write, as every socket may make one; a connection without a finding
    /// is never touched. Only under [`Policy::Observe`]: the other policies refuse the second writer. `REDHANDED_PROOF`, `on`
    /// or `off`. By default, this is `true`.
    pub proof: bool,
    /// The release of the program, which every report names: a version, or the id of a commit. `REDHANDED_RELEASE`. By default,
    /// this is `None`: reports then name the version of the package that cargo runs, if cargo runs it.
    pub release: Option<String>,
    /// How hard writers are brought to meet, by holding one of them a little before its first byte. `REDHANDED_PROVOKE`, `off`,
    /// `light`, `full` or `full+split`. By default, this is `None`: [`Provoke::Light`] while a `watch()` or a race of
    /// [`testing`](crate::testing) lives, and under [`Policy::Observe`] only; otherwise off.
    pub provoke: Option<Provoke>,
    /// A file of near misses: writers at its call sites are held first. `REDHANDED_PLAN`. By default, this is `None`: what
    /// earlier runs have left in [`report_dir`](Self::report_dir) is the plan.
    pub plan: Option<PathBuf>,
}

impl Settings {
    /// The port of the page, if the port is free.
    pub const DEFAULT_PORT: u16 = redhanded_dashboard::DEFAULT_PORT;

    /// Sets [`bind`](Self::bind), to a loopback address.
    #[must_use]
    pub fn bind(mut self, address: impl Into<Option<SocketAddr>>) -> Self {
        (self.bind, self.is_exposed) = (address.into(), false);
        self
    }

    /// Sets [`bind`](Self::bind), to any address. There is no password: everyone who reaches the address can read every
    /// report, with thread names, source lines and backtraces. Use it for containers and machines of your own. A tunnel
    /// (`ssh -L 7667:127.0.0.1:7667`) does not need it.
    #[must_use]
    pub fn expose(mut self, address: SocketAddr) -> Self {
        (self.bind, self.is_exposed) = (Some(address), true);
        self
    }

    /// Sets [`policy`](Self::policy).
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets [`report_dir`](Self::report_dir).
    #[must_use]
    pub fn report_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.report_dir = Some(directory.into());
        self
    }

    /// Sets [`capture`](Self::capture).
    #[must_use]
    pub fn capture(mut self, capture: Capture) -> Self {
        self.capture = capture;
        self
    }

    /// Sets [`stderr`](Self::stderr).
    #[must_use]
    pub fn stderr(mut self, stderr: Stderr) -> Self {
        self.stderr = stderr;
        self
    }

    /// Sets [`exit_code`](Self::exit_code).
    #[must_use]
    pub fn exit_code(mut self, code: impl Into<Option<u8>>) -> Self {
        self.exit_code = code.into();
        self
    }

    /// Sets [`payload`](Self::payload).
    #[must_use]
    pub fn payload(mut self, payload: Payload) -> Self {
        self.payload = payload;
        self
    }

    /// Sets [`stall`](Self::stall).
    #[must_use]
    pub fn stall(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.stall = after.into();
        self
    }

    /// Sets [`proof`](Self::proof).
    #[must_use]
    pub fn proof(mut self, proof: bool) -> Self {
        self.proof = proof;
        self
    }

    /// Sets [`release`](Self::release), for example to `env!("CARGO_PKG_VERSION")`.
    #[must_use]
    pub fn release(mut self, release: impl Into<String>) -> Self {
        self.release = Some(release.into());
        self
    }

    /// Sets [`provoke`](Self::provoke).
    #[must_use]
    pub fn provoke(mut self, provoke: impl Into<Option<Provoke>>) -> Self {
        self.provoke = provoke.into();
        self
    }

    /// Sets [`plan`](Self::plan).
    #[must_use]
    pub fn plan(mut self, file: impl Into<PathBuf>) -> Self {
        self.plan = Some(file.into());
        self
    }

    /// Sets [`suppressions`](Self::suppressions).
    #[must_use]
    pub fn suppressions(mut self, file: impl Into<PathBuf>) -> Self {
        self.suppressions = Some(file.into());
        self
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            bind: Some(SocketAddr::from((
                Ipv4Addr::LOCALHOST,
                Settings::DEFAULT_PORT,
            ))),
            is_exposed: false,
            policy: Policy::default(),
            report_dir: None,
            capture: Capture::default(),
            stderr: Stderr::default(),
            exit_code: None,
            payload: Payload::default(),
            suppressions: None,
            stall: Some(Duration::from_secs(1)),
            proof: true,
            release: None,
            provoke: None,
            plan: None,
        }
    }
}

/// How hard writers are brought to meet. A writer that is held has the wire and has not written a byte of its operation. If
/// another one comes meanwhile, the two overlap, which they might have done by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provoke {
    /// No writer is held.
    Off,
    /// A writer is held for 10 ms at most, where another one was near.
    Light,
    /// A writer is held for 100 ms at most. Where a second handle has not written yet, each call site is held once. For CI and
    /// soak runs.
    Full,
    /// As [`Full`](Self::Full). Where a thread must not wait, half a frame is handed on, and the poll is pending until the hold
    /// is over. This can break a connection whose program is not safe against cancellation.
    FullSplit,
}

/// What happens to two writers that overlap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Policy {
    /// Nothing. The application behaves as without this crate.
    #[default]
    Observe,
    /// The second writer's call fails, with a [`ConcurrentWrite`](crate::error::ConcurrentWrite) inside its
    /// `io::Error`.
    Error,
    /// Both writers panic: the second at once, the first when its write comes back.
    Panic,
}

/// How much is captured of two writers that overlap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Capture {
    /// Call sites only, no backtraces.
    Site,
    /// Both backtraces. Each is captured when its writer learns of the overlap.
    #[default]
    Overlap,
    /// A backtrace at every write. So there is one of the first writer even if its write never comes back. Costs
    /// microseconds a write.
    Always,
}

/// What is printed to standard error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stderr {
    /// Nothing but errors of settings.
    Off,
    /// One line a new report, with its URL.
    #[default]
    Summary,
    /// Every new report in full.
    Full,
}

/// What reports show of payloads, which may have secrets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Payload {
    /// Frame headers only. `••` stands for every byte of payload.
    #[default]
    Mask,
    /// Every byte round a tear.
    Show,
}
