//! Clippy and rustfmt, which a minimal Rust lacks.

use anyhow::{Context, Result};

use crate::shell;
use crate::workspace::Workspace;

/// Adds what is missing by rustup.
pub(crate) fn provide(workspace: &Workspace) -> Result<()> {
    for (subcommand, component) in [("clippy", "clippy"), ("fmt", "rustfmt")] {
        if !shell::succeeds(workspace.cargo().args([subcommand, "--version"])) {
            shell::run(
                workspace
                    .command("rustup")
                    .args(["component", "add", component]),
            )
            .with_context(|| format!("`cargo {subcommand}` is missing; install {component}"))?;
        }
    }
    eprintln!("toolchain: clippy and rustfmt are here");
    Ok(())
}
