//! Packages from npm, pinned by hash in a lock beside their `package.json`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell;
use crate::workspace::Workspace;

const LOCK: &str = "package-lock.json";
/// Copy of the lock that was installed, beside the packages.
const STAMP: &str = "installed-lock.json";

/// What a folder of the workspace pins, installed into a folder of the cache.
pub(super) struct Packages {
    source: PathBuf,
    pub(super) folder: PathBuf,
    lock: String,
}

impl Packages {
    pub(super) fn new(workspace: &Workspace, source: &str, name: &str) -> Result<Self> {
        let source = workspace.root().join(source);
        let lock = source.join(LOCK);
        Ok(Self {
            lock: std::fs::read_to_string(&lock)
                .with_context(|| format!("{} cannot be read", lock.display()))?,
            folder: workspace.cache().join(name),
            source,
        })
    }

    /// Whether they are there as the lock has them.
    pub(super) fn are_here(&self) -> bool {
        shell::is_stamped(&self.folder.join(STAMP), &self.lock)
    }

    /// Installs them; no script of theirs runs.
    pub(super) fn install(&self) -> Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        for file in ["package.json", LOCK] {
            std::fs::copy(self.source.join(file), self.folder.join(file))?;
        }
        shell::run(
            Command::new("npm")
                .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                .arg("--silent")
                .current_dir(&self.folder),
        )?;
        std::fs::write(self.folder.join(STAMP), &self.lock)?;
        Ok(())
    }
}
