//! What is in a message: flat JSON.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;
use wok_core::crossmodal::Pair;
use wok_core::cue::CueEvent;
use wok_core::hop::Presence;
use wok_core::time::{HostTime, MS};
use wok_core::verdict::{Aspect, StreamKind, Verdict};

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

/// A turn in the life of a cue: what to do, how sure, why, and until when it is worth doing.
#[must_use]
pub fn cue(report: &Report<'_>, cue: &CueEvent) -> Vec<u8> {
    let causes: Vec<_> = cue
        .causes
        .iter()
        .map(|cause| json!({ "id": cause.as_str(), "en": cause.en(), "zh": cause.zh() }))
        .collect();
    let utc_ms = |at: HostTime| report.time_ms + (at - report.verdict.end) / MS;
    json!({
        "time": report.time_ms,
        "seq": report.seq,
        "session": report.bridge.session,
        "simulated": report.bridge.simulated,
        "event_type": cue.kind.as_str(),
        "zh": cue.kind.zh(),
        "id": cue.id,
        "type": cue.change.as_str(),
        "confidence": thousandths(cue.confidence),
        "causes": causes,
        "fired_at": utc_ms(cue.fired),
        "expires_at": utc_ms(cue.expires),
    })
    .to_string()
    .into_bytes()
}

/// Something that is wrong with a station and that somebody should know of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// The same from its beginning to its end, and no other's in the session.
    pub id: u32,
    event_type: &'static str,
    severity: &'static str,
    cause: (&'static str, String, String),
}

impl Alarm {
    /// Two streams of a station disagree about when the chef tosses.
    #[must_use]
    pub fn disagreement(id: u32, pair: Pair) -> Self {
        let (late, against) = pair.streams();
        let (one, other) = (late.as_str(), against.as_str());
        let zh = |stream: StreamKind| match stream {
            StreamKind::Eeg => "脑电",
            StreamKind::Thermal => "热像",
            StreamKind::Audio => "声音",
            StreamKind::Aux => "辅助",
        };
        let en = format!(
            "{one} and {other} disagree about when the chef tosses; `wokd align` measures by how much"
        );
        let zh = format!(
            "{}与{}对颠勺的时间不一致，请用 wokd align 校准",
            zh(late),
            zh(against)
        );
        Self {
            id,
            event_type: "streams_disagree",
            severity: "warning",
            cause: (pair.as_str(), en, zh),
        }
    }
}

/// A turn in the life of an alarm: `new`, `update` or `end`. `seq` rises with every one of the session.
#[must_use]
pub fn alarm(bridge: &Bridge, time_ms: i64, seq: u64, alarm: &Alarm, change: &str) -> Vec<u8> {
    let (id, en, zh) = &alarm.cause;
    json!({
        "time": time_ms,
        "seq": seq,
        "session": bridge.session,
        "simulated": bridge.simulated,
        "event_type": alarm.event_type,
        "id": alarm.id,
        "type": change,
        "severity": alarm.severity,
        "causes": [{ "id": id, "en": en, "zh": zh }],
    })
    .to_string()
    .into_bytes()
}

/// A hop's score, 0–100 with its 80 % interval, and why. A hop without a score has no number that
/// could be taken for one: `unscored` says why.
pub fn score(report: &Report<'_>, out: &mut Vec<u8>) {
    out.clear();
    // Writing numbers and names into a vector cannot fail.
    let _ = serde_json::to_writer(out, &Score(report));
}

/// Written entry by entry, without a tree of values in between.
struct Score<'a>(&'a Report<'a>);

impl Serialize for Score<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Report {
            bridge,
            verdict,
            seq,
            time_ms,
            ..
        } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("time", time_ms)?;
        map.serialize_entry("seq", seq)?;
        map.serialize_entry("session", &bridge.session)?;
        map.serialize_entry("edition", &bridge.edition)?;
        map.serialize_entry("calibrated", &false)?;
        map.serialize_entry("simulated", &bridge.simulated)?;
        match &verdict.outcome {
            Ok(output) => {
                map.serialize_entry("technique_score", &tenths(output.score[2]))?;
                map.serialize_entry("low", &tenths(output.score[0]))?;
                map.serialize_entry("high", &tenths(output.score[4]))?;
                for aspect in Aspect::ALL {
                    let value = thousandths(output.aspects[aspect.index()]);
                    map.serialize_entry(aspect.as_str(), &value)?;
                }
                if let Some((phase, probability)) = verdict.phase() {
                    map.serialize_entry("phase", phase.as_str())?;
                    map.serialize_entry("phase_probability", &thousandths(probability))?;
                }
            }
            Err(why) => map.serialize_entry("unscored", why.as_str())?,
        }
        for stream in StreamKind::ALL {
            if verdict.presence[stream.index()] != Presence::Absent {
                let value = thousandths(verdict.quality[stream.index()]);
                map.serialize_entry(quality_key(stream), &value)?;
            }
        }
        map.serialize_entry("degraded", &verdict.is_degraded())?;
        map.serialize_entry("missing", &Missing(verdict))?;
        let measured = verdict.measured;
        for (key, value) in [
            ("wall_celsius", measured.wall_celsius),
            ("toss_hz", measured.toss_hz),
            ("wok_hei_index", measured.wok_hei),
            ("dose_seconds", measured.dose_seconds),
        ] {
            if let Some(value) = value {
                map.serialize_entry(key, &tenths(value))?;
            }
        }
        map.end()
    }
}

/// The names of the streams that a hop should have had and had not.
struct Missing<'a>(&'a Verdict);

impl Serialize for Missing<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.missing().map(StreamKind::as_str))
    }
}

const fn quality_key(stream: StreamKind) -> &'static str {
    match stream {
        StreamKind::Eeg => "quality_eeg",
        StreamKind::Thermal => "quality_thermal",
        StreamKind::Audio => "quality_audio",
        StreamKind::Aux => "quality_aux",
    }
}

fn tenths(value: f32) -> f64 {
    (f64::from(value) * 10.0).round() / 10.0
}

fn thousandths(value: f32) -> f64 {
    (f64::from(value) * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};
    use wok_core::cue::{Cause, Causes, Change};
    use wok_core::time::SECOND;
    use wok_core::verdict::CueKind;

    use super::*;
    use crate::sinks::testing::{bridge, scored, unscored};

    fn said(verdict: &Verdict) -> Value {
        let bridge = bridge();
        let report = Report {
            bridge: &bridge,
            verdict,
            seq: 9,
            time_ms: 1500,
            latency: Duration::ZERO,
        };
        let mut out = b"left over".to_vec();
        score(&report, &mut out);
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn a_scored_hop_says_how_much_how_sure_and_by_whom() {
        let said = said(&scored(61.54));
        for (key, value) in [
            ("time", json!(1500)),
            ("seq", json!(9)),
            ("session", json!("s1")),
            ("edition", json!("base")),
            ("calibrated", json!(false)),
            ("simulated", json!(true)),
            ("technique_score", json!(61.5)),
            ("low", json!(41.5)),
            ("high", json!(81.5)),
            ("quality_audio", json!(0.9)),
            ("quality_thermal", json!(1.0)),
            ("wall_celsius", json!(212.3)),
            ("missing", json!([])),
        ] {
            assert_eq!(said[key], value, "{key} in {said}");
        }
        assert!(said.get("unscored").is_none() && said.get("quality_eeg").is_none());
    }

    #[test]
    fn a_cue_says_what_why_and_until_when() {
        let bridge = bridge();
        let verdict = scored(50.0);
        let report = Report {
            bridge: &bridge,
            verdict: &verdict,
            seq: 9,
            time_ms: 10_000,
            latency: Duration::ZERO,
        };
        let event = CueEvent {
            kind: CueKind::FlameOff,
            id: 3,
            change: Change::New,
            confidence: 0.6666,
            causes: Causes::default().with(Cause::LongEnough),
            fired: verdict.end,
            expires: verdict.end + 12 * SECOND,
        };
        let said: Value = serde_json::from_slice(&cue(&report, &event)).unwrap();
        assert_eq!(
            said,
            json!({
                "time": 10_000, "seq": 9, "session": "s1", "simulated": true,
                "event_type": "flame_off", "zh": "熄火", "id": 3, "type": "new", "confidence": 0.667,
                "causes": [{ "id": "long_enough", "en": Cause::LongEnough.en(), "zh": "时间已到" }],
                "fired_at": 10_000, "expires_at": 22_000,
            })
        );
    }

    #[test]
    fn a_hop_without_a_score_has_no_number_that_looks_like_one() {
        let said = said(&unscored());
        assert_eq!(said["unscored"], json!("blind"));
        for key in [
            "technique_score",
            "home_taste",
            "low",
            "high",
            "phase",
            "wok_hei",
        ] {
            assert!(said.get(key).is_none(), "{key} in {said}");
        }
    }
}
