//! Recordings made by other people, beside the project; where they are absent the tests say so.

use std::fs;
use std::path::{Path, PathBuf};

use wok_core::dsp::thermal::{Check, Crop, Fault, Mounting};
use wok_core::features::{FeatureConfig, Features};
use wok_core::grid::{AUDIO_PER_HOP, HOP, MEL_PER_HOP};
use wok_core::hop::{Hop, Presence};
use wok_core::step::THERMAL_PIXELS;
use wok_core::time::HostTime;

fn folder(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/realdata")
        .join(name);
    if !path.is_dir() {
        eprintln!("skipped: no recordings in {}", path.display());
        return None;
    }
    Some(path)
}

/// 16-bit mono samples of a WAV file of 44.1 kHz, every third pair averaged down to 14.7 kHz: a crude
/// stand-in for the resampler, good enough to look at levels.
fn samples(path: &Path) -> Vec<f32> {
    let bytes = fs::read(path).expect("readable");
    let at = bytes
        .windows(4)
        .position(|w| w == b"data")
        .expect("a data chunk")
        + 8;
    let pcm: Vec<f32> = bytes[at..]
        .chunks_exact(2)
        .map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0)
        .collect();
    pcm.chunks_exact(3)
        .map(|c| c.iter().sum::<f32>() / 3.0)
        .collect()
}

#[test]
fn kitchen_clips_give_sensible_mels() {
    let Some(root) = folder("audio") else { return };
    let mut clips = 0;
    for kind in fs::read_dir(root).expect("a folder").flatten() {
        for clip in fs::read_dir(kind.path()).expect("a folder").flatten() {
            let mut features = Features::new(&FeatureConfig::default());
            let (mut heard, mut sum, mut count) = (0, 0.0, 0.0);
            for (k, block) in samples(&clip.path())
                .chunks_exact(AUDIO_PER_HOP)
                .enumerate()
            {
                let mut hop = Hop::empty();
                hop.start = HostTime::from_nanos(k as i64 * HOP);
                hop.audio.presence = Presence::Present;
                hop.audio.valid = [true; MEL_PER_HOP];
                hop.audio.samples.copy_from_slice(block);
                let row = features.hop(&hop);
                let mel = &row.input.mel;
                assert!(
                    mel.iter().flatten().all(|x| (-3.5..=3.5).contains(x)),
                    "{:?} hop {k}",
                    clip.path()
                );
                if row.input.quality[1] > 0.5 && k > 0 {
                    heard += 1;
                    sum += mel.iter().flatten().sum::<f32>();
                    count += mel.iter().flatten().count() as f32;
                }
            }
            let mean = sum / f32::max(count, 1.0);
            assert!(
                heard >= 10 && (-2.8..1.5).contains(&mean),
                "{:?}: {heard} hops, mean {mean}",
                clip.path()
            );
            clips += 1;
        }
    }
    assert_eq!(clips, 20);
}

fn records(path: &Path) -> Vec<Vec<f32>> {
    let bytes = fs::read(path).expect("readable");
    bytes
        .chunks_exact(THERMAL_PIXELS * 4)
        .map(|record| {
            record
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect()
        })
        .collect()
}

#[test]
fn corrupt_frames_of_a_real_mlx90640_are_flagged() {
    let Some(root) = folder("mlx90640") else {
        return;
    };
    // The last log holds one run of four identical records; its fourth is taken for frozen.
    for (file, corrupt, stuck) in [
        ("ds-16-55-20200521-DSN200uG.raw", 0, 0),
        ("ds-16-55-20200525-DSN12u12uP.raw", 0, 0),
        ("ds-16-55-20200704-DSN4xG200uA5u.raw", 19, 1),
    ] {
        let frames = records(&root.join(file));
        let crop = Crop::new(&Mounting::default(), 32, 24);
        let mut check = Check::new(THERMAL_PIXELS, 295.0);
        let (mut flagged, mut zeros, mut frozen, mut good) = (0, 0, 0, 0);
        for frame in &frames {
            match check.look(frame) {
                Err(Fault::NotFinite | Fault::OutOfRange) => flagged += 1,
                Err(Fault::Zeros) => zeros += 1,
                Err(Fault::Frozen) => frozen += 1,
                Err(fault) => panic!("{file}: {fault:?}"),
                Ok(()) => {
                    good += 1;
                    let mut out = [0.0; THERMAL_PIXELS];
                    crop.apply(frame, &mut out).expect("the size of the module");
                    assert!(out.iter().all(|c| (-40.0..=300.0).contains(c)), "{file}");
                }
            }
        }
        assert_eq!(
            (flagged, frozen, good + flagged + zeros + frozen),
            (corrupt, stuck, frames.len()),
            "{file}: {zeros} with zeros"
        );
        assert!(
            zeros <= 1,
            "{file}: only the first record has half its pixels empty, not {zeros}"
        );
    }
}
