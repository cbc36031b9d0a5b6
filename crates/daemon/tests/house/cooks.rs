//! Simulated cooks as the subcommands write them.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Has `wokd features` or `wokd rehearse` write validation cooks of the shortest dish into a folder; gives its index.
#[track_caller]
pub(crate) fn written(subcommand: &str, out: &Path, options: &[&str]) -> Value {
    let said = Command::new(env!("CARGO_BIN_EXE_wokd"))
        .args([subcommand, "--dish", "egg-fried-rice", "--split", "val"])
        .args(options)
        .arg("--out")
        .arg(out)
        .output()
        .unwrap();
    assert!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
    serde_json::from_slice(&fs::read(out.join("index.json")).unwrap()).unwrap()
}
