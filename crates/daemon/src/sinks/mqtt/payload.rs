//! What is in a message: flat JSON.

use serde_json::{Map, Value, json};
use wok_core::hop::Presence;
use wok_core::verdict::{Aspect, StreamKind};

use super::{Bridge, Report};

/// `{"state":"online"}` or `{"state":"offline"}`.
#[must_use]
pub const fn state(online: bool) -> &'static [u8] {
    if online {
        br#"{"state":"online"}"#
    } else {
        br#"{"state":"offline"}"#
    }
}

/// What runs here.
#[must_use]
pub fn info(bridge: &Bridge) -> Vec<u8> {
    json!({
        "version": bridge.version,
        "site": bridge.site.name,
        "edition": bridge.edition,
        "model_sha256": bridge.model_sha256,
        "provider": bridge.provider,
        "runtime": bridge.runtime,
        "session": bridge.session,
        "simulated": bridge.simulated,
    })
    .to_string()
    .into_bytes()
}

/// A hop's score, 0–100 with its 90 % interval, and why. A hop without a score has no number that
/// could be taken for one: `unscored` says why.
pub fn score(report: &Report<'_>, out: &mut Vec<u8>) {
    let (bridge, verdict) = (report.bridge, report.verdict);
    let mut map = Map::new();
    let mut put = |key: &str, value: Value| {
        map.insert(key.to_owned(), value);
    };
    put("time", json!(report.time_ms));
    put("seq", json!(report.seq));
    put("session", json!(bridge.session));
    put("edition", json!(bridge.edition));
    put("calibrated", json!(false));
    put("simulated", json!(bridge.simulated));
    match &verdict.outcome {
        Ok(output) => {
            put("technique_score", tenths(output.score[2]));
            put("low", tenths(output.score[0]));
            put("high", tenths(output.score[4]));
            for aspect in Aspect::ALL {
                put(aspect.as_str(), thousandths(output.aspects[aspect.index()]));
            }
            if let Some((phase, probability)) = verdict.phase() {
                put("phase", json!(phase.as_str()));
                put("phase_probability", thousandths(probability));
            }
        }
        Err(why) => put("unscored", json!(why.as_str())),
    }
    for stream in StreamKind::ALL {
        if verdict.presence[stream.index()] != Presence::Absent {
            put(
                &format!("quality_{}", stream.as_str()),
                thousandths(verdict.quality[stream.index()]),
            );
        }
    }
    put("degraded", json!(verdict.is_degraded()));
    put(
        "missing",
        json!(
            verdict
                .missing()
                .map(StreamKind::as_str)
                .collect::<Vec<_>>()
        ),
    );
    let measured = verdict.measured;
    for (key, value) in [
        ("wall_celsius", measured.wall_celsius),
        ("toss_hz", measured.toss_hz),
        ("wok_hei_index", measured.wok_hei),
        ("dose_seconds", measured.dose_seconds),
    ] {
        if let Some(value) = value {
            put(key, tenths(value));
        }
    }
    out.clear();
    // Writing numbers and names into a vector cannot fail.
    let _ = serde_json::to_writer(out, &Value::Object(map));
}

fn tenths(value: f32) -> Value {
    json!((f64::from(value) * 10.0).round() / 10.0)
}

fn thousandths(value: f32) -> Value {
    json!((f64::from(value) * 1000.0).round() / 1000.0)
}
