//! The whole daemon between a headset and a laboratory that both speak LSL.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use wokd::lsl::Network;

use crate::peer::{Lab, Reaped};

/// A laboratory on the ports of every LSL program, in a session of its own.
fn lab(word: &str) -> Lab {
    Lab::on(Network {
        session: format!("{word}-{}", std::process::id()),
        peers: vec!["127.0.0.1".into()],
        ..Network::default()
    })
}

/// A daemon that reads the lab's headset, as more lines of `[station.eeg]` say, and shows what its `[lsl]` asks for.
struct Daemon {
    child: Reaped,
    log: PathBuf,
}

impl Daemon {
    fn start(lab: &Lab, lsl: &str, eeg: &str) -> Self {
        let (session, folder) = (&lab.network.session, lab.folder.path());
        let (file, log) = (folder.join("wokd.toml"), folder.join("log"));
        fs::write(
            &file,
            format!(
                "version = 1\n[site]\nid = \"home\"\n[lsl]\noutlet = true\naddress = \"127.0.0.1\"\nsession = {session:?}\n\
                 {lsl}[[station]]\nid = \"stove\"\n[station.eeg]\nkind = \"lsl\"\nsession = {session:?}\n\
                 known_peers = [\"127.0.0.1\"]\n{eeg}",
            ),
        )
        .unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_wokd"))
            .arg("run")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn();
        let child = Reaped(child.unwrap());
        Self { child, log }
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    #[track_caller]
    fn ends(mut self) {
        let id = self.child.0.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status();
        assert!(told.unwrap().success());
        let began = Instant::now();
        while self.child.0.try_wait().unwrap().is_none() {
            assert!(began.elapsed() < Duration::from_secs(20), "{}", self.said());
            std::thread::sleep(Duration::from_millis(20));
        }
        println!("{}", self.said());
    }
}

/// What 95 % keep within, and the most.
fn spread(mut off: Vec<f64>) -> (f64, f64) {
    off.sort_unstable_by(f64::total_cmp);
    (off[off.len() * 95 / 100], off[off.len() - 1])
}

#[test]
fn a_headset_comes_in_and_scores_go_out() {
    let lab = lab("scores");
    let _headset = lab.outlet(&json!({"name": "headset", "source_id": "h1"}));
    let daemon = Daemon::start(&lab, "", "source_id = \"h1\"\nallow = [\"h1\"]\n");
    let mut inlet = lab.run("inlet.py", &["wokd-home-stove-score", "10"]);
    let told = inlet.json();
    assert_eq!(
        told["channels"][0],
        json!(["technique_score", "0-100", "Score"])
    );
    assert_eq!(told["channels"].as_array().unwrap().len(), 9);
    let mut last = None;
    for _ in 0..10 {
        let (stamp, values) = inlet.sample();
        // EEG alone gives no score, and what is none never looks like one.
        assert!(values.iter().all(Option::is_none));
        assert!(last.is_none_or(|last: f64| (stamp - last - 0.2).abs() < 1e-6));
        last = Some(stamp);
    }
    let said = daemon.said();
    assert!(said.contains(", 8 channels of float32 at 250 Hz"), "{said}");
    daemon.ends();
}

/// Ten seconds of a tone of 440 Hz and half of full scale, 16 kHz.
fn tone(lab: &Lab) -> PathBuf {
    let samples = (0..160_000).map(|i| f64::from(i) * 440.0 / 16_000.0);
    let samples = samples.map(|turns| (16_384.0 * (turns * std::f64::consts::TAU).sin()) as i16);
    let data: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    for word in [16_000u32, 32_000] {
        wav.extend(word.to_le_bytes());
    }
    wav.extend(b"\x02\0\x10\0data");
    wav.extend((data.len() as u32).to_le_bytes());
    wav.extend(data);
    let file = lab.folder.path().join("tone.wav");
    fs::write(&file, wav).unwrap();
    file
}

#[test]
fn a_tone_that_is_heard_is_shown() {
    let lab = lab("sound");
    let _headset = lab.outlet(&json!({"name": "headset", "source_id": "h1"}));
    let microphone = format!(
        "[station.microphone]\nkind = \"wav\"\npath = {:?}\n",
        tone(&lab)
    );
    let daemon = Daemon::start(&lab, "signals = true\n", &microphone);
    let mut inlet = lab.run("inlet.py", &["wokd-home-stove-audio", "64000"]);
    assert_eq!(inlet.json()["rate"], 16_000.0);
    let heard: Vec<f64> = (0..64_000)
        .map(|_| inlet.sample().1[0].unwrap_or(f64::NAN))
        .collect();
    // Of a tone, the samples to either side of one sum up to it, times this.
    let twice = 2.0 * (440.0 / 16_000.0 * std::f64::consts::TAU).cos();
    let off = |three: &[f64]| (three[0] + three[2] - twice * three[1]).abs();
    let off: Vec<f64> = heard
        .windows(3)
        .map(off)
        .filter(|off| off.is_finite())
        .collect();
    assert!(off.len() > 32_000, "{}: {}", off.len(), daemon.said());
    let (most, worst) = spread(off);
    let loudest = heard.iter().fold(0.0, |loudest: f64, v| loudest.max(*v));
    println!("95 % within {most}, at most {worst} off a tone of {loudest}");
    // A clock that settles bends the tone; silence, noise and gaps that are filled in are off by tenths.
    assert!(most < 1e-3 && worst < 1e-2, "{most}, {worst}");
    assert!((loudest - 0.5).abs() < 1e-3, "{loudest}");
    daemon.ends();
}

/// The headset shows its own sample's number in units of 8 µV, so that every value says when it was measured.
#[test]
fn what_a_headset_measured_is_shown_when_it_was_true_and_not_heard_again() {
    let lab = lab("signals");
    let mut headset = lab.outlet(&json!({"name": "headset", "source_id": "h1", "start": -1}));
    let daemon = Daemon::start(&lab, "signals = true\n", "");
    let mut inlet = lab.run("inlet.py", &["wokd-home-stove-eeg", "1500"]);
    let began: f64 = headset.line().parse().unwrap();
    assert_eq!(inlet.json()["channels"].as_array().unwrap().len(), 8);
    let (mut last, mut off) = (None, Vec::new());
    for _ in 0..1500 {
        let (stamp, values) = inlet.sample();
        assert!(last.is_none_or(|last: f64| (stamp - last - 0.004).abs() < 1e-8));
        last = Some(stamp);
        for (channel, value) in values.iter().enumerate() {
            let Some(value) = value else { continue };
            let measured = began + (value - channel as f64) / (8.0 * 250.0);
            off.push((measured - stamp).abs());
        }
    }
    // Before the headset and its clock are known, nothing was measured.
    assert!(off.len() > 8 * 1000, "{}: {}", off.len(), daemon.said());
    let (most, worst) = spread(off);
    println!(
        "95 % within {:.0} µs, at most {:.0} µs off",
        most * 1e6,
        worst * 1e6
    );
    // Half a sample. A busy machine keeps the first probes of a clock waiting.
    assert!(most < 2e-3 && worst < 2e-2, "{most} s, {worst} s");
    daemon.ends();
}
