//! The parent's side: one program in a process of its own, with a time limit, and how it ended.
//!
//! The program is a function of the same test binary, which starts itself again and names the function in a variable.

use std::any::type_name;
use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::io::{ErrorKind, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The variable that names the program to run. It is not a setting of the crate.
const PROGRAM: &str = "TEST_PROGRAM";

/// The time after which a program that hangs is ended. No test waits for it.
const PATIENCE: Duration = Duration::from_secs(45);

/// The setting that most tests use: no page, because another process may have its port.
pub const NO_PAGE: (&str, &str) = ("REDHANDED_BIND", "off");

/// A program about to be started, with no settings but those that the test gives.
pub struct Launch {
    program: &'static str,
    variables: Vec<(String, std::ffi::OsString)>,
    limits: Option<&'static str>,
    executable: PathBuf,
}

impl Launch {
    pub fn of<P: Fn()>(_: P) -> Self {
        Launch {
            program: type_name::<P>(),
            variables: Vec::new(),
            limits: None,
            executable: env::current_exe().expect("the path of this binary"),
        }
    }

    pub fn with(mut self, (variable, value): (&str, impl AsRef<OsStr>)) -> Self {
        self.variables
            .push((variable.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Starts a copy of this binary.
    #[cfg(target_os = "linux")]
    #[allow(dead_code)] // The binary with a `main` of its own starts no copies.
    pub fn from(mut self, copy: PathBuf) -> Self {
        self.executable = copy;
        self
    }

    /// Has a shell carry out `limits` in the process before the program starts.
    pub fn under(mut self, limits: &'static str) -> Self {
        self.limits = Some(limits);
        self
    }

    /// Runs the program to its end.
    #[track_caller]
    pub fn run(self) -> Ended {
        let mut child = start(self.command().stdin(Stdio::null()));
        let (to_here, from_pipes) = mpsc::channel();
        let mut pipes: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|pipe| Box::new(pipe) as _),
            child.stderr.take().map(|pipe| Box::new(pipe) as _),
        ];
        for (number, pipe) in pipes.iter_mut().enumerate() {
            let (mut pipe, to_here) = (pipe.take().expect("both are piped"), to_here.clone());
            thread::spawn(move || {
                let mut bytes = Vec::new();
                let _ = pipe.read_to_end(&mut bytes);
                let _ = to_here.send((number, String::from_utf8_lossy(&bytes).into_owned()));
            });
        }
        let mut said = [String::new(), String::new()];
        for _ in 0..said.len() {
            match from_pipes.recv_timeout(PATIENCE) {
                Ok((number, text)) => said[number] = text,
                Err(_) => {
                    let _ = child.kill();
                    let _ = child.wait();
                    panic!("{} was still running after {PATIENCE:?}", self.program);
                }
            }
        }
        let pid = child.id();
        let status = child.wait().expect("the child is ours");
        let [stdout, stderr] = said;
        Ended {
            pid,
            code: status.code(),
            how: status.to_string(),
            stdout,
            stderr,
        }
    }

    /// Runs the program to its end without a read from its standard error until then, and gives what is in the pipe.
    #[track_caller]
    #[allow(dead_code)] // The binary with a `main` of its own needs it not.
    pub fn run_unread(self) -> Ended {
        let (mut reader, writer) = std::io::pipe().expect("a pipe");
        let mut ended = self.run_with_stderr(writer.into());
        reader
            .read_to_string(&mut ended.stderr)
            .expect("whole lines of text");
        ended
    }

    /// Runs the program to its end. Standard error is a pipe whose reader is gone.
    #[track_caller]
    #[allow(dead_code)]
    pub fn run_without_reader(self) -> Ended {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        self.run_with_stderr(writer.into())
    }

    #[track_caller]
    fn run_with_stderr(self, stderr: Stdio) -> Ended {
        let mut command = self.command();
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = start(command.stderr(stderr));
        let deadline = std::time::Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = child.try_wait().expect("the child is ours") {
                break status;
            }
            if std::time::Instant::now() >= deadline {
                let _ = child.kill();
                let _ = child.wait();
                panic!("{} was still running after {PATIENCE:?}", self.program);
            }
            thread::sleep(Duration::from_millis(5));
        };
        Ended {
            pid: child.id(),
            code: status.code(),
            how: status.to_string(),
            stdout: String::new(),
            stderr: String::new(),
        }
    }

    fn command(&self) -> Command {
        let executable = &self.executable;
        let mut command = match self.limits {
            None => Command::new(executable),
            Some(limits) => {
                let mut shell = Command::new("sh");
                shell
                    .arg("-c")
                    .arg(format!("{limits}; exec \"$0\" \"$@\""))
                    .arg(executable);
                shell
            }
        };
        let ours = env::vars_os()
            .map(|(name, _)| name)
            .filter(|name| name.to_string_lossy().starts_with("REDHANDED_"));
        for name in ours {
            command.env_remove(name);
        }
        command
            .args(crate::ARGUMENTS)
            .env(PROGRAM, self.program)
            .env("RUST_BACKTRACE", "0");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// Starts a program. A copy of this binary is busy as long as a process that another thread was forking has it open for writing.
#[track_caller]
fn start(command: &mut Command) -> Child {
    loop {
        match command.spawn() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => thread::yield_now(),
            started => return started.expect("this binary can be started again"),
        }
    }
}

/// A program that has ended.
#[derive(Debug)]
pub struct Ended {
    pub pid: u32,
    /// `None` if a signal ended it, for example `SIGABRT`.
    pub code: Option<i32>,
    how: String,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// Checks that the program ran to its end, so that all of its own assertions hold.
    #[track_caller]
    pub fn in_order(self) -> Self {
        self.with_code(0)
    }

    #[track_caller]
    pub fn with_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// What was printed to standard error, line by line.
    pub fn lines(&self) -> Vec<&str> {
        self.stderr.lines().collect()
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\n---- stdout\n{}\n---- stderr\n{}\n----",
            self.how, self.stdout, self.stderr
        )
    }
}

/// In a process that [`Launch`] has started: the name of the program it is to run.
pub fn wanted_program() -> Option<String> {
    env::var(PROGRAM).ok()
}

/// A program under the name by which [`Launch`] asks for it.
pub type Named = (&'static str, Box<dyn Fn()>);

pub fn named<P: Fn() + 'static>(program: P) -> Named {
    (type_name::<P>(), Box::new(program))
}

/// The JSON files in a directory, in the order of their names. The directory must have no other files, except records of
/// processes in their folder.
pub fn report_files(directory: &tempfile::TempDir) -> Vec<(PathBuf, serde_json::Value)> {
    let entries = directory.path().read_dir().expect("the directory is there");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| !path.ends_with(redhanded::report::record::FOLDER))
        .filter(|path| !path.ends_with(redhanded::report::near_miss::FOLDER))
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        assert_eq!(
            path.extension(),
            Some(OsStr::new("json")),
            "{} was left behind",
            path.display()
        );
        let text = std::fs::read_to_string(&path).expect("a file of text");
        let json = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{error} in {}", path.display()));
        (path, json)
    };
    paths.into_iter().map(read).collect()
}
