//! systemd's own checkers of the shipped unit and of the udev rules.

use anyhow::{Result, ensure};

use super::debian;
use crate::shell;
use crate::workspace::Workspace;

/// Installs systemd's package where it is missing, which in a container starts nothing, and unpacks
/// `udevadm` into the cache, since an installed udev would look after the machine's devices.
pub(crate) fn provide(workspace: &Workspace) -> Result<()> {
    if shell::which("systemd-analyze").is_none() {
        debian::install(&["systemd"])?;
    }
    ensure!(
        shell::which("systemd-analyze").is_some(),
        "systemd-analyze is still missing"
    );
    let folder = workspace.cache().join("udev");
    // Debian 12 has it in /bin, later ones in /usr/bin.
    let is_here = || {
        let unpacked = ["bin", "usr/bin"].map(|bin| folder.join(bin).join("udevadm"));
        shell::which("udevadm").is_some() || unpacked.iter().any(|tool| tool.exists())
    };
    if !is_here() {
        debian::unpack("udev", &folder)?;
        ensure!(is_here(), "{} has no udevadm", folder.display());
    }
    eprintln!("systemd: systemd-analyze and udevadm are here");
    Ok(())
}
