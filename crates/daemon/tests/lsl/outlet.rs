//! Our outlets, read by the real liblsl.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use firmware_interfaces::lsl::Format;
use wokd::clock::{Clock as _, Monotonic};
use wokd::lsl::{Channel, Outlet, StreamInfo};

use crate::peer::Lab;

fn channel(label: &str, unit: &str, kind: &str) -> Channel {
    Channel {
        label: label.into(),
        unit: unit.into(),
        kind: kind.into(),
    }
}

fn start(lab: &Lab, info: StreamInfo) -> Outlet {
    Outlet::start(info, &lab.network, Ipv4Addr::LOCALHOST, Arc::new(Monotonic)).unwrap()
}

/// Pushes until told to stop.
fn pushing<R>(push: impl Fn(u32) + Sync, work: impl FnOnce() -> R) -> R {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for i in 0.. {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                push(i);
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        over.store(true, Ordering::Relaxed);
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

#[test]
fn a_real_inlet_reads_numbers_with_their_description_and_time() {
    let lab = Lab::new();
    let channels = vec![
        channel("score", "0-100", "Score"),
        channel("锅气", "0-1", "Aspect"),
    ];
    let outlet = start(
        &lab,
        StreamInfo::new("wokd-a-b-score", "Score", Format::Float32, 5.0, channels),
    );
    let mut peer = lab.run("inlet.py", &["wokd-a-b-score", "5"]);
    pushing(
        |i| outlet.push(Monotonic.now(), &[i as f32 + 0.5, f32::NAN]),
        || {
            let told = peer.json();
            assert_eq!(
                (&told["type"], &told["rate"], &told["source_id"]),
                (&"Score".into(), &5.0.into(), &"wokd-a-b-score".into())
            );
            assert_eq!(
                told["channels"],
                serde_json::json!([["score", "0-100", "Score"], ["锅气", "0-1", "Aspect"]])
            );
            let correction = told["correction"].as_f64().unwrap();
            assert!(correction.abs() < 1e-3, "{correction} s");
            let mut last = None;
            for _ in 0..5 {
                // Python's JSON writes NaN, which is none.
                let line = peer.line().replace("NaN", "null");
                let said: serde_json::Value = serde_json::from_str(&line).unwrap();
                let value = said["sample"][0].as_f64().unwrap();
                assert!(last.is_none_or(|last| value == last + 1.0), "{said}");
                last = Some(value);
                assert!(said["sample"][1].is_null());
                let age = said["now"].as_f64().unwrap() - said["stamp"].as_f64().unwrap();
                // It waits while the inlet asks for the time.
                assert!((0.0..5.0).contains(&age), "{age} s old");
            }
        },
    );
    assert_eq!((outlet.counts().served, outlet.counts().dropped), (1, 0));
}

#[test]
fn a_real_inlet_reads_texts() {
    let lab = Lab::new();
    let outlet = start(
        &lab,
        StreamInfo::new(
            "cues",
            "Markers",
            Format::Text,
            0.0,
            vec![channel("cue", "json", "Markers")],
        ),
    );
    let mut peer = lab.run("inlet.py", &["cues", "3"]);
    let long = "长".repeat(200);
    pushing(
        |_| outlet.push_text(Monotonic.now(), &long),
        || {
            assert_eq!(peer.json()["rate"], 0.0);
            for _ in 0..3 {
                assert_eq!(peer.json()["sample"][0], long);
            }
        },
    );
}

#[test]
fn a_client_that_leaves_a_silent_stream_is_forgotten() {
    let lab = Lab::new();
    let outlet = start(
        &lab,
        StreamInfo::new(
            "silent",
            "Markers",
            Format::Text,
            0.0,
            vec![Channel::default()],
        ),
    );
    let within = |what: &str, is: &dyn Fn() -> bool| {
        let began = Instant::now();
        while !is() {
            assert!(began.elapsed() < Duration::from_secs(10), "{what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    for _ in 0..3 {
        let mut client = TcpStream::connect(("127.0.0.1", outlet.info().data_port)).unwrap();
        let ask = format!("LSL:streamfeed/110 {}\r\n\r\n", outlet.info().uid);
        client.write_all(ask.as_bytes()).unwrap();
        within("it reads", &|| outlet.counts().reading == 1);
        drop(client);
        within("it is gone", &|| outlet.counts().reading == 0);
    }
    let counts = outlet.counts();
    assert_eq!((counts.served, counts.dropped), (3, 0));
}

#[test]
fn a_client_that_does_not_read_is_dropped_and_slows_nobody() {
    let lab = Lab::new();
    let outlet = start(
        &lab,
        StreamInfo::new(
            "fast",
            "Markers",
            Format::Text,
            0.0,
            vec![Channel::default()],
        ),
    );
    let mut lazy = TcpStream::connect(("127.0.0.1", outlet.info().data_port)).unwrap();
    lazy.write_all(format!("LSL:streamfeed/110 {}\r\n\r\n", outlet.info().uid).as_bytes())
        .unwrap();
    let began = Instant::now();
    while outlet.counts().reading == 0 {
        assert!(began.elapsed() < Duration::from_secs(10));
    }
    let text = "x".repeat(4000);
    let mut slowest = Duration::ZERO;
    for _ in 0..20_000 {
        let began = Instant::now();
        outlet.push_text(Monotonic.now(), &text);
        slowest = slowest.max(began.elapsed());
        if outlet.counts().dropped > 0 {
            break;
        }
    }
    assert_eq!((outlet.counts().dropped, outlet.counts().reading), (1, 0));
    assert!(slowest < Duration::from_millis(200), "{slowest:?}");
}

#[test]
fn what_is_no_request_is_closed_and_a_stream_that_is_another_s_is_not_found() {
    let lab = Lab::new();
    let outlet = start(
        &lab,
        StreamInfo::new("x", "y", Format::Float32, 0.0, vec![Channel::default()]),
    );
    let ask = |request: &[u8]| {
        let mut stream = TcpStream::connect(("127.0.0.1", outlet.info().data_port)).unwrap();
        let _ = stream.write_all(request);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    };
    assert_eq!(ask(b"GET / HTTP/1.1\r\n\r\n"), "");
    assert_eq!(ask(&[b'x'; 100_000]), "");
    assert_eq!(ask(b"LSL:streamfeed\r\n360 0\r\n"), "");
    assert!(ask(b"LSL:streamfeed/110 other\r\n\r\n").contains("404"));
    assert!(ask(b"LSL:streamfeed/200 other\r\n\r\n").contains("505"));
    assert!(ask(b"LSL:streamfeed/x\r\n\r\n").contains("400"));
    assert!(ask(b"LSL:shortinfo\r\nname='x'\r\n").contains("<name>x</name>"));
    assert_eq!(ask(b"LSL:shortinfo\r\nname='z'\r\n"), "");
    assert!(ask(b"LSL:fullinfo\r\n").contains("<channels>"));
}
