//! Prometheus and `promtool`, which check the metrics, rules and dashboards of the end-to-end tests.

use anyhow::{Result, ensure};

use super::debian;
use crate::shell;
use crate::workspace::Workspace;

/// Unpacks Debian's Prometheus into the cache, unless both programs are there.
pub(crate) fn provide(workspace: &Workspace) -> Result<()> {
    let folder = workspace.cache().join("prometheus");
    for program in ["promtool", "prometheus"] {
        let unpacked = folder.join("usr/bin").join(program);
        if shell::which(program).is_none() && !unpacked.exists() {
            debian::unpack("prometheus", &folder)?;
            ensure!(unpacked.exists(), "{} is still missing", unpacked.display());
        }
    }
    Ok(())
}
