//! The dashboards as files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::house::tool;
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

impl Query {
    /// As Grafana would send it over an hour of the simulated stove.
    pub(crate) fn substituted(&self) -> String {
        // Four scrapes, or the panel's least step and a scrape.
        let range = match self.interval.as_deref() {
            None => "4s",
            Some("15s") => "16s",
            Some("1m") => "61s",
            Some(other) => panic!("{}: {other}", self.panel),
        };
        self.expr
            .replace("$__rate_interval", range)
            .replace("$__range", "1h")
            .replace("$station", "stove")
            .replace("$site", "home")
    }
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

#[test]
fn scores_and_aspects_are_shown_while_hops_are_scored_and_not_what_a_standing_pipeline_said_last() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tests.yml");
    let shown = queries()
        .into_iter()
        .filter(|q| q.expr.contains("wokd_score{") || q.expr.contains("wokd_aspect{"));
    let mut asked = 0;
    for query in shown {
        let (name, value) = if query.expr.contains("wokd_score{") {
            ("wokd_score", 61.5)
        } else {
            ("wokd_aspect", 0.5)
        };
        // A pipeline that scores five hops a second for a minute, and then hangs while /metrics still answers.
        let tests = format!(
            "evaluation_interval: 1s\n\
             tests:\n\
             - interval: 1s\n  \
               input_series:\n  \
               - series: '{name}{{site=\"home\", station=\"stove\"}}'\n    \
                 values: \"{value}x120\"\n  \
               - series: 'wokd_windows_total{{site=\"home\", station=\"stove\", outcome=\"scored\"}}'\n    \
                 values: \"0+5x60 300x60\"\n  \
               promql_expr_test:\n  \
               - expr: '{expr}'\n    \
                 eval_time: 50s\n    \
                 exp_samples:\n    \
                 - labels: '{name}{{site=\"home\", station=\"stove\"}}'\n      \
                   value: {value}\n  \
               - expr: '{expr}'\n    \
                 eval_time: 110s\n    \
                 exp_samples: []\n",
            expr = query.substituted(),
        );
        fs::write(&file, tests).unwrap();
        succeeds(
            Command::new(tool("promtool"))
                .args(["test", "rules"])
                .arg(&file),
        );
        asked += 1;
    }
    assert_eq!(
        asked, 4,
        "score, its course, and the aspects of two dashboards"
    );
}
