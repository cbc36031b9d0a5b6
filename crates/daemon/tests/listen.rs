//! `wokd listen`: sounds made here whose spectrum is known, and recordings that nobody here made.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what a test cannot have, it fails by"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use half::f16;
use hound::{SampleFormat, WavSpec, WavWriter};
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;
use serde_json::Value;

/// Bands and frames of a row of log-mel.
const BANDS: usize = 64;
const FRAMES: usize = 24;

/// Writes a 16-bit WAV file and gives its path.
fn wav(path: PathBuf, rate: u32, channels: u16, seconds: f64, at: impl Fn(f64) -> f64) -> PathBuf {
    let spec = WavSpec {
        channels,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut file = WavWriter::create(&path, spec).unwrap();
    for i in 0..(seconds * f64::from(rate)) as u32 {
        for _ in 0..channels {
            let x = at(f64::from(i) / f64::from(rate));
            file.write_sample((x * 32_767.0) as i16).unwrap();
        }
    }
    file.finalize().unwrap();
    path
}

fn sine(hz: f64) -> impl Fn(f64) -> f64 {
    move |t| 0.2 * (std::f64::consts::TAU * hz * t).sin()
}

fn listen(clips: &[PathBuf], out: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wokd"))
        .arg("listen")
        .args(clips)
        .arg("--out")
        .arg(out)
        .output()
        .unwrap()
}

/// Listens to clips that are as they should be, and gives the rows of the index.
#[track_caller]
fn heard(clips: &[PathBuf], out: &Path) -> Vec<Value> {
    let said = listen(clips, out);
    assert!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
    let index: Value = serde_json::from_slice(&fs::read(out.join("index.json")).unwrap()).unwrap();
    assert_eq!(index["feature_id"].as_str().unwrap().len(), 16);
    assert_eq!(index["model_sha256"].as_str().unwrap().len(), 64);
    index["clips"].as_array().unwrap().clone()
}

fn floats(tensors: &SafeTensors<'_>, name: &str) -> Vec<f32> {
    let view = tensors.tensor(name).unwrap();
    match view.dtype() {
        Dtype::F16 => view
            .data()
            .as_chunks::<2>()
            .0
            .iter()
            .map(|b| f16::from_le_bytes(*b).to_f32())
            .collect(),
        Dtype::F32 => view
            .data()
            .as_chunks::<4>()
            .0
            .iter()
            .map(|b| f32::from_le_bytes(*b))
            .collect(),
        other => panic!("{name} is {other:?}"),
    }
}

/// What every clip's file must hold, whatever it sounds like.
#[track_caller]
fn check(bytes: &[u8], row: &Value) {
    let tensors = SafeTensors::deserialize(bytes).unwrap();
    let hops = usize::try_from(row["hops"].as_u64().unwrap()).unwrap();
    let shape = |name| tensors.tensor(name).unwrap().shape().to_vec();
    assert_eq!(shape("hop"), [hops]);
    assert_eq!(shape("mel"), [hops, BANDS, FRAMES]);
    assert_eq!(shape("phase"), [hops, 6]);
    assert_eq!(shape("hazard"), [hops, 3]);
    assert_eq!(shape("score"), [hops, 5]);
    assert_eq!(shape("fired_kind"), shape("fired_s"));
    for quality in floats(&tensors, "quality").as_chunks::<4>().0 {
        assert!(
            quality[1] > 0.0 && quality[0] == 0.0 && quality[2..] == [0.0; 2],
            "only the microphone is there: {quality:?}"
        );
    }
    for phase in floats(&tensors, "phase").as_chunks::<6>().0 {
        assert!((phase.iter().sum::<f32>() - 1.0).abs() < 1e-4);
    }
    let mel = floats(&tensors, "mel");
    for row in mel.chunks_exact(BANDS * FRAMES) {
        for frame in 0..FRAMES {
            assert!(
                (0..BANDS).any(|band| row[band * FRAMES + frame] != 0.0),
                "a frame that was not heard is not written"
            );
        }
    }
}

#[test]
fn a_tone_is_heard_in_its_band_at_every_rate() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let clips = [16_000, 44_100, 48_000]
        .map(|rate| wav(at(&format!("{rate}.wav")), rate, 1, 3.0, sine(1000.0)));
    let rows = heard(&clips, &at("out"));
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert!((row["seconds"].as_f64().unwrap() - 3.0).abs() < 1e-6);
        let bytes = fs::read(at("out").join(row["file"].as_str().unwrap())).unwrap();
        check(&bytes, &row);
        // The first hop has nothing before it; the last may end within the resampler.
        assert!((13..=14).contains(&row["hops"].as_u64().unwrap()), "{row}");
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let mel = floats(&tensors, "mel");
        // 1 kHz lies between the middles of bands 19 (973 Hz) and 20 (1009 Hz).
        for row in mel.chunks_exact(BANDS * FRAMES) {
            for frame in 0..FRAMES {
                let level = |band: usize| row[band * FRAMES + frame];
                let loudest = (0..BANDS).max_by(|a, b| level(*a).total_cmp(&level(*b)));
                assert!((19..=20).contains(&loudest.unwrap()), "{loudest:?}");
            }
        }
    }
}

#[test]
fn what_is_said_of_a_clip_does_not_hang_on_the_clip_before() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // A hash of time is noise enough.
    let noise = |t: f64| 0.1 * ((t * 1e5).sin() * 43_758.545).fract();
    let loud = wav(at("loud.wav"), 44_100, 1, 2.0, noise);
    let tone = wav(at("tone.wav"), 44_100, 1, 2.0, sine(300.0));
    let after = heard(&[loud, tone.clone()], &at("both"));
    let alone = heard(&[tone], &at("alone"));
    assert_eq!(after[1], alone[0]);
    let file = alone[0]["file"].as_str().unwrap();
    let read = |folder: &str| fs::read(at(folder).join(file)).unwrap();
    assert!(read("both") == read("alone"));
}

#[test]
fn every_clip_that_is_none_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("text.wav"), "no sound").unwrap();
    let clips = [
        at("missing.wav"),
        at("text.wav"),
        wav(at("slow.wav"), 22_050, 1, 1.0, sine(300.0)),
        wav(at("stereo.wav"), 44_100, 2, 1.0, sine(300.0)),
    ];
    let out = listen(&clips, &at("out"));
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(1), "{said}");
    for words in [
        "missing.wav is not there",
        "text.wav cannot be read as a WAV file",
        "slow.wav has 22050 Hz and 1 channels; convert it",
        "stereo.wav has 44100 Hz and 2 channels; convert it",
    ] {
        assert!(said.contains(words), "no `{words}` in\n{said}");
    }
    assert!(!at("out").exists(), "nothing is begun");

    let cut = wav(at("cut.wav"), 44_100, 1, 2.0, sine(300.0));
    let bytes = fs::read(&cut).unwrap();
    fs::write(&cut, &bytes[..bytes.len() / 2 + 1]).unwrap();
    for (clip, words) in [
        (cut, "cut.wav cannot be read"),
        (
            wav(at("short.wav"), 44_100, 1, 0.1, sine(300.0)),
            "short.wav gives nothing to hear",
        ),
        (
            wav(at("silent.wav"), 44_100, 1, 3.0, |_| 0.0),
            "silent.wav gives nothing to hear",
        ),
    ] {
        let out = listen(&[clip], &at("out"));
        let said = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(1), "{said}");
        assert!(said.contains(words), "no `{words}` in\n{said}");
    }
}

#[test]
fn recordings_of_a_kitchen_are_heard_to_their_end() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/realdata/audio");
    let Ok(classes) = fs::read_dir(&shared) else {
        println!("skipped: no recordings at {}", shared.display());
        return;
    };
    let mut clips: Vec<PathBuf> = classes
        .flat_map(|class| fs::read_dir(class.unwrap().path()).unwrap())
        .map(|clip| clip.unwrap().path())
        .collect();
    clips.sort();
    let folder = tempfile::tempdir().unwrap();
    let rows = heard(&clips, folder.path());
    assert_eq!(rows.len(), clips.len());
    for row in &rows {
        check(
            &fs::read(folder.path().join(row["file"].as_str().unwrap())).unwrap(),
            row,
        );
        let (hops, seconds) = (
            row["hops"].as_f64().unwrap(),
            row["seconds"].as_f64().unwrap(),
        );
        assert!((4.0..=5.1).contains(&seconds), "{row}");
        // All but the first hop and what is left at the end, unless the clip itself is silent there.
        assert!(hops <= seconds * 5.0 - 1.0 && hops >= 10.0, "{row}");
    }
}
