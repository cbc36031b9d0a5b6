//! The MQTT outlet against a real Mosquitto that goes and comes back, and against a broker that lies.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what a test cannot have, it fails by"
)]

mod house;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use house::outlets::{bridge, unscored};
use house::stove::until;
use house::{Subscriber, free_port, mosquitto, tool};
use wok_core::crossmodal::Lags;
use wok_core::cue::{Cause, Causes, Change, CueEvent};
use wok_core::time::{HostTime, SECOND};
use wok_core::verdict::{CueKind, StreamKind, Verdict};
use wokd::sinks::mqtt::{Config, Mqtt};
use wokd::sinks::{Report, Sink};

fn config(port: u16) -> Config {
    Config {
        host: "127.0.0.1".into(),
        port,
        user: None,
        password_file: None,
        tls: None,
        spool: None,
        discovery: None,
        base: "wok".into(),
    }
}

/// The message retained on a topic, if one comes within two seconds.
fn retained(port: u16, topic: &str) -> String {
    let out = Command::new(tool("mosquitto_sub"))
        .args([
            "-h",
            "127.0.0.1",
            "-p",
            &port.to_string(),
            "-t",
            topic,
            "-C",
            "1",
            "-W",
            "2",
        ])
        .output()
        .unwrap();
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

#[test]
fn states_are_at_the_broker_again_after_it_lost_everything() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    // It starts without a broker.
    let bridge = bridge("restart");
    let mut sink = Mqtt::start(&config(port), &bridge).unwrap();
    sink.availability(&bridge, 0, StreamKind::Thermal, true);
    let first = mosquitto(folder.path(), port);
    until("first acknowledgements", || {
        sink.counters().acknowledged >= 3
    });
    assert_eq!(
        retained(port, "wok/home/stove/thermal/availability"),
        r#"{"state":"online"}"#
    );
    drop(first);
    sink.availability(&bridge, 0, StreamKind::Thermal, false);
    let _second = mosquitto(folder.path(), port);
    until("second acknowledgements", || {
        sink.counters().connected >= 2 && sink.counters().acknowledged >= 6
    });
    assert_eq!(
        retained(port, "wok/home/stove/thermal/availability"),
        r#"{"state":"offline"}"#
    );
    assert_eq!(
        retained(port, "wok/home/bridge/state"),
        r#"{"state":"online"}"#
    );
    sink.stop(Duration::from_secs(5));
    assert_eq!(
        retained(port, "wok/home/bridge/state"),
        r#"{"state":"offline"}"#
    );
}

/// Something that listens like a broker and serves each connection by `serve`; its port, and how many came.
fn impostor(serve: fn(TcpStream)) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&connections);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            seen.fetch_add(1, Ordering::Relaxed);
            std::thread::spawn(move || serve(stream));
        }
    });
    (port, connections)
}

/// A CONNACK that welcomes.
const WELCOME: [u8; 5] = [0x20, 3, 0, 0, 0];

#[test]
fn an_acknowledgement_that_stays_out_forces_a_new_connection() {
    let (port, connections) = impostor(|mut stream| {
        // Reads everything, acknowledges nothing.
        let mut buffer = [0; 4096];
        let _ = stream.write_all(&WELCOME);
        while stream.read(&mut buffer).is_ok_and(|n| n > 0) {}
    });
    let mut sink = Mqtt::start(&config(port), &bridge("silent")).unwrap();
    until("a second connection", || {
        connections.load(Ordering::Relaxed) >= 2
    });
    assert_eq!(sink.counters().acknowledged, 0);
    sink.stop(Duration::from_millis(200));
}

#[test]
fn a_broker_that_welcomes_and_hangs_up_is_not_stormed() {
    let (port, connections) = impostor(|mut stream| {
        let _ = stream.read(&mut [0; 512]);
        let _ = stream.write_all(&WELCOME);
    });
    let mut sink = Mqtt::start(&config(port), &bridge("hang-up")).unwrap();
    until("a third connection", || sink.counters().lost >= 3);
    std::thread::sleep(Duration::from_secs(3));
    // Waits of 0.1, 0.2, 0.4, 0.8 and 1.6 s: not ten connections a second.
    let connections = connections.load(Ordering::Relaxed);
    assert!(connections < 9, "{connections} connections");
    sink.stop(Duration::from_millis(200));
}

/// A hop that ended just now with a turn of a cue that is worth following for so long.
fn with_cue(id: u32, lasts: i64) -> Verdict {
    let end = HostTime::from_nanos(1_000 * SECOND);
    let mut cues = [None; 3];
    cues[CueKind::Bloom.index()] = Some(CueEvent {
        kind: CueKind::Bloom,
        id,
        change: Change::New,
        confidence: 0.7,
        causes: Causes::default().with(Cause::Forecast),
        fired: end,
        expires: end + lasts,
    });
    unscored(end, cues)
}

#[test]
fn a_cue_arrives_once_and_is_never_late() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let bridge = bridge("cue");
    let mut sink = Mqtt::start(&config(port), &bridge).unwrap();
    let tell = |sink: &mut Mqtt, verdict: &Verdict| {
        sink.report(&Report {
            bridge: &bridge,
            verdict,
            seq: 0,
            time_ms: 1_000_000,
            latency: Duration::ZERO,
        });
    };
    // The first expires before there is a broker; the second waits for it.
    tell(&mut sink, &with_cue(1, SECOND));
    tell(&mut sink, &with_cue(2, 60 * SECOND));
    std::thread::sleep(Duration::from_millis(1_200));
    let _broker = mosquitto(folder.path(), port);
    let subscriber = Subscriber::start(folder.path(), port, "wok/home/stove/cue");
    until("the expiry to be counted", || sink.counters().expired == 1);
    std::thread::sleep(Duration::from_millis(500));
    tell(&mut sink, &with_cue(3, 60 * SECOND));
    let heard = || {
        let messages = subscriber.of("wok/home/stove/cue");
        messages
            .iter()
            .filter_map(|m| m["id"].as_u64())
            .collect::<Vec<_>>()
    };
    until("the third cue", || heard().contains(&3));
    assert!(!heard().contains(&1), "{:?}", heard());
    until("every acknowledgement", || {
        sink.counters().acknowledged >= 5
    });
    sink.stop(Duration::from_secs(5));
    let third = &subscriber.of("wok/home/stove/cue")[heard().len() - 1];
    assert_eq!(third["event_type"], "bloom");
    assert_eq!(third["expires_at"], 1_060_000);
    assert_eq!(third["causes"][0]["zh"], "时机将到");
    // Nobody who comes later is told what to do now.
    assert_eq!(retained(port, "wok/home/stove/cue"), "");
}

#[test]
fn home_assistant_is_told_of_the_kitchen_and_again_when_it_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let _broker = mosquitto(folder.path(), port);
    let subscriber = Subscriber::start(folder.path(), port, "homeassistant/device/#");
    let mut config = config(port);
    config.discovery = Some("homeassistant".into());
    let mut sink = Mqtt::start(&config, &bridge("birth")).unwrap();
    let stove = || subscriber.of("homeassistant/device/wokd-home-STATION-stove/config");
    until("the station", || stove().len() == 1);
    assert_eq!(stove()[0]["device"]["name"], "stove");
    let topic = "homeassistant/device/wokd-home-STATION-stove/config";
    assert!(retained(port, topic).contains("technique_score"));
    let born = |payload: &str| {
        let port = port.to_string();
        let said = Command::new(tool("mosquitto_pub"))
            .args([
                "-h",
                "127.0.0.1",
                "-p",
                &port,
                "-t",
                "homeassistant/status",
                "-m",
                payload,
            ])
            .status();
        assert!(said.unwrap().success());
    };
    born("offline");
    born("online");
    until("the station again", || stove().len() == 2);
    sink.stop(Duration::from_secs(5));
}

#[test]
fn an_alarm_is_retained_while_it_stands_and_no_longer() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let topic = "wok/home/stove/alarm";
    let bridge = bridge("alarm");
    let mut sink = Mqtt::start(&config(port), &bridge).unwrap();
    let lags = Lags::default();
    // Two begin and one ends before there is a broker: nothing of that is lost.
    sink.lags(&bridge, 0, &lags, &[true, false, false]);
    sink.lags(&bridge, 0, &lags, &[true, true, false]);
    sink.lags(&bridge, 0, &lags, &[false, true, false]);
    let broker = mosquitto(folder.path(), port);
    let subscriber = Subscriber::start(folder.path(), port, topic);
    let heard = |change: &str| {
        let heard = subscriber.of(topic);
        let of = heard.iter().filter(|m| m["type"] == change);
        of.filter_map(|m| m["id"].as_u64()).collect::<Vec<_>>()
    };
    until("what stands", || heard("update") == [1]);
    until("every acknowledgement", || {
        sink.counters().acknowledged >= 5
    });
    assert!(retained(port, topic).contains(r#""cause"#));
    drop(broker);
    let _broker = mosquitto(folder.path(), port);
    until("what stands, after the broker forgot it", || {
        retained(port, topic).contains("thermal_audio")
    });
    sink.lags(&bridge, 0, &lags, &[false; 3]);
    until("nothing", || retained(port, topic).is_empty());
    sink.stop(Duration::from_secs(5));
}

#[test]
fn a_password_file_that_is_not_there_is_named() {
    let mut config = config(1883);
    config.user = Some("wokd".into());
    config.password_file = Some("/nowhere/mqtt.password".into());
    let error = Mqtt::start(&config, &bridge("password"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("/nowhere/mqtt.password"), "{error}");
}
