//! Set-up, tests, demo and benchmarks of wokd: `cargo xtask help`.
//!
//! Everything that a fresh Debian machine with Rust and Python lacks is fetched here, never in a build script.

mod bench;
mod demo;
mod deny;
mod model_report;
mod notices;
mod package;
mod setup;
mod shell;
mod tally;
mod test;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::workspace::Workspace;

const HELP: &str = "\
cargo xtask COMMAND

  setup [toolchain|onnxruntime|alsa|mosquitto|prometheus|faketime|systemd|packaging|linters|python ...]
          fetch what the other commands need (all of it when nothing is named):
          ONNX Runtime from PyPI, checked by hash, into .cache/onnxruntime, and hadolint;
          Mosquitto, promtool, libfaketime, shellcheck, systemd's checkers and ALSA's headers from
          Debian; cargo-deb from crates.io; the Python tests' packages into .cache/venv;
          clippy and rustfmt by rustup
  test [setup|fmt|clippy|docs|rust|c|python ...]
          set up, then: formatting, clippy with warnings denied, documentation, all Rust tests
          with the end-to-end ones, the C test, the Python tests
          (only the steps that are named, where any is)
  demo [ARGS ...]
          set ONNX Runtime up, build, and run `wokd demo ARGS`
  bench [NAME ...] [--json FILE]
          measure and compare with the targets; `cargo xtask bench help` lists names
  model-report [--share S] [--variant NAME ...]
          run held-out simulated cooks through the shipped model, hours of two cores without a share,
          and judge it: target/model-report/report.html
  package [ARGS ...]
          the Debian package with ONNX Runtime in it: target/debian/wokd_VERSION_ARCH.deb; ARGS are cargo-deb's
  deny    licences, bans and advisories, where cargo-deny is installed
  help    this text

ORT_DYLIB_PATH, where set, names the ONNX Runtime to use, and none is fetched.";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let rest: Vec<String> = words.collect();
    match run(&command, &rest) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nxtask {command}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &str, args: &[String]) -> Result<ExitCode> {
    if matches!(command, "" | "help" | "-h" | "--help") {
        println!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    let workspace = Workspace::find()?;
    match command {
        "setup" => setup::command(&workspace, args),
        "test" => test::command(&workspace, args),
        "demo" => demo::command(&workspace, args),
        "bench" => bench::command(&workspace, args),
        "package" => package::command(&workspace, args),
        "deny" => deny::command(&workspace),
        "model-report" => model_report::command(&workspace, args),
        other => bail!("there is no command '{other}'\n\n{HELP}"),
    }
}
