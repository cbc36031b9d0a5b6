//! `cargo xtask test`: everything that must hold, in one command.

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use crate::tally::Tally;
use crate::workspace::Workspace;
use crate::{setup, shell};

/// A step; what it counted, also where it failed.
struct Step {
    name: &'static str,
    run: fn(&Workspace, &mut Tally) -> Result<()>,
}

/// The steps in order: the quick ones first, and the first failure ends the run.
const STEPS: &[Step] = &[
    Step {
        name: "set-up",
        run: |workspace, _| setup::command(workspace, &[]).map(drop),
    },
    Step {
        name: "formatting",
        run: |workspace, tally| check(workspace.cargo().args(["fmt", "--all", "--check"]), tally),
    },
    Step {
        name: "clippy, default features",
        run: |workspace, tally| clippy(workspace, &[], tally),
    },
    Step {
        name: "clippy, all features",
        run: |workspace, tally| clippy(workspace, FEATURES, tally),
    },
    Step {
        name: "Rust and end-to-end tests",
        run: rust_tests,
    },
    Step {
        name: "C test",
        run: c_test,
    },
    Step {
        name: "Python tests",
        run: python_tests,
    },
];

/// What the packaged daemon and `cargo xtask demo` turn on, and whatever else can be.
const FEATURES: &[&str] = &["--all-features"];

/// Runs every step and ends with `N passed, M failed` alone on a line.
pub(crate) fn command(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    if let Some(unknown) = args.first() {
        bail!("test takes no '{unknown}'");
    }
    let mut total = Tally::default();
    let mut report = Vec::new();
    let mut failure = None;
    for step in STEPS {
        println!("\n=== {} ===", step.name);
        let start = Instant::now();
        let mut tally = Tally::default();
        let result = (step.run)(workspace, &mut tally);
        if result.is_err() && tally.failed == 0 {
            // The step itself is what failed.
            tally.failed = 1;
        }
        total += tally;
        report.push((step.name, start.elapsed(), tally));
        if let Err(error) = result {
            failure = Some((step.name, error));
            break;
        }
    }
    println!("\n=== summary ===");
    for (name, time, tally) in report {
        println!("{name:<28} {:>9}  {tally}", seconds(time));
    }
    let code = match failure {
        Some((name, error)) => {
            println!("stopped at '{name}': {error:#}");
            ExitCode::FAILURE
        }
        None => ExitCode::SUCCESS,
    };
    println!("{total}");
    Ok(code)
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// A command that is one check.
fn check(command: &mut Command, tally: &mut Tally) -> Result<()> {
    shell::run(command)?;
    *tally += Tally::ONE;
    Ok(())
}

fn clippy(workspace: &Workspace, features: &[&str], tally: &mut Tally) -> Result<()> {
    check(
        workspace
            .cargo()
            .args(["clippy", "--workspace", "--all-targets"])
            .args(features)
            .args(["--", "--deny", "warnings"]),
        tally,
    )
}

/// A command that runs tests and prints how many passed.
fn counted(command: &mut Command, tally: &mut Tally) -> Result<()> {
    let succeeded = shell::tee(command, |line| tally.see(line))?;
    ensure!(
        succeeded && tally.failed == 0,
        "`{}` failed",
        shell::show(command)
    );
    ensure!(tally.passed > 0, "`{}` ran no test", shell::show(command));
    Ok(())
}

fn rust_tests(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let library = setup::onnxruntime::provide(workspace)?;
    counted(
        workspace
            .cargo()
            .args(["test", "--workspace", "--no-fail-fast"])
            .args(FEATURES)
            .env(setup::onnxruntime::VARIABLE, library),
        tally,
    )
}

/// Compiles the C header's test with the machine's compiler and runs it on the frozen vectors.
fn c_test(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let folder = workspace.root().join("firmware-interfaces/woklink");
    let program = workspace.target()?.join("woklink_test_vectors");
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    shell::run(
        workspace
            .command(compiler)
            .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-O1"])
            .arg(folder.join("test_vectors.c"))
            .arg("-o")
            .arg(&program),
    )?;
    let mut vectors: Vec<PathBuf> = Vec::new();
    for version in std::fs::read_dir(folder.join("vectors"))? {
        for vector in std::fs::read_dir(version?.path())? {
            vectors.push(vector?.path());
        }
    }
    vectors.sort();
    let mut command = workspace.command(program);
    for vector in &vectors {
        command.arg(vector.strip_prefix(workspace.root())?);
    }
    counted(&mut command, tally)?;
    ensure!(
        tally.passed as usize == vectors.len(),
        "there are {} vectors, and {tally}",
        vectors.len()
    );
    Ok(())
}

fn python_tests(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let library = setup::onnxruntime::provide(workspace)?;
    counted(
        workspace
            .command(workspace.python())
            .args(["-m", "pytest", "-q", "training/tests"])
            .env(setup::onnxruntime::VARIABLE, library),
        tally,
    )
}
