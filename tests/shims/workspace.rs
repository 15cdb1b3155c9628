//! A workspace of generated projects: one for each version of a library, all in one target folder, patched with shims.

use crate::shims::{self, Library, Patch};
use semver::Version;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The workspace of this checkout.
static CHECKOUT: LazyLock<PathBuf> = LazyLock::new(|| {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package
        .join("../..")
        .canonicalize()
        .expect("the tests are two folders below the checkout")
});

/// A project to be generated: its name, its dependencies as they stand in a manifest, and its program.
#[derive(Debug, Clone)]
pub struct Project {
    pub name: String,
    /// The library that its connections are counted as, with the line of versions.
    pub library: (&'static str, u64),
    pub dependencies: String,
    pub program: &'static str,
}

/// The workspace on the disk.
#[derive(Debug)]
pub struct Workspace {
    folder: PathBuf,
}

/// What a program leaves behind.
#[derive(Debug)]
pub struct Run {
    pub reports: Vec<Value>,
    /// The record of the process.
    pub record: Value,
}

impl Workspace {
    /// Writes the projects. Everything is below the target folder of the checkout, and built in one target folder.
    pub fn new(name: &str, projects: &[Project]) -> Self {
        let folder = shims_folder().join(name);
        let mut members = Vec::new();
        for project in projects {
            let package = folder.join(&project.name);
            fs::create_dir_all(package.join("src")).expect("the target folder can be written");
            let manifest = format!(
                "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{}\n",
                project.name, project.dependencies
            );
            write(&package.join("Cargo.toml"), &manifest);
            write(&package.join("src/main.rs"), project.program);
            members.push(format!("{:?}", project.name));
        }
        let manifest = format!(
            "[workspace]\nresolver = \"2\"\nmembers = [{}]\n\n[profile.dev]\ndebug = \"line-tables-only\"\n",
            members.join(", ")
        );
        write(&folder.join("Cargo.toml"), &manifest);
        // The versions of everything else are those of this checkout, as far as they go.
        if !folder.join("Cargo.lock").exists() {
            fs::copy(CHECKOUT.join("Cargo.lock"), folder.join("Cargo.lock"))
                .expect("the checkout has a lock file");
        }
        Workspace { folder }
    }

    /// The libraries in the tree that can be watched.
    pub fn libraries(&self) -> Vec<Library> {
        let metadata = self.metadata(&[]);
        let packages = metadata["packages"].as_array().expect("a list");
        let version = |package: &Value| -> Version {
            let version = package["version"].as_str().expect("each has one");
            version.parse().expect("cargo has parsed it")
        };
        let tungstenite_of = |id: &Value| {
            let nodes = metadata["resolve"]["nodes"].as_array().expect("a list");
            let node = nodes.iter().find(|node| node["id"] == *id)?;
            let below = node["deps"].as_array()?;
            let below = below
                .iter()
                .find(|dependency| dependency["name"] == "tungstenite")?;
            let package = packages
                .iter()
                .find(|package| package["id"] == below["pkg"])?;
            Some(version(package))
        };
        let tree: Vec<_> = packages
            .iter()
            .map(|package| {
                (
                    package["name"].as_str().expect("each has one"),
                    version(package),
                )
            })
            .collect();
        let tree = tree.iter().map(|(name, version)| (*name, version));
        let streams = shims::streams(&CHECKOUT, tree).expect("the checkout has a manifest");
        let libraries = packages.iter().filter_map(|package| {
            let name = package["name"].as_str().expect("each has one");
            let manifest = package["manifest_path"].as_str().expect("each has one");
            shims::is_known(name, &version(package)).then(|| Library {
                name: name.to_owned(),
                version: version(package),
                source: Path::new(manifest).parent().expect("a folder").to_owned(),
                below: tungstenite_of(&package["id"]),
                streams: streams.clone(),
            })
        });
        libraries.collect()
    }

    /// Writes the shims.
    pub fn shims(&self, libraries: &[Library]) -> Vec<Patch> {
        let folder = build_folder().join("redhanded/shims");
        shims::write(&folder, &CHECKOUT, libraries).expect("the sources can be read")
    }

    pub fn metadata(&self, patches: &[Patch]) -> Value {
        let output = self
            .cargo("metadata", patches)
            .args(["--format-version", "1"])
            .output()
            .expect("cargo is there");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        serde_json::from_slice(&output.stdout).expect("cargo writes JSON")
    }

    /// Builds everything. Gives what cargo says.
    pub fn build(&self, patches: &[Patch], arguments: &[&str]) -> String {
        let output = self
            .cargo("build", patches)
            .args(arguments)
            .output()
            .expect("cargo is there");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        said
    }

    /// Runs a program to its end.
    pub fn run(&self, program: &str) -> Run {
        let reports = tempfile::tempdir().expect("there is a folder for temporary files");
        let output = Command::new(build_folder().join("debug").join(program))
            .current_dir(&self.folder)
            .env("REDHANDED_REPORT_DIR", reports.path())
            .env("REDHANDED_BIND", "off")
            .env_remove("REDHANDED_STDERR")
            .env_remove("REDHANDED_POLICY")
            .output()
            .expect("it was built");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{program}: {}\n{stderr}",
            output.status
        );
        let mut records = read_json(&reports.path().join("processes"));
        assert_eq!(records.len(), 1, "{program}: one process leaves one record");
        Run {
            reports: read_json(reports.path()),
            record: records.remove(0),
        }
    }

    fn cargo(&self, subcommand: &str, patches: &[Patch]) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .arg(subcommand)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", build_folder())
            .env_remove("RUSTFLAGS")
            // Everything is built once, and line tables name the same functions and lines.
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only");
        for Patch { key, package, path } in patches {
            // Cargo takes no inline table here.
            cargo
                .arg("--config")
                .arg(format!("patch.crates-io.{key}.package={package:?}"))
                .arg("--config")
                .arg(format!("patch.crates-io.{key}.path={path:?}"));
        }
        cargo
    }
}

/// What all workspaces are built in.
fn build_folder() -> PathBuf {
    shims_folder().join("build")
}

/// A folder of these tests in the target folder that they were built in.
fn shims_folder() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let profile = test.parent().and_then(Path::parent);
    let target = profile
        .and_then(Path::parent)
        .expect("target/debug/deps/test");
    target.join("shims")
}

/// All files in a folder that end so.
fn read_json(folder: &Path) -> Vec<Value> {
    let files = fs::read_dir(folder).expect("the folder is there");
    files
        .map(|file| file.expect("it can be read").path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .map(|path| {
            let file = fs::read(path).expect("it can be read");
            serde_json::from_slice(&file).expect("these files are JSON")
        })
        .collect()
}

fn write(path: &Path, content: &str) {
    if fs::read_to_string(path).is_ok_and(|is| is == content) {
        return;
    }
    fs::write(path, content).expect("the target folder can be written");
}
