//! `cargo xtask demo`: from a fresh machine to live scores in one command.

use std::os::unix::process::CommandExt;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::workspace::Workspace;
use crate::{setup, shell};

/// Sets ONNX Runtime up, builds, and becomes `wokd demo`, so that signals reach it and its exit code is ours.
pub(crate) fn command(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    let library = setup::onnxruntime::provide(workspace)?;
    shell::run(
        workspace
            .cargo()
            .args(["build", "--release", "-p", "wokd", "--features", "demo"]),
    )?;
    let program = workspace.target()?.join("release/wokd");
    let error = workspace
        .command(&program)
        .arg("demo")
        .args(args)
        .env(setup::onnxruntime::VARIABLE, library)
        .exec();
    Err(error).with_context(|| format!("{} could not be started", program.display()))
}
