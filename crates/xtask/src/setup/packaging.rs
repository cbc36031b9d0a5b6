//! cargo-deb, and Debian's tools that it calls.

use std::path::PathBuf;

use anyhow::{Result, ensure};

use super::debian;
use crate::shell;
use crate::workspace::Workspace;

/// Of cargo-deb.
const VERSION: &str = "3.8.0";

/// Where cargo-deb is; installed into the cache, in a minute of two cores, where it is missing.
pub(crate) fn provide(workspace: &Workspace) -> Result<PathBuf> {
    let debians = ["dpkg-deb", "dpkg-shlibdeps", "strip"];
    let are_here = || debians.iter().all(|tool| shell::which(tool).is_some());
    if !are_here() {
        debian::install(&["dpkg-dev", "binutils"])?;
    }
    ensure!(are_here(), "one of {} is still missing", debians.join(", "));
    let root = workspace.cache().join("cargo-deb");
    let program = root.join("bin/cargo-deb");
    let is_here = || {
        let version = shell::output(workspace.command(&program).arg("--version"));
        version.is_ok_and(|said| said.trim().ends_with(VERSION))
    };
    if !program.exists() || !is_here() {
        shell::run(
            workspace
                .cargo()
                .args(["install", "cargo-deb", "--quiet", "--locked", "--force"])
                .args(["--version", VERSION, "--root"])
                .arg(&root),
        )?;
    }
    eprintln!("packaging: cargo-deb {VERSION} at {}", program.display());
    Ok(program)
}
