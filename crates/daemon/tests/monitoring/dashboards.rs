//! The dashboards as files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::{deploy, succeeds};

/// A panel's query.
#[derive(Debug)]
pub(crate) struct Query {
    /// `uid / title`.
    pub(crate) panel: String,
    /// As Grafana gets it, with its variables.
    pub(crate) expr: String,
    /// Least step of the panel, if it has one.
    pub(crate) interval: Option<String>,
}

/// The dashboards' texts by file name.
pub(crate) fn texts(folder: &Path) -> BTreeMap<String, String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// The dashboards that are shipped.
pub(crate) fn shipped() -> Vec<Value> {
    texts(&deploy("grafana/dashboards"))
        .values()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect()
}

/// An array in a JSON value.
#[track_caller]
pub(crate) fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key]
        .as_array()
        .unwrap_or_else(|| panic!("no {key} in {value}"))
}

/// A string in a JSON value; empty without it.
pub(crate) fn string<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// Every query of every panel.
pub(crate) fn queries() -> Vec<Query> {
    let mut queries = Vec::new();
    for dashboard in shipped() {
        for panel in items(&dashboard, "panels") {
            for target in items(panel, "targets") {
                queries.push(Query {
                    panel: format!("{} / {}", string(&dashboard, "uid"), string(panel, "title")),
                    expr: string(target, "expr").to_owned(),
                    interval: panel["interval"].as_str().map(str::to_owned),
                });
            }
        }
    }
    queries
}

#[test]
fn the_files_are_what_the_script_writes() {
    let fresh = tempfile::tempdir().unwrap();
    succeeds(
        Command::new("python3")
            .arg("-B")
            .arg(deploy("grafana/generate"))
            .arg(fresh.path()),
    );
    let (shipped, written) = (texts(&deploy("grafana/dashboards")), texts(fresh.path()));
    assert_eq!(
        shipped.keys().collect::<Vec<_>>(),
        written.keys().collect::<Vec<_>>()
    );
    for (name, text) in &shipped {
        assert!(
            *text == written[name],
            "{name} is another; run python3 deploy/grafana/generate"
        );
    }
}
