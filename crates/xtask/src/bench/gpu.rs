//! The model on a CUDA GPU.

use std::path::Path;

use anyhow::anyhow;

use super::{Measured, rows_of};
use crate::setup;
use crate::shell;
use crate::workspace::Workspace;

/// Batches of a power of two from one station to as many as one GPU is to serve.
const BATCHES: &str = "1..4096";

/// Loads the model on `cuda:0`, where its golden vectors are checked, and times its step. A GPU that cannot be used is an error there,
/// never the CPU.
///
/// The library is the one that `ORT_DYLIB_PATH` names, with CUDA and cuDNN on the loader's path.
pub(crate) fn measure(workspace: &Workspace) -> Measured {
    if !has_gpu() {
        return (vec![], Some(anyhow!("not run: no CUDA GPU here")));
    }
    if std::env::var_os(setup::onnxruntime::VARIABLE).is_none() {
        return (
            vec![],
            Some(anyhow!(
                "not run: name the libonnxruntime.so of onnxruntime-gpu in {}",
                setup::onnxruntime::VARIABLE
            )),
        );
    }
    let mut command = workspace.cargo();
    command
        .args(["run", "--quiet", "--release", "-p", "wok-infer"])
        .args(["--example", "step_speed", "--"])
        .args(["--provider", "cuda:0", "--batch", BATCHES]);
    rows_of(&mut command)
}

fn has_gpu() -> bool {
    Path::new("/dev/nvidia0").exists()
        || shell::succeeds(std::process::Command::new("nvidia-smi").arg("-L"))
}
