//! Where things lie in the source tree.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::shell;

/// The source tree.
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The tree that this program was started from by cargo.
    pub(crate) fn find() -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .ancestors()
            .nth(2)
            .context("xtask lies two folders below the root")?
            .to_owned();
        ensure!(
            root.join("Cargo.toml").exists(),
            "{} is not the source tree; run `cargo xtask` in it",
            root.display()
        );
        Ok(Self { root })
    }

    /// The tree's root.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// What the set-up fetched; ignored by git and safe to delete.
    pub(crate) fn cache(&self) -> PathBuf {
        self.root.join(".cache")
    }

    /// The Python that has the tests' packages.
    pub(crate) fn python(&self) -> PathBuf {
        self.cache().join("venv/bin/python")
    }

    /// A cargo command in the root, by the cargo that started this program.
    pub(crate) fn cargo(&self) -> Command {
        self.command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    /// A command in the root that also sees what Debian puts in the administrator's folders (Mosquitto is in `/usr/sbin`).
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command.env("PATH", shell::path_with_sbin());
        command
    }

    /// What `cargo metadata` says of the workspace's own packages.
    pub(crate) fn metadata(&self) -> Result<Value> {
        let text =
            shell::output(
                self.cargo()
                    .args(["metadata", "--no-deps", "--format-version", "1"]),
            )?;
        serde_json::from_str(&text).context("cargo metadata gave no JSON")
    }

    /// Cargo's build folder, wherever its configuration puts it.
    pub(crate) fn target(&self) -> Result<PathBuf> {
        let metadata = self.metadata()?;
        let folder = metadata["target_directory"].as_str();
        Ok(folder
            .context("cargo metadata names no target_directory")?
            .into())
    }
}
