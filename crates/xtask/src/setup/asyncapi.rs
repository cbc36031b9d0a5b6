//! AsyncAPI's own parser, which the end-to-end tests check `deploy/asyncapi.yaml` with.

use std::process::Command;

use anyhow::{Context, Result};

use super::debian;
use crate::shell;
use crate::workspace::Workspace;

/// Where the packages are pinned, by hash.
const FOLDER: &str = "crates/xtask/asyncapi";
/// The files that pin them.
const PINNED: [&str; 2] = ["package.json", "package-lock.json"];
/// Copy of the lock that was installed, beside the packages.
const STAMP: &str = "installed-package-lock.json";

/// Installs the packages into the cache, where the lock changed; no script of theirs runs.
pub(crate) fn provide(workspace: &Workspace) -> Result<()> {
    let source = workspace.root().join(FOLDER);
    let folder = workspace.cache().join("asyncapi");
    let stamp = folder.join(STAMP);
    let lock = source.join("package-lock.json");
    let wanted = std::fs::read_to_string(&lock)
        .with_context(|| format!("{} cannot be read", lock.display()))?;
    if shell::is_stamped(&stamp, &wanted) && shell::which("node").is_some() {
        eprintln!("asyncapi: {}", folder.display());
        return Ok(());
    }
    if !shell::succeeds(Command::new("npm").arg("--version")) {
        debian::install(&["nodejs", "npm"])?;
    }
    std::fs::create_dir_all(&folder)?;
    for file in PINNED {
        std::fs::copy(source.join(file), folder.join(file))?;
    }
    shell::run(
        workspace
            .command("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .arg("--silent")
            .current_dir(&folder),
    )?;
    std::fs::write(&stamp, &wanted)?;
    eprintln!("asyncapi: {} is ready", folder.display());
    Ok(())
}
