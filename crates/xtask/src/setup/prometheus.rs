//! `promtool`, which checks the metrics of the end-to-end tests.

use anyhow::{Result, ensure};

use super::debian;
use crate::shell;
use crate::workspace::Workspace;

/// Unpacks Debian's Prometheus into the cache, unless `promtool` is there.
pub(crate) fn provide(workspace: &Workspace) -> Result<()> {
    let folder = workspace.cache().join("prometheus");
    let tool = folder.join("usr/bin/promtool");
    if shell::which("promtool").is_none() && !tool.exists() {
        debian::unpack("prometheus", &folder)?;
        ensure!(tool.exists(), "{} is still missing", tool.display());
    }
    Ok(())
}
