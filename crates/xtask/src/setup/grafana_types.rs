//! Grafana's published types, which the dashboards are checked against.

use std::process::Command;

use anyhow::{Context, Result};

use crate::shell;
use crate::workspace::Workspace;

/// What `package.json` and its lock lie in.
const FOLDER: &str = "deploy/grafana/types";
/// Copy of the lock that was installed.
const STAMP: &str = "installed-lock.json";

/// Installs them into the cache by npm. Only a check needs them, so a machine without npm goes without.
pub(crate) fn provide(workspace: &Workspace) -> Result<()> {
    if shell::which("npm").is_none() {
        eprintln!("grafana-types: no npm, so the dashboards' types are not checked");
        return Ok(());
    }
    let (from, to) = (
        workspace.root().join(FOLDER),
        workspace.cache().join("grafana-types"),
    );
    let lock = std::fs::read_to_string(from.join("package-lock.json"))
        .with_context(|| format!("{FOLDER}/package-lock.json cannot be read"))?;
    let stamp = to.join(STAMP);
    if !shell::is_stamped(&stamp, &lock) {
        std::fs::create_dir_all(&to)?;
        for file in ["package.json", "package-lock.json"] {
            std::fs::copy(from.join(file), to.join(file))?;
        }
        shell::run(
            Command::new("npm")
                .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                .current_dir(&to),
        )?;
        std::fs::write(stamp, lock)?;
    }
    eprintln!("grafana-types: {}", to.display());
    Ok(())
}
