//! `cargo xtask package`: the Debian package, with ONNX Runtime beside the daemon.

use std::process::ExitCode;

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{notices, setup, shell};

/// Has cargo-deb build a release and pack it as `[package.metadata.deb]` of the daemon's manifest says; `args` are
/// cargo-deb's. It prints where the package is.
pub(crate) fn command(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    let cargo_deb = setup::packaging::provide(workspace)?;
    setup::alsa::provide(workspace)?;
    setup::onnxruntime::provide_bundled(workspace)?;
    notices::write(workspace)?;
    // Releases are built with line tables, which nobody needs beside a stove.
    let mut pack = workspace.command(cargo_deb);
    shell::run(pack.args(["-p", "wokd", "--locked", "--strip"]).args(args))?;
    Ok(ExitCode::SUCCESS)
}
