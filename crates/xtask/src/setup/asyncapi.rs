//! AsyncAPI's own parser, which the end-to-end tests check `deploy/asyncapi.yaml` with.

use std::process::Command;

use anyhow::Result;

use super::debian;
use super::npm::Packages;
use crate::shell;
use crate::workspace::Workspace;

/// Installs it into the cache, where the lock changed.
pub(crate) fn provide(workspace: &Workspace) -> Result<()> {
    let packages = Packages::new(workspace, "crates/xtask/asyncapi", "asyncapi")?;
    if !packages.are_here() || shell::which("node").is_none() {
        if !shell::succeeds(Command::new("npm").arg("--version")) {
            debian::install(&["nodejs", "npm"])?;
        }
        packages.install()?;
    }
    eprintln!("asyncapi: {}", packages.folder.display());
    Ok(())
}
