//! The model on a CUDA GPU.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, anyhow};

use super::row::NOT_RUN;
use super::{Measured, rows_of};
use crate::setup::onnxruntime;
use crate::shell;
use crate::workspace::Workspace;

/// Batches of a power of two from one station to as many as one GPU is to serve.
const BATCHES: &str = "1..4096";

/// Loads the model on `cuda:0`, where its golden vectors are checked, and times its step. A GPU that cannot be used is an error there,
/// never the CPU.
pub(crate) fn measure(workspace: &Workspace) -> Measured {
    if !has_gpu() {
        return (vec![], Some(anyhow!("{NOT_RUN}: no CUDA GPU here")));
    }
    let (library, folders) = match library(workspace) {
        Ok(found) => found,
        Err(error) => return (vec![], Some(error)),
    };
    let mut command = workspace.cargo();
    command
        .args(["run", "--quiet", "--release", "-p", "wok-infer"])
        .args(["--example", "step_speed", "--"])
        .args(["--provider", "cuda:0", "--batch", BATCHES])
        .env(onnxruntime::VARIABLE, library);
    if let Some(path) = loader_path(folders) {
        command.env("LD_LIBRARY_PATH", path);
    }
    rows_of(&mut command)
}

/// The library with CUDA and the folders of what it loads: the one that `ORT_DYLIB_PATH` names with what the loader finds by itself, else
/// the pinned one.
fn library(workspace: &Workspace) -> Result<(PathBuf, Vec<PathBuf>)> {
    match onnxruntime::named()? {
        Some(named) => Ok((named, vec![])),
        None => onnxruntime::provide_cuda(workspace),
    }
}

/// `folders` before what is on the loader's path already.
fn loader_path(mut folders: Vec<PathBuf>) -> Option<std::ffi::OsString> {
    if folders.is_empty() {
        return None;
    }
    if let Some(path) = std::env::var_os("LD_LIBRARY_PATH") {
        folders.extend(std::env::split_paths(&path));
    }
    std::env::join_paths(folders).ok()
}

fn has_gpu() -> bool {
    Path::new("/dev/nvidia0").exists() || shell::succeeds(Command::new("nvidia-smi").arg("-L"))
}
