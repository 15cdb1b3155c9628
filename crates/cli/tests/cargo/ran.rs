//! How a run of the command ended, and what it said.

use std::process::Output;

#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn of(output: Output) -> Ran {
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub fn with_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// The summary's first line.
    #[track_caller]
    pub fn counts(&self) -> &str {
        let line = self
            .stderr
            .lines()
            .rfind(|line| line.contains(" watched, "));
        line.unwrap_or_else(|| panic!("no summary: {self:#?}"))
    }

    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        assert!(self.stderr.contains(words), "{words} is missing: {self:#?}");
        self
    }
}
