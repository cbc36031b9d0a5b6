//! `cargo xtask test`: everything that must hold, in one command.

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::tally::Tally;
use crate::workspace::Workspace;
use crate::{setup, shell};

/// A step; what it counted, also where it failed.
struct Step {
    /// Names it on the command line; a name can have several steps.
    word: &'static str,
    name: &'static str,
    run: fn(&Workspace, &mut Tally) -> Result<()>,
}

/// The steps in order: the quick ones first, and the first failure ends the run.
const STEPS: &[Step] = &[
    Step {
        word: "setup",
        name: "set-up",
        run: |workspace, _| setup::command(workspace, &[]).map(drop),
    },
    Step {
        word: "fmt",
        name: "formatting",
        run: formatting,
    },
    Step {
        word: "clippy",
        name: "clippy, default features",
        run: |workspace, tally| clippy(workspace, &[], tally),
    },
    Step {
        word: "clippy",
        name: "clippy, all features",
        run: |workspace, tally| clippy(workspace, FEATURES, tally),
    },
    Step {
        word: "docs",
        name: "documentation",
        run: documentation,
    },
    Step {
        word: "rust",
        name: "Rust and end-to-end tests",
        run: rust_tests,
    },
    Step {
        word: "c",
        name: "C test",
        run: c_test,
    },
    Step {
        word: "python",
        name: "Python tests",
        run: python_tests,
    },
];

/// What the packaged daemon and `cargo xtask demo` turn on, and whatever else can be.
const FEATURES: &[&str] = &["--all-features"];

/// Runs every step and ends with `N passed, M failed` alone on a line.
pub(crate) fn command(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    let steps = chosen(args)?;
    let mut total = Tally::default();
    let mut report = Vec::new();
    let mut failure = None;
    for step in steps {
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

/// The steps that are named, or all.
fn chosen(args: &[String]) -> Result<Vec<&'static Step>> {
    if let Some(unknown) = args
        .iter()
        .find(|arg| STEPS.iter().all(|step| step.word != arg.as_str()))
    {
        let mut words: Vec<_> = STEPS.iter().map(|step| step.word).collect();
        words.dedup();
        bail!("'{unknown}' is no step; there are {}", words.join(", "));
    }
    let wanted = |step: &&Step| args.is_empty() || args.iter().any(|arg| arg == step.word);
    Ok(STEPS.iter().filter(wanted).collect())
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

/// Names the files that differ; `cargo fmt` shows how.
fn formatting(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let names_only = ["fmt", "--all", "--check", "--", "--files-with-diff"];
    check(workspace.cargo().args(names_only), tally).context("run `cargo fmt --all`")
}

fn clippy(workspace: &Workspace, features: &[&str], tally: &mut Tally) -> Result<()> {
    if !features.is_empty() {
        setup::alsa::provide(workspace)?;
    }
    check(
        workspace
            .cargo()
            .args(["clippy", "--workspace", "--all-targets"])
            .args(features)
            .args(["--", "--deny", "warnings"]),
        tally,
    )
}

/// Every link in the documentation leads somewhere.
fn documentation(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    check(
        workspace
            .cargo()
            .args([
                "doc",
                "--workspace",
                "--no-deps",
                "--all-features",
                "--quiet",
            ])
            .env("RUSTDOCFLAGS", "-D warnings"),
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

/// With everything at hand that the tests in `crates/*/tests` need.
fn rust_tests(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    setup::alsa::provide(workspace)?;
    setup::mosquitto::provide(workspace)?;
    setup::prometheus::provide(workspace)?;
    setup::faketime::provide(workspace)?;
    setup::grafana_types::provide(workspace)?;
    setup::systemd::provide(workspace)?;
    setup::packaging::provide(workspace)?;
    setup::linters::provide(workspace)?;
    setup::onnxruntime::provide_bundled(workspace)?;
    setup::python::provide(workspace)?;
    setup::homeassistant::provide(workspace)?;
    setup::asyncapi::provide(workspace)?;
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
    setup::python::provide(workspace)?;
    let library = setup::onnxruntime::provide(workspace)?;
    check(
        workspace
            .command(workspace.python())
            .args(["-m", "ruff", "check", "--quiet"])
            .args(["training", "deploy/grafana/generate"]),
        tally,
    )?;
    counted(
        workspace
            .command(workspace.python())
            .args(["-m", "pytest", "-q", "training/tests"])
            .env(setup::onnxruntime::VARIABLE, library),
        tally,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_choose_steps_and_no_word_chooses_all() {
        let check = |words: &str, expect: Option<&[&str]>| {
            let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
            let seen = chosen(&words).ok();
            let seen = seen.map(|steps| steps.iter().map(|step| step.word).collect::<Vec<_>>());
            assert_eq!(seen.as_deref(), expect);
        };
        let all = [
            "setup", "fmt", "clippy", "clippy", "docs", "rust", "c", "python",
        ];
        check("", Some(&all));
        check("c fmt", Some(&["fmt", "c"]));
        check("clippy", Some(&["clippy", "clippy"]));
        check("cargo", None);
    }
}
