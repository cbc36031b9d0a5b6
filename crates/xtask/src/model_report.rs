//! `cargo xtask model-report`: held-out simulated cooks through the shipped model, and its gates.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{setup, shell};

/// What takes hours and is made by the commands of `training/README.md`: reported too where it lies in `target/model-report`.
const MORE: [&str; 3] = ["sounds.json", "probe.json", "bound.json"];
const BASELINES: [&str; 1] = ["baselines.json"];
const ABLATIONS: [&str; 2] = ["ablations-layers.json", "ablations-encoders.json"];
const LOG: [&str; 1] = ["flavorformer.jsonl"];

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
    let there = |names: &[&str]| -> Vec<PathBuf> {
        let files = names.iter().map(|name| out.join(name));
        files.filter(|file| file.exists()).collect()
    };
    let mut report = flavorformer(&["report"]);
    report.arg(&cooks).arg("--out").arg(&out).args(split);
    report.arg("--train");
    report.arg(workspace.root().join("deploy/models/base.json"));
    report.arg("--more").arg(&runtime).args(there(&MORE));
    for (option, names) in [
        ("--baselines", &BASELINES[..]),
        ("--ablations", &ABLATIONS),
        ("--log", &LOG),
    ] {
        let files = there(names);
        if !files.is_empty() {
            report.arg(option).args(files);
        }
    }
    shell::run(&mut report)?;
    println!("{}", out.join("report.html").display());
    Ok(ExitCode::SUCCESS)
}
