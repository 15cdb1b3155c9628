//! Where the command works: the workspace, the cargo that is called there, and the folders that are written.

use super::arguments::Invocation;
use super::error::CommandError;
use super::folders::{Alone, Folders};
use super::lockfile::{self, Restored};
use super::options::{self, Options};
use super::say;
use super::subcommand::Subcommand;
use super::toolchain::Cargo;
use std::env;
use std::path::{Path, PathBuf};

/// What is known of the workspace before anything of it is touched.
pub(super) struct Place {
    pub cargo: Cargo,
    pub options: Options,
    /// Where cargo runs.
    pub directory: PathBuf,
    pub members: cargo_metadata::Metadata,
    pub folders: Folders,
}

impl Place {
    pub(super) fn find(
        invocation: &Invocation,
        subcommand: Subcommand,
    ) -> Result<Place, CommandError> {
        let options = options::read(invocation, subcommand);
        let cargo = Cargo::find(invocation, &options)?;
        let members = cargo.members()?;
        let here = env::current_dir().map_err(CommandError::file("found", Path::new(".")))?;
        let directory = options
            .directory
            .as_ref()
            .map_or_else(|| here.clone(), |it| here.join(it));
        let named = options.target_dir.as_ref().map(|it| directory.join(it));
        let target = named.unwrap_or_else(|| members.target_directory.clone().into());
        let folders = Folders::new(&target, members.workspace_root.as_std_path());
        Ok(Place {
            cargo,
            options,
            directory,
            members,
            folders,
        })
    }

    /// The profile that is built.
    pub(super) fn profile(&self, invocation: &Invocation, subcommand: Subcommand) -> String {
        let named = self.options.profile.clone();
        named.unwrap_or_else(|| subcommand.profile(&invocation.subcommand).to_owned())
    }

    /// Puts back what a killed command has left, as soon as no other command is at work here.
    pub(super) fn alone(&self) -> Result<Alone, CommandError> {
        self.folders.make()?;
        let alone = Alone::wait(&self.folders.root, || {
            say("waiting for another cargo redhanded, which builds in the same target folder");
        })?;
        for (lock, restored) in lockfile::recover(&self.folders.kept) {
            match restored {
                Ok(Restored::AsBefore) => say(&format!(
                    "a command before was killed: {} is as it was",
                    lock.display()
                )),
                Ok(changed) => say_changed(&lock, &changed),
                Err(error) => say(&error.to_string()),
            }
        }
        Ok(alone)
    }
}

/// Says that another program has changed Cargo.lock, if one has.
pub(super) fn say_changed(lock: &Path, restored: &Restored) {
    let Restored::ChangedByOthers(before) = restored else {
        return;
    };
    let before = before.as_ref().map_or_else(String::new, |before| {
        format!("; the one from before is {}", before.display())
    });
    let lock = lock.display();
    say(&format!(
        "another program changed {lock} while cargo resolved the tree, and its change stays{before}"
    ));
}
