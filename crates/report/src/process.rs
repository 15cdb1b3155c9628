//! The process in which something was found.

/// The process in which a report was made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
pub struct Process {
    /// The file name of the executable.
    pub name: String,
    /// The process id. In containers, many processes have the same.
    pub pid: u32,
    /// The run: sixteen hex digits that no other process has. `None` in reports of older versions.
    #[cfg_attr(feature = "formats", serde(default))]
    pub run: Option<String>,
    /// The name of the machine or container. `None` where it is not known, and in reports of older versions.
    #[cfg_attr(feature = "formats", serde(default))]
    pub host: Option<String>,
    /// When the process began to watch, as RFC 3339 in UTC. `None` in reports of older versions.
    #[cfg_attr(feature = "formats", serde(default))]
    pub started: Option<String>,
    /// The release of the program: what its settings say (`REDHANDED_RELEASE`), or else the version of the package that cargo
    /// runs. `None` where neither is known, and in reports of schema 1.
    #[cfg_attr(feature = "formats", serde(default))]
    pub release: Option<String>,
}

impl Process {
    /// The calling process, without a run, a host, a start or a release.
    pub fn this() -> Self {
        let executable = std::env::current_exe().unwrap_or_default();
        let name = executable.file_name().unwrap_or_default().to_string_lossy();
        // Linux writes this behind the name of a program that was built again while it ran.
        let name = name.strip_suffix(" (deleted)").unwrap_or(&name).to_owned();
        Process {
            name,
            pid: std::process::id(),
            run: None,
            host: None,
            started: None,
            release: None,
        }
    }
}
