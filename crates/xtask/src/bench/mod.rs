//! `cargo xtask bench`: figures beside their targets, as a table and as JSON. Nothing fails by being slow.

mod gpu;
mod row;
mod targets;

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::workspace::Workspace;
use crate::{setup, shell};
use row::Row;
use targets::{BENCHES, Bench, Bound, Source};

/// Runs the benchmarks that are named, or all that do not ask to be.
pub(crate) fn command(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    let (names, json) = parse(args)?;
    if names.iter().any(|name| name == "help") {
        println!("{}", list());
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = Vec::new();
    for bench in chosen(&names)? {
        eprintln!("\n=== {}: {} ===", bench.name, bench.about);
        rows.extend(measure(workspace, bench));
    }
    println!();
    for row in &rows {
        println!("{}", row.to_line());
    }
    if let Some(path) = json {
        let array: Vec<Value> = rows.iter().map(Row::to_json).collect();
        let text = serde_json::to_string_pretty(&array)?;
        std::fs::write(&path, text + "\n")
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(if rows.iter().all(Row::is_settled) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn parse(args: &[String]) -> Result<(Vec<String>, Option<PathBuf>)> {
    let mut names = Vec::new();
    let mut json = None;
    let mut words = args.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" => json = Some(words.next().context("--json wants a file")?.into()),
            "--help" | "-h" => names.push("help".to_owned()),
            option if option.starts_with('-') => bail!("bench knows no {option}"),
            name => names.push(name.to_owned()),
        }
    }
    Ok((names, json))
}

fn chosen(names: &[String]) -> Result<Vec<&'static Bench>> {
    for name in names {
        ensure!(
            BENCHES.iter().any(|bench| bench.name == name),
            "there is no benchmark '{name}'\n{}",
            list()
        );
    }
    let wanted = |bench: &&Bench| match names {
        [] => !bench.only_when_named,
        names => names.iter().any(|name| name == bench.name),
    };
    Ok(BENCHES.iter().filter(wanted).collect())
}

fn list() -> String {
    let line = |bench: &Bench| {
        let when = if bench.only_when_named {
            " (only when named)"
        } else {
            ""
        };
        format!("  {:<10} {}{when}", bench.name, bench.about)
    };
    let lines: Vec<String> = BENCHES.iter().map(line).collect();
    format!("benchmarks:\n{}", lines.join("\n"))
}

/// The rows that the benchmark must give, each with its figure or with why there is none, then those beyond.
fn measure(workspace: &Workspace, bench: &Bench) -> Vec<Row> {
    let (mut measured, error) = match bench.source {
        Source::Example { .. } => example(workspace, &bench.source),
        Source::Beside { example } => beside_peers(workspace, example),
        Source::Build => build(workspace),
        Source::Gpu => gpu::measure(workspace),
    };
    if let Some((name, script)) = bench.peer {
        beside(workspace, name, script, &mut measured);
    }
    let why = error.map_or_else(
        || "the benchmark gave no such row".to_owned(),
        |error| format!("{error:#}"),
    );
    merge(bench, measured, &why)
}

/// Runs a script that measures peers right after, and puts its figures beside ours of the same name.
fn beside(workspace: &Workspace, name: &str, script: &str, measured: &mut [Row]) {
    let (peers, error) = match setup::python::provide(workspace) {
        Ok(()) => rows_of(workspace.command(workspace.python()).arg(script)),
        Err(error) => (vec![], Some(error)),
    };
    if let Some(error) = error {
        eprintln!("no peer: {error:#}");
    }
    for peer in peers {
        if let Some(row) = measured.iter_mut().find(|row| row.name == peer.name) {
            let Some(value) = peer.value else { continue };
            row.peers.push(row::Peer {
                name: peer.of.unwrap_or_else(|| name.to_owned()),
                value,
                // On the very same where it was measured so.
                ratio: peer.ours.or(row.value).map(|ours| ours / value),
            });
        }
    }
}

fn merge(bench: &Bench, mut measured: Vec<Row>, why: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for &(name, unit, bound) in bench.rows {
        let found = measured.iter().position(|row| row.name == name);
        rows.push(match found.map(|at| measured.remove(at)) {
            Some(row) if row.unit == unit => Row { bound, ..row },
            Some(row) => {
                let why = format!("measured in {}, but the target is in {unit}", row.unit);
                Row::failed(name, unit, bound, &why)
            }
            None => Row::failed(name, unit, bound, why),
        });
    }
    rows.extend(measured);
    rows
}

type Measured = (Vec<Row>, Option<anyhow::Error>);

/// Runs a command and takes the rows it prints; those before a failure count.
fn rows_of(command: &mut Command) -> Measured {
    let mut rows = Vec::new();
    let error = match shell::tee(command, |line| rows.extend(Row::parse(line))) {
        Ok(true) => None,
        Ok(false) => Some(anyhow::anyhow!("`{}` failed", shell::show(command))),
        Err(error) => Some(error),
    };
    (rows, error)
}

fn example(workspace: &Workspace, source: &Source) -> Measured {
    let Source::Example {
        package,
        example,
        features,
        model,
        args,
    } = source
    else {
        return (vec![], None);
    };
    let mut command = workspace.cargo();
    command.args(["run", "--quiet", "--release", "-p", package]);
    command.args(["--example", example]);
    if !features.is_empty() {
        command.args(["--features", features]);
    }
    command.arg("--").args(*args);
    if *model {
        match setup::onnxruntime::provide(workspace) {
            Ok(library) => command.env(setup::onnxruntime::VARIABLE, library),
            Err(error) => return (vec![], Some(error)),
        };
    }
    rows_of(&mut command)
}

fn beside_peers(workspace: &Workspace, example: &str) -> Measured {
    let ready =
        setup::python::provide(workspace).and_then(|()| setup::faketime::provide(workspace));
    if let Err(error) = ready {
        return (vec![], Some(error));
    }
    let mut command = workspace.cargo();
    command.args(["run", "--quiet", "--release", "-p", "wokd"]);
    rows_of(command.args(["--example", example]))
}

/// Times a release build of the workspace in a folder of its own.
fn build(workspace: &Workspace) -> Measured {
    match timed_build(workspace) {
        Ok(seconds) => {
            let mut row = Row::failed("clean_release_build", "s", Bound::Reported, "");
            row.value = Some(seconds);
            row.note = None;
            (vec![row], None)
        }
        Err(error) => (vec![], Some(error)),
    }
}

fn timed_build(workspace: &Workspace) -> Result<f64> {
    // The network is not to be timed.
    shell::run(workspace.cargo().arg("fetch"))?;
    let folder = workspace.target()?.join("clean-build");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let start = Instant::now();
    let built = shell::run(
        workspace
            .cargo()
            .args(["build", "--release", "--quiet", "--target-dir"])
            .arg(&folder),
    );
    let seconds = start.elapsed().as_secs_f64();
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    built.map(|()| seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_the_file_are_told_apart() {
        let words =
            |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        let (names, json) = parse(&words("decoders --json a.json model")).unwrap();
        assert_eq!(names, ["decoders", "model"]);
        assert_eq!(json, Some("a.json".into()));
        assert!(parse(&words("--json")).is_err());
        assert!(parse(&words("--fast")).is_err());
    }

    #[test]
    fn names_choose_and_no_name_chooses_the_quick_ones() {
        let check = |names: &[&str], expect: Option<&[&str]>| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            let seen = chosen(&names).ok();
            let seen = seen.map(|all| all.iter().map(|bench| bench.name).collect::<Vec<_>>());
            assert_eq!(seen.as_deref(), expect);
        };
        let quick = [
            "decoders",
            "simulator",
            "features",
            "pipeline",
            "model",
            "live",
            "lsl",
        ];
        check(&[], Some(&quick));
        check(&["gpu", "decoders"], Some(&["decoders", "gpu"]));
        check(&["decoder"], None);
    }

    #[test]
    fn rows_keep_their_targets_and_missing_ones_fail() {
        let bench = BENCHES.iter().find(|bench| bench.name == "model").unwrap();
        let lines = [
            r#"{"name":"model_load","value":80,"unit":"ms","provider":"cpu","batch":1}"#,
            r#"{"name":"model_step_p50","value":0.5,"unit":"ms","provider":"cpu","batch":1}"#,
        ];
        let measured = lines.iter().filter_map(|line| Row::parse(line)).collect();
        let rows = merge(bench, measured, "it stopped");
        let seen: Vec<_> = rows
            .iter()
            .map(|row| (row.name.as_str(), row.value, row.reached()))
            .collect();
        assert_eq!(
            seen,
            [
                ("model_step_p50", Some(0.5), Some(true)),
                ("model_step_p99", None, None),
                ("model_load", Some(80.0), None),
            ]
        );
        assert_eq!(rows[1].note.as_deref(), Some("it stopped"));
        let seconds =
            vec![Row::parse(r#"{"name":"model_step_p50","value":0.5,"unit":"s"}"#).unwrap()];
        assert_eq!(merge(bench, seconds, "")[0].reached(), Some(false));
    }

    #[test]
    fn every_row_has_one_bench() {
        let mut names: Vec<_> = BENCHES
            .iter()
            .flat_map(|bench| bench.rows)
            .map(|(name, _, _)| name)
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
