//! Whatever a hop holds, every number that comes out is finite.

use proptest::prelude::*;
use wok_core::features::{FeatureConfig, Features};
use wok_core::hop::{Hop, Presence};
use wok_core::time::HostTime;

use crate::scene::{Scene, noise};

/// Numbers that signal code stumbles over, among ordinary ones.
fn number() -> impl Strategy<Value = f32> {
    prop_oneof![
        Just(f32::NAN),
        Just(f32::INFINITY),
        Just(f32::NEG_INFINITY),
        Just(f32::MAX),
        Just(f32::MIN),
        Just(f32::MIN_POSITIVE),
        Just(-0.0),
        Just(2253.0),
        -300.0f32..700.0,
    ]
}

fn presence() -> impl Strategy<Value = Presence> {
    prop_oneof![
        Just(Presence::Absent),
        Just(Presence::Missing),
        Just(Presence::Degraded),
        Just(Presence::Present)
    ]
}

/// A hop of the scene with one stream spoilt by a number here and there, and odd times.
#[derive(Debug, Clone)]
struct Spoil {
    value: f32,
    stride: usize,
    presence: [Presence; 3],
    valid: bool,
    start: i64,
    age: i64,
    held: bool,
    frames: usize,
}

fn spoil() -> impl Strategy<Value = Spoil> {
    let time = prop_oneof![Just(0i64), Just(i64::MAX), Just(i64::MIN), any::<i64>()];
    (
        number(),
        1usize..4000,
        [presence(), presence(), presence()],
        any::<bool>(),
        time.clone(),
        time,
        any::<bool>(),
        0usize..4,
    )
        .prop_map(
            |(value, stride, presence, valid, start, age, held, frames)| Spoil {
                value,
                stride,
                presence,
                valid,
                start,
                age,
                held,
                frames,
            },
        )
}

fn spoilt(k: u64, s: &Spoil) -> Hop {
    let mut hop = Scene::default().hop(k);
    let on = |i: usize| i.is_multiple_of(s.stride);
    hop.eeg.presence = s.presence[0];
    hop.audio.presence = s.presence[1];
    hop.thermal.presence = s.presence[2];
    hop.eeg
        .ticks
        .iter_mut()
        .flatten()
        .enumerate()
        .filter(|(i, _)| on(*i))
        .for_each(|(_, x)| *x = s.value);
    hop.audio
        .samples
        .iter_mut()
        .enumerate()
        .filter(|(i, _)| on(*i))
        .for_each(|(_, x)| *x = s.value);
    hop.thermal.frames.truncate(s.frames);
    for frame in &mut hop.thermal.frames {
        frame
            .celsius
            .iter_mut()
            .enumerate()
            .filter(|(i, _)| on(*i))
            .for_each(|(_, x)| *x = s.value);
    }
    for (i, valid) in hop.eeg.valid.iter_mut().enumerate() {
        *valid = s.valid || noise(k * 50 + i as u64) > 0.0;
    }
    for (i, valid) in hop.audio.valid.iter_mut().enumerate() {
        *valid = s.valid || noise(k * 20 + i as u64) > 0.0;
    }
    hop.start = HostTime::from_nanos(s.start);
    hop.thermal.age = s.age;
    hop.thermal.held = s.held;
    hop.eeg.contact = s.value;
    hop.aux = [Some(s.value); 8];
    hop
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_number_is_finite(spoils in prop::collection::vec(spoil(), 1..12)) {
        let mut features = Features::new(&FeatureConfig::default());
        for (k, s) in (0..).zip(&spoils) {
            let row = features.hop(&spoilt(k, s));
            let input = row.input;
            let numbers = input.eeg.iter().flatten()
                .chain(input.mel.iter().flatten())
                .chain(input.thermal.iter().flatten())
                .chain(&input.eeg_mask).chain(&input.quality).chain(&input.heat).chain(&input.dose)
                .chain(&input.recipe).chain(&input.aux).chain(&input.aux_mask).copied();
            let m = row.measured;
            let measured = [m.wall_celsius, m.toss_hz, m.wok_hei, m.dose_seconds];
            for x in numbers.chain(measured.into_iter().flatten()) {
                prop_assert!(x.is_finite());
            }
            prop_assert!(input.quality.iter().all(|q| (0.0..=1.0).contains(q)));
            prop_assert!(input.eeg.iter().flatten().all(|x| x.abs() <= 10.0));
            prop_assert!(input.mel.iter().flatten().all(|x| x.abs() <= 6.0));
        }
        // And a spoilt past does not spoil what follows.
        features.reset();
        let mut clean = Features::new(&FeatureConfig::default());
        for k in 0..3 {
            let hop = Scene::default().hop(k);
            prop_assert_eq!(features.hop(&hop).input, clean.hop(&hop).input);
        }
    }
}
