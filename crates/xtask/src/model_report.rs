//! `cargo xtask model-report`: held-out simulated cooks through the shipped model, and its gates.

use std::process::ExitCode;

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{setup, shell};

/// Evaluates (`args` are those of `python -m flavorformer evaluate`, such as `--share 0.1`) and reports into
/// `target/model-report`.
pub(crate) fn command(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    setup::python::provide(workspace)?;
    let library = setup::onnxruntime::provide(workspace)?;
    let out = workspace.target()?.join("model-report");
    let cooks = out.join("evaluation");
    let flavorformer = |words: &[&str]| {
        let mut command = workspace.command(workspace.python());
        command
            .args(["-m", "flavorformer"])
            .args(words)
            .env("PYTHONPATH", workspace.root().join("training"))
            .env(setup::onnxruntime::VARIABLE, &library);
        command
    };
    shell::run(flavorformer(&["evaluate", "--out"]).arg(&cooks).args(args))?;
    // What was evaluated is what is reported on.
    let split = args.iter().position(|arg| arg == "--split");
    let split = split.and_then(|at| args.get(at..at + 2)).unwrap_or(&[]);
    let runtime = out.join("runtime.json");
    shell::run(flavorformer(&["runtime", "--out"]).arg(&runtime))?;
    shell::run(
        flavorformer(&["report"])
            .arg(&cooks)
            .arg("--more")
            .arg(&runtime)
            .arg("--train")
            .arg(workspace.root().join("deploy/models/base.json"))
            .args(split)
            .arg("--out")
            .arg(&out),
    )?;
    println!("{}", out.join("report.html").display());
    Ok(ExitCode::SUCCESS)
}
