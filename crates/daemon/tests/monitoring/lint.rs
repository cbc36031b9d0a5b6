//! The rules of Grafana's dashboard linter (github.com/grafana/dashboard-linter), as far as they make sense here, and
//! some of our own. `site` and `station` stand for its `job` and `instance`: they say which kitchen and which stove,
//! whatever address is scraped.

use serde_json::{Value, json};

use crate::dashboards::{items, queries, shipped, string};
use crate::{assert_known, is_chinese};

#[test]
fn dashboards_have_stable_names_and_variables_instead_of_a_fixed_source() {
    let dashboards = shipped();
    let uids: Vec<&str> = dashboards.iter().map(|d| string(d, "uid")).collect();
    // Links and bookmarks live on these.
    assert_eq!(
        uids,
        [
            "wokd-clocks",
            "wokd-history",
            "wokd-inference",
            "wokd-live",
            "wokd-rig"
        ]
    );
    for dashboard in &dashboards {
        let variables = items(&dashboard["templating"], "list");
        let names: Vec<&str> = variables.iter().map(|v| string(v, "name")).collect();
        assert_eq!(names, ["datasource", "site", "station"]);
        assert_eq!(string(&variables[0], "type"), "datasource");
        assert_eq!(string(&variables[0], "query"), "prometheus");
        for variable in &variables[1..] {
            assert_eq!(
                variable["refresh"], 2,
                "{variable}: anew when the time range changes"
            );
            assert_known(string(&variable["query"], "query"));
        }
        assert!(is_chinese(string(dashboard, "title")));
        sources_are_the_variable(dashboard);
    }
}

/// No data source anywhere in a value but the variable.
fn sources_are_the_variable(value: &Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if key == "datasource" {
                    assert_eq!(
                        *value,
                        json!({"type": "prometheus", "uid": "${datasource}"})
                    );
                }
                sources_are_the_variable(value);
            }
        }
        Value::Array(list) => list.iter().for_each(sources_are_the_variable),
        _ => {}
    }
}

#[test]
fn panels_say_what_they_show_in_what_unit_and_what_their_lines_are() {
    for dashboard in shipped() {
        let mut seen = Vec::new();
        for panel in items(&dashboard, "panels") {
            let (title, defaults) = (string(panel, "title"), &panel["fieldConfig"]["defaults"]);
            assert!(!title.is_empty() && !seen.contains(&title), "{title}");
            seen.push(title);
            assert!(
                string(panel, "description").len() > 20,
                "{title}: description"
            );
            assert!(!panel["datasource"].is_null(), "{title}: source");
            assert!(!string(defaults, "unit").is_empty(), "{title}: unit");
            assert!(is_chinese(string(defaults, "noValue")), "{title}: no data");
            assert!(
                !items(&defaults["thresholds"], "steps").is_empty(),
                "{title}"
            );
            if ["timeseries", "state-timeline"].contains(&string(panel, "type")) {
                assert_eq!(
                    panel["options"]["legend"]["showLegend"], true,
                    "{title}: legend"
                );
            }
            // A gap in what is known is a gap in the line.
            assert_ne!(defaults["custom"]["spanNulls"], true, "{title}");
            assert!(!items(panel, "targets").is_empty(), "{title}: queries");
            for target in items(panel, "targets") {
                assert!(
                    !string(target, "legendFormat").is_empty(),
                    "{title}: name of a line"
                );
            }
            if ["wokd-live", "wokd-history"].contains(&string(&dashboard, "uid")) {
                assert!(is_chinese(title), "{title}: a cook reads it");
            }
        }
    }
}

#[test]
fn panels_lie_side_by_side() {
    for dashboard in shipped() {
        let at = |panel: &Value, key: &str| panel["gridPos"][key].as_u64().unwrap();
        let panels = items(&dashboard, "panels");
        for (i, a) in panels.iter().enumerate() {
            assert!(at(a, "x") + at(a, "w") <= 24);
            for b in &panels[i + 1..] {
                let overlap = |start, length| {
                    at(a, start) < at(b, start) + at(b, length)
                        && at(b, start) < at(a, start) + at(a, length)
                };
                assert!(
                    !(overlap("x", "w") && overlap("y", "h")),
                    "{} and {}",
                    a["title"],
                    b["title"]
                );
                assert_ne!(a["id"], b["id"]);
            }
        }
    }
}

#[test]
fn queries_ask_for_what_there_is_of_the_chosen_site_over_a_range_that_fits_the_screen() {
    for query in queries() {
        let (panel, expr) = (&query.panel, &query.expr);
        assert_known(expr);
        let of_all = expr.starts_with("up{job=\"wokd\"}") || expr.contains("ALERTS{");
        assert!(of_all || expr.contains("site=\"$site\""), "{panel}: {expr}");
        for range in expr.split('[').skip(1) {
            let range = range.split(']').next().unwrap();
            assert!(
                ["$__rate_interval", "$__range"].contains(&range),
                "{panel}: {expr}"
            );
        }
    }
}

#[test]
fn colours_are_those_that_everybody_tells_apart() {
    /// M. Okabe and K. Ito, Color Universal Design (2008), and a grey for what says nothing.
    const PALETTE: [&str; 8] = [
        "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#8C8C8C",
    ];
    fn check(value: &Value) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    if let (true, Some(colour)) =
                        (["color", "fixedColor"].contains(&&**key), value.as_str())
                    {
                        assert!(PALETTE.contains(&colour), "{colour}");
                    }
                    check(value);
                }
            }
            Value::Array(list) => list.iter().for_each(check),
            _ => {}
        }
    }
    shipped().iter().for_each(check);
}
