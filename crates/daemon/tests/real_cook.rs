//! A cook made of recordings that nobody here made, over pseudo-terminals and a socket, through a real
//! Mosquitto to a subscriber that is not ours.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what a test cannot have, it fails by"
)]

mod house;

use std::fs;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use firmware_interfaces::gy_mcu90640;
use house::{Subscriber, free_port, mosquitto};
use wokd::app::{App, Options};
use wokd::clock::Monotonic;
use wokd::config::Config;
use wokd::notify::Notifier;
use wokd::puppet::Pty;

/// How long the cook lasts.
const MINUTE: Duration = Duration::from_secs(60);

/// The recordings, or `None` where they are not beside the project.
fn recordings() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/realdata");
    let there = folder.is_dir();
    if !there {
        println!("skipped: no recordings at {}", folder.display());
    }
    there.then_some(folder)
}

/// The frames of a thermal log as the module would send them: (bytes, whether its values are possible).
fn frames(log: &Path) -> Vec<(Vec<u8>, bool)> {
    let bytes = fs::read(log).unwrap();
    bytes
        .chunks_exact(gy_mcu90640::PIXELS * 4)
        .map(|record| {
            let celsius: Vec<f32> = record
                .as_chunks::<4>()
                .0
                .iter()
                .map(|b| f32::from_le_bytes(*b))
                .collect();
            let possible = celsius.iter().all(|c| c.is_finite() && *c < 320.0)
                && celsius.iter().filter(|c| **c == 0.0).count() < 300;
            let mut pixels = [0i16; gy_mcu90640::PIXELS];
            for (to, c) in pixels.iter_mut().zip(&celsius) {
                *to = gy_mcu90640::centi_celsius(*c);
            }
            gy_mcu90640::mirror(&mut pixels);
            let mut frame = vec![0; gy_mcu90640::FRAME_LEN];
            gy_mcu90640::encode(&pixels, 2500, &mut frame).unwrap();
            (frame, possible)
        })
        .collect()
}

/// Samples of a 16-bit mono WAV file.
fn pcm(clip: &Path) -> Vec<u8> {
    let mut wav = hound::WavReader::open(clip).unwrap();
    assert_eq!(
        (wav.spec().sample_rate, wav.spec().channels),
        (44_100, 1),
        "{}",
        clip.display()
    );
    wav.samples::<i16>()
        .flat_map(|s| s.unwrap().to_le_bytes())
        .collect()
}

/// Says `bytes` in pieces of `piece`, one every `every`, again and again until told to stop.
fn paced(
    bytes: &[u8],
    piece: usize,
    every: Duration,
    stop: &AtomicBool,
    mut say: impl FnMut(&[u8]),
) {
    let began = Instant::now();
    for (i, part) in (1u32..).zip(bytes.chunks(piece).cycle()) {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        say(part);
        std::thread::sleep((began + every * i).saturating_duration_since(Instant::now()));
    }
}

#[test]
fn a_minute_of_recordings_scores_five_times_a_second() {
    let Some(shared) = recordings() else { return };
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let _broker = mosquitto(folder.path(), port);
    let (mut headset, mut camera) = (Pty::open().unwrap(), Pty::open().unwrap());
    let microphone = folder.path().join("microphone.pcm");
    let text = format!(
        r#"version = 1
[site]
id = "home"
[mqtt]
url = "mqtt://127.0.0.1:{port}"
[[station]]
id = "stove"
[station.eeg]
kind = "thinkgear"
port = "{}"
[station.thermal]
kind = "gy-mcu90640"
port = "{}"
[station.microphone]
kind = "pcm-socket"
path = "{}"
rate = 44100
"#,
        headset.path().display(),
        camera.path().display(),
        microphone.display()
    );
    let config = Config::parse(Path::new("real.toml"), &text).unwrap();
    let subscriber = Subscriber::start(folder.path(), port, "wok/#");

    let eeg = fs::read(shared.join("thinkgear/akloster_baseline.bytes")).unwrap();
    let thermal = frames(&shared.join("mlx90640/ds-16-55-20200704-DSN4xG200uA5u.raw"));
    let spoiled = thermal.iter().filter(|(_, possible)| !possible).count();
    assert!(spoiled > 0, "the log holds spoiled frames");
    let mut clips: Vec<_> = fs::read_dir(shared.join("audio/frying-pan"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    clips.sort();
    let sound: Vec<u8> = clips.iter().flat_map(|clip| pcm(clip)).collect();

    let options = Options {
        clock: Arc::new(Monotonic),
        recorder: None,
        extra: Vec::new(),
        simulated: false,
    };
    let app = App::start(&config, options).unwrap();
    let stop = AtomicBool::new(false);
    let summary = std::thread::scope(|scope| {
        // 165,415 packets in 322.4 s.
        let piece = (eeg.len() as f64 / 322.4 * 0.02) as usize;
        let (eeg, heard) = (&eeg, &stop);
        scope.spawn(move || {
            paced(eeg, piece, Duration::from_millis(20), heard, |b| {
                headset.say(b)
            })
        });
        let log: Vec<u8> = thermal
            .iter()
            .flat_map(|(frame, _)| frame.clone())
            .collect();
        let stop_thermal = &stop;
        scope.spawn(move || {
            paced(
                &log,
                gy_mcu90640::FRAME_LEN,
                Duration::from_millis(125),
                stop_thermal,
                |b| camera.say(b),
            );
        });
        scope.spawn(|| {
            let mut socket = loop {
                if let Ok(socket) = UnixStream::connect(&microphone) {
                    break socket;
                }
                std::thread::sleep(Duration::from_millis(20));
            };
            paced(&sound, 882, Duration::from_millis(10), &stop, |b| {
                drop(socket.write_all(b))
            });
        });
        let began = Instant::now();
        app.run(&Notifier::from_env(), || began.elapsed() > MINUTE)
            .unwrap();
        stop.store(true, Ordering::Relaxed);
        app.stop().unwrap()
    });
    std::thread::sleep(Duration::from_millis(300));

    println!("{summary}");
    let of = |topic: &str| subscriber.of(topic);
    let scores = of("wok/home/stove/score");
    let hops = 5 * MINUTE.as_secs() as usize;
    assert!(
        (hops - 15..=hops + 5).contains(&scores.len()),
        "{} scores in a minute",
        scores.len()
    );
    for score in &scores {
        for key in [
            "time",
            "seq",
            "session",
            "edition",
            "calibrated",
            "simulated",
            "degraded",
            "missing",
        ] {
            assert!(score.get(key).is_some(), "no {key} in {score}");
        }
        // A fault looks like a fault: a number, or the reason why there is none.
        assert!(
            score.get("technique_score").is_some() != score.get("unscored").is_some(),
            "{score}"
        );
        if let Some(value) = score.get("technique_score") {
            let value = value.as_f64().unwrap();
            assert!((0.0..=100.0).contains(&value));
            assert!(
                score["low"].as_f64().unwrap() <= value && value <= score["high"].as_f64().unwrap()
            );
        }
        assert!(
            score.get("home_taste").is_none(),
            "nobody has calibrated it"
        );
    }
    let scored = scores
        .iter()
        .filter(|s| s.get("technique_score").is_some())
        .count();
    assert!(
        scored > scores.len() * 9 / 10,
        "{scored} of {} have a score",
        scores.len()
    );
    let steps = scores
        .windows(2)
        .filter(|w| w[1]["seq"].as_u64() == w[0]["seq"].as_u64().map(|s| s + 1))
        .count();
    assert_eq!(steps, scores.len() - 1, "none is missing or doubled");
    assert!(!of("wok/home/stove/state").is_empty());
    assert_eq!(
        of("wok/home/stove/thermal/availability").last(),
        Some(&serde_json::json!({"state": "offline"}))
    );
    assert!(
        of("wok/home/stove/audio/availability").contains(&serde_json::json!({"state": "online"}))
    );
    let bridge = of("wok/home/bridge/state");
    assert_eq!(
        bridge.first(),
        Some(&serde_json::json!({"state": "online"}))
    );
    assert_eq!(
        bridge.last(),
        Some(&serde_json::json!({"state": "offline"})),
        "a clean stop says so"
    );
    // Of the 480 frames sent, the spoiled ones were counted and not used.
    let invalid = summary.dropped(wok_core::verdict::DropReason::Invalid);
    assert!(invalid > 0, "{summary}");
}
