//! The broker and the subscriber of the end-to-end tests.

use anyhow::{Result, ensure};

use super::debian;
use crate::shell;
use crate::workspace::Workspace;

/// Installs Mosquitto and its clients when they are missing. Their service is not left running: each test starts its own broker.
pub(crate) fn provide(_workspace: &Workspace) -> Result<()> {
    let programs = ["mosquitto", "mosquitto_sub", "mosquitto_pub"];
    if programs
        .iter()
        .any(|program| shell::which(program).is_none())
    {
        let broker_was_here = shell::which("mosquitto").is_some();
        debian::install(&["mosquitto", "mosquitto-clients"])?;
        if !broker_was_here {
            debian::disable_service("mosquitto");
        }
    }
    for program in programs {
        let path = shell::which(program);
        ensure!(path.is_some(), "{program} is still missing");
        if let Some(path) = path {
            eprintln!("mosquitto: {}", path.display());
        }
    }
    Ok(())
}
