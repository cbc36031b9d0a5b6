//! Debian packages.

use std::path::Path;
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
    let apt = || -> Result<Command> {
        apt()?.with_context(|| {
            format!(
                "{} missing, and installing needs root: run {by_hand}, then this again",
                packages.join(", ")
            )
        })
    };
    shell::run(apt()?.arg("update")).with_context(|| format!("run {by_hand} by hand"))?;
    shell::run(
        apt()?
            .args(["install", "--no-install-recommends"])
            .args(packages),
    )
    .with_context(|| format!("run {by_hand} by hand"))
}

/// `apt-get` as root; `None` where nobody lets us.
fn apt() -> Result<Option<Command>> {
    let mut command = if is_root()? {
        Command::new("env")
    } else if shell::succeeds(Command::new("sudo").args(["-n", "true"])) {
        let mut command = Command::new("sudo");
        command.args(["-n", "env"]);
        command
    } else {
        return Ok(None);
    };
    command.arg("DEBIAN_FRONTEND=noninteractive");
    command.args(["apt-get", "-qq", "-y", "-o", "Dpkg::Use-Pty=0"]);
    command.env("PATH", shell::path_with_sbin());
    Ok(Some(command))
}

/// Unpacks a package into a folder without installing it, so that nothing of it starts by itself.
pub(crate) fn unpack(package: &str, folder: &Path) -> Result<()> {
    if shell::which("apt-get").is_none() || shell::which("dpkg").is_none() {
        bail!("{package} missing, and this is not a Debian: put its programs on the PATH by hand");
    }
    std::fs::create_dir_all(folder)?;
    let download = || {
        let mut command = Command::new("apt-get");
        command.args(["-qq", "-o", "APT::Sandbox::User=root"]);
        command.args(["download", package]).current_dir(folder);
        command
    };
    if !shell::succeeds(&mut download()) {
        let mut apt = apt()?.context("the package lists are empty: run `sudo apt-get update`")?;
        shell::run(apt.arg("update"))?;
        shell::run(&mut download())?;
    }
    for entry in std::fs::read_dir(folder)? {
        let file = entry?.path();
        if file.extension().is_some_and(|e| e == "deb") {
            shell::run(Command::new("dpkg").arg("-x").arg(&file).arg(folder))?;
            std::fs::remove_file(&file)?;
        }
    }
    Ok(())
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
