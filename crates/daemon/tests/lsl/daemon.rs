//! The whole daemon between a headset and a laboratory that both speak LSL.

use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use wokd::lsl::Network;

use crate::peer::{Lab, Reaped};

#[test]
fn a_headset_comes_in_and_scores_go_out() {
    let session = format!("daemon-{}", std::process::id());
    let lab = Lab::on(Network {
        session: session.clone(),
        peers: vec!["127.0.0.1".into()],
        ..Network::default()
    });
    let _headset = lab.outlet(&json!({"name": "headset", "source_id": "h1"}));
    let file = lab.folder.path().join("wokd.toml");
    let log = lab.folder.path().join("log");
    fs::write(
        &file,
        format!(
            "version = 1\n[site]\nid = \"home\"\n[lsl]\noutlet = true\naddress = \"127.0.0.1\"\nsession = {session:?}\n\
             [[station]]\nid = \"stove\"\n[station.eeg]\nkind = \"lsl\"\nsession = {session:?}\nsource_id = \"h1\"\n\
             known_peers = [\"127.0.0.1\"]\nallow = [\"h1\"]\n",
        ),
    )
    .unwrap();
    let said = || fs::read_to_string(&log).unwrap_or_default();
    let daemon = Command::new(env!("CARGO_BIN_EXE_wokd"))
        .arg("run")
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&log).unwrap())
        .spawn();
    let mut daemon = Reaped(daemon.unwrap());
    let mut inlet = lab.run("inlet.py", &["wokd-home-stove-score", "10"]);
    let told = inlet.json();
    assert_eq!(
        told["channels"][0],
        json!(["technique_score", "0-100", "Score"])
    );
    assert_eq!(told["channels"].as_array().unwrap().len(), 9);
    let mut last = None;
    for _ in 0..10 {
        let line = inlet.line().replace("NaN", "null");
        let sample: serde_json::Value = serde_json::from_str(&line).unwrap();
        // EEG alone gives no score, and what is none never looks like one.
        assert!(
            sample["sample"]
                .as_array()
                .unwrap()
                .iter()
                .all(serde_json::Value::is_null)
        );
        let stamp = sample["stamp"].as_f64().unwrap();
        assert!(last.is_none_or(|last: f64| (stamp - last - 0.2).abs() < 1e-6));
        last = Some(stamp);
    }
    assert!(
        said().contains(", 8 channels of float32 at 250 Hz"),
        "{}",
        said()
    );
    let id = daemon.0.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    let began = Instant::now();
    while daemon.0.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < Duration::from_secs(20), "{}", said());
        std::thread::sleep(Duration::from_millis(20));
    }
    println!("{}", said());
}
