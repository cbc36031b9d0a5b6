//! Grafana's published types, which the dashboards are checked against.

use anyhow::Result;

use super::npm::Packages;
use crate::shell;
use crate::workspace::Workspace;

/// Installs them into the cache by npm. Only a check needs them, so a machine without npm goes without.
pub(crate) fn provide(workspace: &Workspace) -> Result<()> {
    if shell::which("npm").is_none() {
        eprintln!("grafana-types: no npm, so the dashboards' types are not checked");
        return Ok(());
    }
    let packages = Packages::new(workspace, "deploy/grafana/types", "grafana-types")?;
    if !packages.are_here() {
        packages.install()?;
    }
    eprintln!("grafana-types: {}", packages.folder.display());
    Ok(())
}
