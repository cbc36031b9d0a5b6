//! `libfaketime`, which gives processes of the end-to-end tests a clock of another offset and rate.

use anyhow::{Result, ensure};

use super::debian;
use crate::workspace::Workspace;

/// Unpacks Debian's package into the cache: it is loaded only into processes that ask for it.
pub(crate) fn provide(workspace: &Workspace) -> Result<()> {
    let folder = workspace.cache().join("faketime");
    // A folder for each architecture lies in between.
    let is_here = || {
        let folders = folder.join("usr/lib").read_dir().into_iter().flatten();
        let library = "faketime/libfaketimeMT.so.1";
        folders
            .flatten()
            .any(|entry| entry.path().join(library).exists())
    };
    if !is_here() {
        debian::unpack("libfaketime", &folder)?;
        ensure!(is_here(), "{} has no library", folder.display());
    }
    eprintln!("faketime: {}", folder.display());
    Ok(())
}
