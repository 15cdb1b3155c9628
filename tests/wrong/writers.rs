//! A writer as a wrong program knows it, and what a report must say about it.

use redhanded::report::{Origin, Role, Writer};
use std::thread;

/// A writer at this place: its thread, function and line.
macro_rules! here {
    () => {{
        fn here() {}
        $crate::writers::Site::new(std::any::type_name_of_val(&here), file!(), line!())
    }};
}

/// Where a call is in the source, and on which thread it was made.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) thread: String,
    pub(crate) task: Option<String>,
    pub(crate) function: &'static str,
    pub(crate) file: &'static str,
    pub(crate) line: u32,
}

impl Site {
    /// `inside` is the name of an item in the function.
    pub(crate) fn new(inside: &'static str, file: &'static str, line: u32) -> Self {
        let function = inside.strip_suffix("::here").expect("the item of `here!`");
        // The body of an `async fn`.
        let function = function.strip_suffix("::{{closure}}").unwrap_or(function);
        let thread = thread::current()
            .name()
            .expect("every writer has a name")
            .to_owned();
        let task = tokio::task::try_id().map(|id| id.to_string());
        Site {
            thread,
            task,
            function,
            file,
            line,
        }
    }

    pub(crate) fn did(self, operation: &'static str) -> Expected {
        Expected {
            site: self,
            operation,
            outcomes: &["returned"],
            dropped_with: None,
        }
    }

    pub(crate) fn did_and_failed(self, operation: &'static str) -> Expected {
        Expected {
            outcomes: &["failed"],
            ..self.did(operation)
        }
    }

    /// A call of a library itself that took a part of a frame.
    pub(crate) fn left(self, operation: &'static str) -> Expected {
        Expected {
            outcomes: &["unfinished"],
            ..self.did(operation)
        }
    }

    /// One of the polls of a message. The first one puts the message into the object's buffer and returns.
    pub(crate) fn polled(self, operation: &'static str) -> Expected {
        Expected {
            outcomes: &["returned", "unfinished", "pending"],
            ..self.did(operation)
        }
    }
}

/// A writer as the program knows it.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    pub(crate) site: Site,
    pub(crate) operation: &'static str,
    outcomes: &'static [&'static str],
    /// The function that dropped the object, if it was dropped inside its frame.
    dropped_with: Option<&'static str>,
}

impl Expected {
    pub(crate) fn dropped_with(self, function: &'static str) -> Expected {
        Expected {
            dropped_with: Some(function),
            ..self
        }
    }

    pub(crate) fn check(&self, writer: &Writer, role: Role) {
        let Site {
            thread,
            task,
            function,
            file,
            line,
        } = &self.site;
        let called = writer
            .call_site
            .as_ref()
            .map(|site| (site.file.as_str(), site.line));
        assert_eq!(writer.role, role);
        assert_eq!(called, Some((*file, *line)), "{writer:#?}");
        assert_eq!(writer.thread.name.as_ref(), Some(thread), "{writer:#?}");
        assert_ne!(writer.thread.id, 0);
        assert_eq!(writer.operation, self.operation);
        assert!(
            writer
                .outcome
                .as_deref()
                .is_some_and(|outcome| self.outcomes.contains(&outcome)),
            "{writer:#?}"
        );
        assert!(
            writer.ended_us.is_some_and(|ended| ended > writer.began_us),
            "{writer:#?}"
        );
        assert_eq!(writer.task, *task, "{writer:#?}");
        let is_there = |name: &str| {
            writer
                .dropped_at
                .iter()
                .any(|frame| frame.function.contains(name))
        };
        match self.dropped_with {
            Some(function) => assert!(
                is_there(function),
                "not dropped with {function}: {:#?}",
                writer.dropped_at
            ),
            None => assert_eq!(writer.dropped_at, []),
        }
        assert_eq!(writer.backtrace_missing, None);
        let top = writer
            .top_application_frame()
            .unwrap_or_else(|| panic!("no frame of the program: {writer:#?}"));
        assert!(
            top.function.contains(function),
            "{} is not {function}",
            top.function
        );
        assert!(
            top.file
                .as_deref()
                .is_some_and(|name| name.ends_with(*file)),
            "{top:#?}"
        );
        assert_eq!((top.line, top.origin), (Some(*line), Origin::App));
    }
}
