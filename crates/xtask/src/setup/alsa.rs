//! The headers that the microphone's `alsa` feature is built with.

use std::process::Command;

use anyhow::{Result, ensure};

use super::debian;
use crate::shell;
use crate::workspace::Workspace;

/// Installs ALSA's headers when pkg-config does not find them.
pub(crate) fn provide(_workspace: &Workspace) -> Result<()> {
    if !are_here() {
        debian::install(&["pkg-config", "libasound2-dev"])?;
    }
    ensure!(are_here(), "pkg-config still finds no alsa");
    eprintln!("alsa: pkg-config finds its headers");
    Ok(())
}

fn are_here() -> bool {
    shell::succeeds(Command::new("pkg-config").args(["--exists", "alsa"]))
}
