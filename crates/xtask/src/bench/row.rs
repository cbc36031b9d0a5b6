//! A measured row, its verdict and its forms.

use serde_json::{Value, json};

use super::targets::Bound;

/// Begins the note of a row that this machine cannot measure.
pub(crate) const NOT_RUN: &str = "not run";

/// A figure and what it is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// What was measured.
    pub(crate) name: String,
    /// The figure; `None` where the measurement failed or was not run.
    pub(crate) value: Option<f64>,
    /// Of the value, the target and the peer's value.
    pub(crate) unit: String,
    /// What it is to reach.
    pub(crate) bound: Bound,
    /// Other programs measured beside it on the same machine.
    pub(crate) peers: Vec<Peer>,
    /// Who was measured, where a peer's script says so, and what ours is on the very same.
    pub(crate) of: Option<String>,
    pub(crate) ours: Option<f64>,
    /// Why there is no figure.
    pub(crate) note: Option<String>,
}

/// Another program's figure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) value: f64,
    /// Ours over theirs.
    pub(crate) ratio: Option<f64>,
}

impl Row {
    /// A row that has no figure.
    pub(crate) fn failed(name: &str, unit: &str, bound: Bound, why: &str) -> Self {
        Self {
            name: name.to_owned(),
            value: None,
            unit: unit.to_owned(),
            bound,
            peers: vec![],
            of: None,
            ours: None,
            note: Some(why.to_owned()),
        }
    }

    /// From a line that an example printed; `None` for a line that is no row.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let line: Value = serde_json::from_str(line).ok()?;
        let mut name = line["name"].as_str()?.to_owned();
        let provider = line["provider"].as_str().unwrap_or("cpu");
        if provider != "cpu" {
            name.insert_str(0, "gpu_");
        }
        if let (Some(batch), true) = (
            line["batch"].as_u64(),
            name.contains("batch_") || name.ends_with("_steps"),
        ) {
            name = format!("{name}_{batch}");
        }
        let of = line["peer"].as_str().map(str::to_owned);
        let peer_value = line["peer_value"].as_f64();
        let value = line["value"].as_f64()?;
        let peer = of.clone().zip(peer_value).map(|(name, peer)| Peer {
            name,
            value: peer,
            ratio: Some(value / peer),
        });
        Some(Self {
            name,
            value: Some(value),
            unit: line["unit"].as_str()?.to_owned(),
            bound: Bound::Reported,
            peers: peer.into_iter().collect(),
            ours: line["ours"].as_f64(),
            of: of.filter(|_| peer_value.is_none()),
            note: None,
        })
    }

    /// Whether the target was reached; `None` where there is no target.
    pub(crate) fn reached(&self) -> Option<bool> {
        match self.bound {
            Bound::AtMost(target) => Some(self.value.is_some_and(|value| value <= target)),
            Bound::AtLeast(target) => Some(self.value.is_some_and(|value| value >= target)),
            Bound::Reported => None,
        }
    }

    /// Whether it has its figure, or could not have one on this machine.
    pub(crate) fn is_settled(&self) -> bool {
        let not_run = |note: &String| note.starts_with(NOT_RUN);
        self.value.is_some() || self.note.as_ref().is_some_and(not_run)
    }

    fn target(&self) -> Option<f64> {
        match self.bound {
            Bound::AtMost(target) | Bound::AtLeast(target) => Some(target),
            Bound::Reported => None,
        }
    }

    /// As an element of the JSON file. `note` is there only where there is no value.
    pub(crate) fn to_json(&self) -> Value {
        let peers = self
            .peers
            .iter()
            .map(|peer| json!({"name": peer.name, "value": peer.value, "ratio": peer.ratio}));
        let mut object = json!({
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "target": self.target(),
            "reached": self.reached(),
            "peers": peers.collect::<Vec<_>>(),
        });
        if let Some(note) = &self.note {
            object["note"] = json!(note);
        }
        object
    }

    /// As a line of the table.
    pub(crate) fn to_line(&self) -> String {
        let value = self.value.map_or_else(|| "-".to_owned(), number);
        let target = match self.bound {
            Bound::AtMost(target) => format!("≤ {}", number(target)),
            Bound::AtLeast(target) => format!("≥ {}", number(target)),
            Bound::Reported => String::new(),
        };
        let verdict = match (self.value, self.reached()) {
            (None, _) => "no figure",
            (_, Some(true)) => "reached",
            (_, Some(false)) => "MISSED",
            (_, None) => "",
        };
        let mut line = format!(
            "{:<28} {value:>10} {:<12} {target:<9} {verdict:<9}",
            self.name, self.unit
        );
        for peer in &self.peers {
            line.push_str(&format!(" {}: {}", peer.name, number(peer.value)));
            if let Some(ratio) = peer.ratio {
                line.push_str(&format!(" (×{})", number(ratio)));
            }
        }
        if let Some(note) = &self.note {
            line.push_str(&format!(" {note}"));
        }
        line.trim_end().to_owned()
    }
}

/// Three digits or more, and no needless ones.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_examples_become_rows() {
        let check = |line: &str, expect: Option<(&str, f64, &str)>| {
            let row = Row::parse(line);
            let seen = row
                .as_ref()
                .map(|row| (row.name.as_str(), row.value.unwrap(), row.unit.as_str()));
            assert_eq!(seen, expect, "{line}");
        };
        check(
            r#"{"name":"speed","value":12.5,"unit":"x real time"}"#,
            Some(("speed", 12.5, "x real time")),
        );
        check(
            r#"{"name":"model_step_p50","value":1,"unit":"ms","provider":"cpu","batch":1}"#,
            Some(("model_step_p50", 1.0, "ms")),
        );
        check(
            r#"{"name":"model_batch_p50","value":1,"unit":"ms","provider":"cuda:0","batch":64}"#,
            Some(("gpu_model_batch_p50_64", 1.0, "ms")),
        );
        check(r#"{"name":"speed","value":"fast","unit":"x"}"#, None);
        check("12 bytes emitted", None);
        check("", None);
    }

    #[test]
    fn a_bound_is_kept_or_missed() {
        let check = |value: Option<f64>, bound, expect| {
            let mut row = Row::failed("a", "ms", bound, "");
            row.value = value;
            assert_eq!(row.reached(), expect);
        };
        check(Some(3.0), Bound::AtMost(3.0), Some(true));
        check(Some(3.1), Bound::AtMost(3.0), Some(false));
        check(Some(200.0), Bound::AtLeast(200.0), Some(true));
        check(Some(199.0), Bound::AtLeast(200.0), Some(false));
        check(None, Bound::AtMost(3.0), Some(false));
        check(None, Bound::AtLeast(3.0), Some(false));
        check(Some(1.0), Bound::Reported, None);
    }

    #[test]
    fn the_json_has_all_keys_and_the_ratio_to_the_peer() {
        let line = r#"{"name":"a","value":6,"unit":"MB/s","peer":"other","peer_value":3}"#;
        let row = Row::parse(line).unwrap();
        assert_eq!(
            row.to_json(),
            json!({"name": "a", "value": 6.0, "unit": "MB/s", "target": null, "reached": null,
                "peers": [{"name": "other", "value": 3.0, "ratio": 2.0}]})
        );
        let failed = Row::failed("b", "ms", Bound::AtMost(1.0), "it is not there");
        assert_eq!(
            failed.to_json(),
            json!({"name": "b", "value": null, "unit": "ms", "target": 1.0, "reached": false,
                "peers": [], "note": "it is not there"})
        );
    }
}
