//! `deploy/asyncapi.yaml`, checked by AsyncAPI's own parser, and what a running daemon says, checked by it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what a test cannot have, it fails by"
)]

#[path = "../house/mod.rs"]
mod house;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use house::outlets::{bridge, unscored};
use house::stove::{Stove, until};
use house::{Subscriber, free_port, mosquitto};
use serde_json::{Value, json};
use wok_core::cue::{Cause, Causes, Change, CueEvent};
use wok_core::time::{HostTime, SECOND};
use wok_core::verdict::CueKind;
use wok_simulator::Headset;
use wokd::sinks::{Report, payload};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every problem that the parser has with the document, and the messages with it, a line each; the last
/// line says how many messages each channel had.
fn check(document: &str, messages: &[(String, Value)]) -> (Vec<String>, Value) {
    let packages = root().join(".cache/asyncapi");
    assert!(packages.exists(), "run `cargo xtask setup asyncapi`");
    let folder = tempfile::tempdir().unwrap();
    let [file, lines] = ["asyncapi.yaml", "messages"].map(|name| folder.path().join(name));
    fs::write(&file, document).unwrap();
    let text: String = messages
        .iter()
        .map(|message| json!(message).to_string() + "\n")
        .collect();
    fs::write(&lines, text).unwrap();
    let out = Command::new("node")
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/asyncapi/check.mjs"
        ))
        .args([packages, file])
        .stdin(fs::File::open(lines).unwrap())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(out.status.success());
    let text = String::from_utf8(out.stdout).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let counts = serde_json::from_str(&lines.pop().unwrap()).unwrap();
    (lines, counts)
}

fn document() -> String {
    fs::read_to_string(root().join("deploy/asyncapi.yaml")).unwrap()
}

/// Every cue that there is, as the daemon writes it.
fn cues() -> Vec<(String, Value)> {
    let bridge = bridge("s");
    let end = HostTime::from_nanos(1_000 * SECOND);
    let verdict = unscored(end, [None; CueKind::ALL.len()]);
    let report = Report {
        bridge: &bridge,
        verdict: &verdict,
        seq: 0,
        time_ms: 1_000_000,
        latency: Duration::ZERO,
    };
    let causes = Cause::ALL.into_iter().fold(Causes::default(), Causes::with);
    let mut cues = Vec::new();
    for kind in CueKind::ALL {
        for change in [Change::New, Change::Update, Change::End] {
            let cue = CueEvent {
                kind,
                id: 0,
                change,
                confidence: 0.7,
                causes,
                fired: end,
                expires: end + 5 * SECOND,
            };
            let payload = serde_json::from_slice(&payload::cue(&report, &cue)).unwrap();
            cues.push(("wok/home/stove/cue".to_owned(), payload));
        }
    }
    cues
}

#[test]
fn what_a_running_daemon_says_is_what_the_document_says() {
    let mut stove = Stove::new();
    let port = free_port();
    let _broker = mosquitto(stove.folder.path(), port);
    let heard = Subscriber::start(stove.folder.path(), port, "wok/#");
    let broker = format!("[mqtt]\nurl = \"mqtt://127.0.0.1:{port}\"\n");
    let file = stove.configuration(&broker);
    let mut daemon = stove.run(&file, |_| {});
    let scores = |key: &str| {
        let scores = heard.of("wok/home/stove/score");
        scores.iter().filter(|m| m.get(key).is_some()).count()
    };
    until("hops without sensors", || scores("unscored") > 3);
    stove.plug_in(Headset::Cyton);
    until("scores", || scores("technique_score") > 25);
    until("temperatures", || scores("wall_celsius") > 5);
    stove.unplug();
    let thermal = || heard.of("wok/home/stove/thermal/availability").pop();
    until("the loss", || {
        thermal() == Some(json!({"state": "offline"}))
    });
    daemon.terminate();
    assert!(daemon.ends().success(), "{}", daemon.log());
    until("offline", || {
        heard.of("wok/home/bridge/state").last() == Some(&json!({"state": "offline"}))
    });

    let mut messages = heard.all();
    messages.extend(cues());
    let (problems, counts) = check(&document(), &messages);
    assert_eq!(problems, [""; 0]);
    for (channel, least) in [
        ("bridgeState", 2),
        ("bridgeInfo", 1),
        ("availability", 5),
        ("score", 30),
        ("state", 5),
        ("cue", 9),
    ] {
        let count = counts[channel].as_u64().unwrap_or(0);
        assert!(count >= least, "{channel}: {counts}");
    }

    // A key that is called otherwise in one and not in the other is found, from both sides.
    for key in [
        "technique_score",
        "wall_celsius",
        "model_sha256",
        "fired_at",
    ] {
        let other = document().replace(&format!("{key}:"), &format!("{key}_:"));
        let (problems, _) = check(&other, &messages);
        assert!(
            problems
                .iter()
                .any(|line| line.contains("additional properties")),
            "{key} is not missed in the document: {problems:?}"
        );
        let last = messages
            .iter()
            .rfind(|(_, payload)| payload.get(key).is_some());
        let (topic, mut payload) = last.unwrap().clone();
        let value = payload.as_object_mut().unwrap().remove(key).unwrap();
        payload[format!("{key}_")] = value;
        let (problems, _) = check(&document(), &[(topic, payload)]);
        assert_eq!(problems.len(), 1, "{key} is not missed in a message");
    }
}

#[test]
fn the_parser_and_the_schemas_take_no_nonsense() {
    let wrong = |document: &str, topic: &str, payload: Value, word: &str| {
        let (problems, _) = check(document, &[(topic.to_owned(), payload)]);
        assert!(
            problems.iter().any(|line| line.contains(word)),
            "no `{word}` in {problems:?}"
        );
    };
    let right = document();
    let online = json!({ "state": "online" });
    let state = "wok/home/bridge/state";
    assert_eq!(check(&right, &[(state.into(), online.clone())]).0, [""; 0]);
    let shouted = right.replace("action: receive", "action: shout");
    wrong(
        &shouted,
        state,
        online.clone(),
        "document: operations.answer.action",
    );
    let nowhere = right.replace("$ref: '#/channels/score'", "$ref: '#/channels/scores'");
    wrong(
        &nowhere,
        state,
        online.clone(),
        "document: operations.sayScore.channel",
    );
    let spoiled = right.replace("{ state: online }", "{ state: onlin }");
    wrong(&spoiled, state, online.clone(), "its example");

    let word = "must be equal to one of the allowed values";
    wrong(&right, state, json!({ "state": "on" }), word);
    wrong(
        &right,
        "wok/home/stove/rumour",
        online.clone(),
        "no such channel",
    );
    wrong(
        &right,
        "wok/home/stove/nose/availability",
        online,
        "no such channel",
    );
    let response = "wok/home/bridge/response/reload";
    wrong(&right, response, json!({ "status": "error" }), "'error'");
    let answer = json!({ "status": "ok", "data": {}, "transaction": 7 });
    assert_eq!(check(&right, &[(response.into(), answer)]).0, [""; 0]);
}
