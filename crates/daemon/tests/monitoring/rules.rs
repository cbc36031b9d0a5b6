//! Prometheus's configuration, recording rules and alerts.

use std::process::Command;

use crate::house::tool;
use crate::{assert_known, deploy, is_chinese, succeeds, text};

fn promtool(args: &[&str]) -> String {
    let folder = deploy("prometheus");
    succeeds(
        Command::new(tool("promtool"))
            .args(args)
            .current_dir(folder),
    )
}

#[test]
fn promtool_takes_the_configuration_and_the_rules() {
    let said = promtool(&["check", "config", "--lint-fatal", "prometheus.yml"]);
    assert!(said.contains("2 rule files found"), "{said}");
    promtool(&[
        "check",
        "rules",
        "--lint-fatal",
        "recording.rules.yml",
        "alerts.rules.yml",
    ]);
}

#[test]
fn every_alert_fires_when_it_should_and_is_silent_when_it_should() {
    promtool(&["test", "rules", "tests.yml"]);
    let tests = text("prometheus/tests.yml");
    for (name, _) in alerts(&text("prometheus/alerts.rules.yml")) {
        let asked = format!("ALERTS{{alertname=\"{name}\", alertstate=\"firing\"");
        let cases: Vec<&str> = tests
            .split("- expr: ")
            .filter(|case| case.starts_with(&asked))
            .collect();
        let silent = cases.iter().filter(|c| c.contains("exp_samples: []"));
        assert!(silent.clone().count() > 0, "{name} is never seen silent");
        assert!(silent.count() < cases.len(), "{name} is never seen firing");
    }
}

#[test]
fn every_alert_says_how_grave_it_is_and_what_to_do_in_two_languages() {
    let rules = text("prometheus/alerts.rules.yml");
    assert_eq!(alerts(&rules).len(), 9);
    for (name, block) in alerts(&rules) {
        let value = |key: &str| {
            let of = |line: &str| {
                Some(
                    line.trim()
                        .strip_prefix(key)?
                        .strip_prefix(": ")?
                        .to_owned(),
                )
            };
            block.lines().find_map(of).unwrap_or_default()
        };
        assert!(
            ["critical", "warning"].contains(&&*value("severity")),
            "{name}"
        );
        for (key, chinese) in [
            ("summary", false),
            ("description", false),
            ("summary_zh", true),
            ("description_zh", true),
        ] {
            let said = value(key);
            assert!(said.len() > 20, "{name} has no {key}");
            assert!(!chinese || is_chinese(&said), "{name}: {key} is {said}");
        }
        assert_known(block);
    }
    let (_, swing) = alerts(&rules)
        .into_iter()
        .find(|(name, _)| *name == "WokdScoreSwinging")
        .unwrap();
    assert!(swing.contains("summary: \"水煮鱼异常 (boiled-fish anomaly)"));
    assert_known(&text("prometheus/recording.rules.yml"));
}

/// Alerts by name.
fn alerts(rules: &str) -> Vec<(&str, &str)> {
    rules
        .split("- alert: ")
        .skip(1)
        .map(|block| (block.lines().next().unwrap(), block))
        .collect()
}
