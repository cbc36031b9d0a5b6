//! What a real Home Assistant makes of the discovery messages and of what the daemon says, by a real Mosquitto.
//!
//! It is Home Assistant's core with its own MQTT integration, without its page and other integrations.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what a test cannot have, it fails by"
)]

mod home;
#[path = "../house/mod.rs"]
mod house;

use std::time::Duration;

use home::Home;
use house::stove::until;
use serde_json::{Value, json};
use wok_core::cue::{Cause, Causes, Change, CueEvent};
use wok_core::hop::Presence;
use wok_core::time::{HostTime, SECOND};
use wok_core::verdict::{CueKind, Measured, StreamKind, Unscored, Verdict};
use wok_infer::contract::zero_output;
use wokd::sinks::mqtt::discovery::{PREFIX, messages};
use wokd::sinks::{Bridge, Place, Report, payload};

const SCORE: &str = "wokd-home-STATION-stove-technique_score";

/// The bridge and all sensors say that they are there.
fn online(home: &Home, bridge: &Bridge) {
    home.retain("wok/home/bridge/state", payload::state(true));
    home.retain("wok/home/bridge/info", &payload::info(bridge));
    for sensor in ["audio", "thermal"] {
        let topic = format!("wok/home/stove/{sensor}/availability");
        home.retain(&topic, payload::state(true));
    }
}

fn bridge() -> Bridge {
    let place = |id: &str, name: &str| Place {
        id: id.into(),
        name: name.into(),
    };
    Bridge {
        site: place("home", "家"),
        stations: vec![(
            place("stove", "灶台"),
            vec![StreamKind::Audio, StreamKind::Thermal],
        )],
        version: "0.1.0",
        edition: "base".into(),
        model_sha256: "00".into(),
        provider: "cpu".into(),
        runtime: "1.27.0".into(),
        session: "s1".into(),
        simulated: true,
    }
}

fn unscored() -> Verdict {
    let end = HostTime::from_nanos(1_000 * SECOND);
    Verdict {
        station: 0,
        hop: 1,
        end,
        closed: end,
        presence: [
            Presence::Absent,
            Presence::Missing,
            Presence::Present,
            Presence::Absent,
        ],
        quality: [0.0, 0.0, 0.75, 0.0],
        measured: Measured::default(),
        outcome: Err(Unscored::Blind),
        cues: [None; CueKind::ALL.len()],
    }
}

fn scored() -> Verdict {
    let mut output = zero_output();
    output.score = [40.0, 50.0, 61.5, 70.0, 82.1];
    output.aspects[0] = 0.624;
    output.phase[2] = 1.0;
    Verdict {
        presence: [
            Presence::Absent,
            Presence::Present,
            Presence::Present,
            Presence::Absent,
        ],
        measured: Measured {
            wall_celsius: Some(212.34),
            toss_hz: Some(3.0),
            ..Measured::default()
        },
        outcome: Ok(output),
        ..unscored()
    }
}

fn report<'a>(bridge: &'a Bridge, verdict: &'a Verdict) -> Report<'a> {
    Report {
        bridge,
        verdict,
        seq: 0,
        time_ms: 1_000_000,
        latency: Duration::ZERO,
    }
}

fn state(bridge: &Bridge, verdict: &Verdict) -> Vec<u8> {
    let mut out = Vec::new();
    payload::score(&report(bridge, verdict), &mut out);
    out
}

fn cue(bridge: &Bridge, change: Change) -> Vec<u8> {
    let verdict = scored();
    let event = CueEvent {
        kind: CueKind::FlameOff,
        id: 3,
        change,
        confidence: 0.7,
        causes: Causes::default().with(Cause::Forecast),
        fired: verdict.end,
        expires: verdict.end + 5 * SECOND,
    };
    payload::cue(&report(bridge, &verdict), &event)
}

#[test]
fn home_assistant_finds_the_kitchen_and_shows_what_is_said_and_nothing_older() {
    let Some(mut home) = Home::new() else { return };
    let bridge = bridge();
    for (topic, payload) in messages(&bridge, "wok", PREFIX) {
        home.retain(&topic, &payload);
    }
    home.shows("wokd-home-BRIDGE-online", "unknown");
    online(&home, &bridge);
    let said = home.shows("wokd-home-BRIDGE-edition", "base");
    assert_eq!(said["device"], "wokd 家");
    home.shows("wokd-home-BRIDGE-online", "on");
    home.shows("wokd-home-STATION-stove-audio_online", "on");

    home.retain("wok/home/stove/state", &state(&bridge, &scored()));
    let score = home.shows(SCORE, "61.5");
    assert_eq!(score["device"], "灶台");
    assert_eq!(score["attributes"]["state_class"], "measurement");
    for (key, value) in [
        ("low", "40.0"),
        ("high", "82.1"),
        ("wok_hei", "62.4"),
        ("phase", "sear"),
        ("wall_celsius", "212.3"),
        ("toss_hz", "3.0"),
        ("wok_hei_index", "unknown"),
        ("quality_thermal", "75.0"),
        ("degraded", "off"),
    ] {
        home.shows(&format!("wokd-home-STATION-stove-{key}"), value);
    }

    // A hop without a score leaves no old number, and says what it misses.
    home.retain("wok/home/stove/state", &state(&bridge, &unscored()));
    for key in ["technique_score", "low", "wok_hei", "phase", "wall_celsius"] {
        home.shows(&format!("wokd-home-STATION-stove-{key}"), "unknown");
    }
    let degraded = home.shows("wokd-home-STATION-stove-degraded", "on");
    assert_eq!(degraded["attributes"]["missing"], json!(["audio"]));

    // A sensor that is gone takes its own values with it, and no others.
    home.retain("wok/home/stove/state", &state(&bridge, &scored()));
    home.retain("wok/home/stove/thermal/availability", payload::state(false));
    home.shows("wokd-home-STATION-stove-wall_celsius", "unavailable");
    home.shows("wokd-home-STATION-stove-thermal_online", "off");
    home.shows(SCORE, "61.5");

    // A bridge that is gone takes everything but the word that it is.
    home.retain("wok/home/bridge/state", payload::state(false));
    home.shows(SCORE, "unavailable");
    home.shows("wokd-home-BRIDGE-online", "off");
    home.retain("wok/home/bridge/state", payload::state(true));
    home.retain("wok/home/stove/state", &state(&bridge, &scored()));
    home.shows(SCORE, "61.5");
    // Nor does a number outlive the messages.
    home.shows(SCORE, "unavailable");

    let seen = home.look();
    assert_eq!(seen["dropped"], json!({}), "keys that no platform knows");
    assert_eq!(seen["warnings"], json!([]));
    assert_eq!(seen["devices"]["灶台"]["via"], "wokd 家");
    assert_eq!(seen["devices"].as_object().unwrap().len(), 2);
}

#[test]
fn a_cue_is_an_event_once_and_an_alarm_stands_until_it_is_over() {
    let Some(mut home) = Home::new() else { return };
    let bridge = bridge();
    for (topic, payload) in messages(&bridge, "wok", PREFIX) {
        home.retain(&topic, &payload);
    }
    online(&home, &bridge);
    let [cue_id, alarm_id] = ["cue", "alarm"].map(|key| format!("wokd-home-STATION-stove-{key}"));
    home.shows(&cue_id, "unknown");
    let topic = "wok/home/stove/cue";
    home.publish(topic, &cue(&bridge, Change::New), false);
    let mut fired = Value::Null;
    until("the cue", || {
        fired = home.look()["entities"][&cue_id].take();
        fired["attributes"]["event_type"] == "flame_off"
    });
    assert_eq!(fired["attributes"]["causes"][0]["id"], "forecast");
    for change in [Change::Update, Change::End] {
        home.publish(topic, &cue(&bridge, change), false);
    }

    let alarm = |kind: &str| {
        let alarm = json!({ "event_type": "smoking_oil", "id": 1, "type": kind, "severity": "warning", "causes": [] });
        alarm.to_string().into_bytes()
    };
    let topic = "wok/home/stove/alarm";
    home.retain(topic, &alarm("new"));
    let stands = home.shows(&alarm_id, "on");
    assert_eq!(stands["attributes"]["event_type"], "smoking_oil");
    home.retain(topic, &alarm("end"));
    home.shows(&alarm_id, "off");
    home.retain(topic, &alarm("new"));
    home.shows(&alarm_id, "on");
    home.retain(topic, b"");
    let over = home.shows(&alarm_id, "off");
    assert!(over["attributes"].get("severity").is_none(), "{over}");

    let seen = home.look();
    assert_eq!(
        seen["entities"][&cue_id]["state"], fired["state"],
        "fired again"
    );
    assert_eq!(seen["warnings"], json!([]));
}

#[test]
fn home_assistant_refuses_a_spoiled_message_so_the_others_were_understood() {
    let Some(mut home) = Home::new() else { return };
    let bridge = bridge();
    let (topic, payload) = messages(&bridge, "wok", PREFIX).pop().unwrap();
    let whole: Value = serde_json::from_slice(&payload).unwrap();
    let mut spoiled = 0;
    let mut refused = |home: &mut Home, spoil: &dyn Fn(&mut Value), word: &str| {
        let mut message = whole.clone();
        spoil(&mut message);
        // Another device each time, so that none is taken for an update.
        spoiled += 1;
        let topic = topic.replace("stove", &format!("stove{spoiled}"));
        home.retain(&topic, message.to_string().as_bytes());
        let warned = |home: &mut Home| {
            let warnings = home.look()["warnings"].take();
            warnings.as_array().unwrap().iter().any(|line| {
                let line = line.as_str().unwrap();
                line.contains(&format!("stove{spoiled}")) && line.contains(word)
            })
        };
        until(word, || warned(home));
        assert_eq!(home.look()["entities"], json!({}), "{word}");
    };
    refused(
        &mut home,
        &|message| {
            let score = &mut message["components"]["technique_score"];
            score.as_object_mut().unwrap().remove("unique_id");
        },
        "required key not provided @ data['components']['technique_score']['unique_id']",
    );
    refused(
        &mut home,
        &|message| message["components"]["technique_score"]["platform"] = json!("senser"),
        "value must be one of",
    );
    refused(
        &mut home,
        &|message| message["device"]["identifiers"] = json!([]),
        "at least one identifying value",
    );
    refused(
        &mut home,
        &|message| {
            message.as_object_mut().unwrap().remove("origin");
        },
        "required key not provided @ data['origin']",
    );
    refused(
        &mut home,
        &|message| message["device"]["colour"] = json!("red"),
        "extra keys not allowed",
    );

    // An entity with a key that its platform does not know is made without it, and here that is noticed.
    let mut message = whole.clone();
    message["components"]["technique_score"]["unit"] = json!("points");
    home.retain(&topic, message.to_string().as_bytes());
    home.shows(SCORE, "unavailable");
    let dropped = home.look()["dropped"].take();
    assert_eq!(
        dropped,
        json!({ format!("{topic} technique_score"): ["unit"] })
    );
}

#[test]
fn no_two_stations_of_any_two_sites_share_an_id() {
    let ids = |site: &str, stations: &[&str]| {
        let mut bridge = bridge();
        bridge.site.id = site.into();
        bridge.stations = stations
            .iter()
            .map(|id| {
                let place = Place {
                    id: (*id).into(),
                    name: (*id).into(),
                };
                (place, StreamKind::ALL.to_vec())
            })
            .collect();
        let messages = messages(&bridge, "wok", PREFIX);
        assert_eq!(messages.len(), 1 + stations.len());
        let mut ids = [Vec::new(), Vec::new()];
        for (topic, payload) in messages {
            let object_id = topic
                .strip_prefix("homeassistant/device/")
                .and_then(|rest| rest.strip_suffix("/config"))
                .unwrap();
            assert!(
                object_id
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)),
                "{object_id}"
            );
            ids[0].push(object_id.to_owned());
            let payload: Value = serde_json::from_slice(&payload).unwrap();
            for component in payload["components"].as_object().unwrap().values() {
                ids[1].push(component["unique_id"].as_str().unwrap().to_owned());
            }
        }
        ids
    };
    let sites = [
        ids("a", &["b-c", "b", "b-low", "bridge", "station-b"]),
        ids("a-b", &["c", "low", "b"]),
        ids("a-station", &["b"]),
    ];
    for of in 0..2 {
        let mut all: Vec<_> = sites.iter().flat_map(|ids| &ids[of]).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
