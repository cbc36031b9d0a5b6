//! What watches the daemon: Prometheus's rules, Grafana's dashboards, and the containers around them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helper functions too"
)]

mod compose;
mod dashboards;
mod lint;
mod live;
mod rules;
mod types;

#[path = "../house/mod.rs"]
mod house;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A file or folder of `deploy/`.
fn deploy(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../deploy")
        .join(name)
}

/// A text of `deploy/`.
fn text(name: &str) -> String {
    fs::read_to_string(deploy(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Runs a command that must succeed; gives what it wrote.
#[track_caller]
fn succeeds(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&stdout),
        String::from_utf8_lossy(&stderr),
    );
    assert!(status.success(), "{command:?}: {out}{err}");
    out.into_owned()
}

/// Whether something in a text is Chinese.
fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// The names in a text that begin with `wokd_` or are recorded by a rule.
fn metrics(text: &str) -> Vec<&str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'))
        .filter(|word| word.starts_with("wokd_") || word.contains(":wokd_"))
        .collect()
}

/// Every metric that is asked for is one of the daemon's, of the recording rules', or of those to come.
#[track_caller]
fn assert_known(query: &str) {
    /// Named by the project's conventions and not exported yet.
    const TO_COME: [&str; 1] = ["wokd_gpu_temperature_celsius"];
    let described = include_str!("../../src/sinks/metrics.rs");
    let recorded = text("prometheus/recording.rules.yml");
    for name in metrics(query) {
        let base = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix))
            .unwrap_or(name);
        assert!(
            described.contains(&format!("\"{base}\""))
                || recorded.contains(&format!("record: {name}\n"))
                || TO_COME.contains(&name),
            "nothing exports {name}: {query}"
        );
    }
}
