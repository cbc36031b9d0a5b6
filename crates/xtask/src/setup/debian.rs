//! Debian packages.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell;

/// Installs packages by apt: as root, or by a sudo that asks for no password.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let by_hand = format!("`sudo apt-get install {}`", packages.join(" "));
    if shell::which("apt-get").is_none() {
        bail!(
            "{} missing, and this is not a Debian: install by hand what stands for {by_hand}",
            packages.join(", ")
        );
    }
    let root = is_root()?;
    if !root && !shell::succeeds(Command::new("sudo").args(["-n", "true"])) {
        bail!(
            "{} missing, and installing needs root: run {by_hand}, then this again",
            packages.join(", ")
        );
    }
    let apt = || {
        let mut command = if root {
            let mut command = Command::new("env");
            command.arg("DEBIAN_FRONTEND=noninteractive");
            command
        } else {
            let mut command = Command::new("sudo");
            command.args(["-n", "env", "DEBIAN_FRONTEND=noninteractive"]);
            command
        };
        command.args(["apt-get", "-qq", "-y", "-o", "Dpkg::Use-Pty=0"]);
        command.env("PATH", shell::path_with_sbin());
        command
    };
    shell::run(apt().arg("update")).with_context(|| format!("run {by_hand} by hand"))?;
    shell::run(
        apt()
            .args(["install", "--no-install-recommends"])
            .args(packages),
    )
    .with_context(|| format!("run {by_hand} by hand"))
}

fn is_root() -> Result<bool> {
    Ok(shell::output(Command::new("id").arg("-u"))?.trim() == "0")
}

/// Stops a service that its package's installation started, and keeps it from starting again; tests start their own.
pub(crate) fn disable_service(name: &str) {
    if std::path::Path::new("/run/systemd/system").exists() {
        let program = if is_root().unwrap_or(false) {
            vec!["systemctl"]
        } else {
            vec!["sudo", "-n", "systemctl"]
        };
        let mut command = Command::new(program[0]);
        command
            .args(&program[1..])
            .args(["disable", "--now", "--quiet", name]);
        if !shell::succeeds(&mut command) {
            eprintln!("{name}: its service could not be stopped; the tests do not mind");
        }
    }
}
