//! `cargo xtask deny`: licences, bans, sources and advisories of the dependencies, as deny.toml says.

use std::process::ExitCode;

use anyhow::{Result, ensure};

use crate::shell;
use crate::workspace::Workspace;

/// Runs cargo-deny, which is not fetched: it is a long build and its advisories change from day to day.
pub(crate) fn command(workspace: &Workspace) -> Result<ExitCode> {
    ensure!(
        shell::succeeds(workspace.cargo().args(["deny", "--version"])),
        "cargo-deny is not installed; `cargo install --locked cargo-deny` installs it"
    );
    shell::run(workspace.cargo().args(["deny", "check"]))?;
    Ok(ExitCode::SUCCESS)
}
