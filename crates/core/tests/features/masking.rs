//! What is absent, missing or broken is zero and masked, and what hangs on it goes with it.

use wok_core::dsp::eeg::SETTLE_TICKS;
use wok_core::features::{FeatureConfig, Features};
use wok_core::grid::EEG_PER_HOP;
use wok_core::hop::{Hop, Presence};
use wok_core::recipe;
use wok_core::step::StepInput;
use wok_core::verdict::Measured;

use crate::scene::Scene;

/// The last row after `hops` hops, each changed by `edit`.
fn after(hops: u64, scene: Scene, edit: impl Fn(&mut Hop)) -> (StepInput, Measured) {
    let mut features = Features::new(&FeatureConfig::default());
    for k in 0..hops {
        let mut hop = scene.hop(k);
        edit(&mut hop);
        let row = features.hop(&hop);
        if k + 1 == hops {
            return (row.input.clone(), row.measured);
        }
    }
    unreachable!("at least one hop")
}

fn sum<const A: usize, const B: usize>(x: &[[f32; A]; B]) -> f32 {
    x.iter().flatten().map(|v| v.abs()).sum()
}

#[test]
fn a_whole_stir_fry_is_measured() {
    let (input, measured) = after(60, Scene::default(), |_| {});
    let wall = measured.wall_celsius.expect("seen");
    // The default wok's emissivity of 0.90 lifts 220 °C by some 6 K.
    assert!((220.0..230.0).contains(&wall), "{wall}");
    assert!(
        (measured.toss_hz.expect("heard") - 3.0).abs() < 0.1,
        "{measured:?}"
    );
    assert!(measured.wok_hei.expect("seen") > 20.0, "{measured:?}");
    // 12 s at 110 °C, g = 0.35.
    assert!(
        (0.05..2.0).contains(&measured.dose_seconds.expect("seen")),
        "{measured:?}"
    );
    assert_eq!(input.eeg_mask, [1.0; 8]);
    assert!(
        input.quality.iter().all(|q| *q > 0.9),
        "{:?}",
        input.quality
    );
    assert!(
        (input.heat[0] * 100.0 - wall).abs() < 1e-3
            && input.heat[1] == measured.toss_hz.expect("heard")
    );
    assert_eq!(
        (input.hops, input.reset, input.bypass),
        ([1.0], [0.0], [0.0])
    );
    // 20 µV of alpha are 0.4 units; the electrode's offset and the mains are gone.
    let peak = input.eeg[7].iter().fold(0.0f32, |a, x| a.max(x.abs()));
    assert!((0.3..0.6).contains(&peak), "{peak}");
}

#[test]
fn a_resting_wok_has_toss_zero() {
    let (_, measured) = after(
        60,
        Scene {
            toss_hz: 0.0,
            ..Scene::default()
        },
        |_| {},
    );
    assert_eq!(measured.toss_hz, Some(0.0));
}

#[test]
fn a_modality_that_is_gone_takes_along_what_hangs_on_it() {
    let all = after(60, Scene::default(), |_| {}).1;
    for (name, presence) in [("absent", Presence::Absent), ("missing", Presence::Missing)] {
        let (input, measured) = after(60, Scene::default(), |h| h.eeg.presence = presence);
        assert_eq!(
            (input.quality[0], sum(&input.eeg), input.eeg_mask),
            (0.0, 0.0, [0.0; 8]),
            "{name}"
        );
        assert_eq!(measured, all, "{name}");

        let (input, measured) = after(60, Scene::default(), |h| h.audio.presence = presence);
        assert_eq!((input.quality[1], sum(&input.mel)), (0.0, 0.0), "{name}");
        assert!(
            (measured.toss_hz.expect("seen") - 3.0).abs() < 0.15,
            "{name}: {measured:?}"
        );

        let (input, measured) = after(60, Scene::default(), |h| h.thermal.presence = presence);
        assert_eq!(
            (input.quality[2], sum(&input.thermal), input.heat[0]),
            (0.0, 0.0, 0.0),
            "{name}"
        );
        let gone = (
            measured.wall_celsius,
            measured.wok_hei,
            measured.dose_seconds,
        );
        assert_eq!(gone, (None, None, None), "{name}");
        assert!(measured.toss_hz.is_some() && input.dose == [0.0], "{name}");

        let (input, measured) = after(60, Scene::default(), |h| {
            h.thermal.presence = presence;
            h.audio.presence = presence;
            h.aux = [None; 8];
        });
        assert_eq!(
            (measured, input.heat),
            (Measured::default(), [0.0; 2]),
            "{name}"
        );
        assert_eq!(
            (input.quality[3], input.aux_mask),
            (0.0, [0.0; 8]),
            "{name}"
        );
    }
}

#[test]
fn the_dose_stands_still_while_the_camera_is_gone() {
    let mut features = Features::new(&FeatureConfig::default());
    let scene = Scene {
        food: Some(160.0),
        ..Scene::default()
    };
    let dose = |features: &mut Features, k: u64, presence: Presence| {
        let mut hop = scene.hop(k);
        hop.thermal.presence = presence;
        let row = features.hop(&hop);
        (row.input.dose[0], row.measured.dose_seconds)
    };
    let before = (0..25)
        .map(|k| dose(&mut features, k, Presence::Present))
        .last()
        .expect("hops");
    // 5 s at 160 °C, dry: some 10 s at 150 °C.
    assert!((8.0..13.0).contains(&before.1.expect("seen")), "{before:?}");
    let during = (25..50)
        .map(|k| dose(&mut features, k, Presence::Missing))
        .last()
        .expect("hops");
    assert_eq!(during, (before.0, None));
    let after = dose(&mut features, 50, Presence::Present);
    assert!(after.0 > before.0);
    features.reset();
    assert!(dose(&mut features, 0, Presence::Present).0 < 0.5);
}

#[test]
fn a_gap_in_the_eeg_masks_its_settling_time() {
    let mut features = Features::new(&FeatureConfig::default());
    let settle = SETTLE_TICKS as usize / EEG_PER_HOP;
    let mut masks = Vec::new();
    for k in 0..30 {
        let mut hop = Scene::default().hop(k);
        if k == 20 {
            hop.eeg.valid[40..].fill(false);
            hop.eeg.ticks[40..].fill([0.0; 8]);
        }
        let row = features.hop(&hop);
        masks.push(row.input.eeg_mask[0]);
        // The restart shows nowhere: what is let through is the same alpha as ever.
        assert!(
            row.input.eeg.iter().flatten().all(|x| x.abs() < 0.8),
            "hop {k}"
        );
    }
    assert_eq!(masks[..settle], vec![0.0; settle], "at the start");
    assert_eq!(masks[10..21], [1.0; 11]);
    assert_eq!(masks[21..21 + settle], vec![0.0; settle], "after the gap");
    assert_eq!(masks[22 + settle..], vec![1.0; 8 - settle]);
}

#[test]
fn bad_electrodes_are_masked_and_too_many_of_them_silence_the_eeg() {
    for (bad, alive) in [(0, true), (3, true), (4, true), (5, false), (8, false)] {
        let (input, _) = after(30, Scene::default(), |hop| {
            for tick in &mut hop.eeg.ticks {
                tick[..bad].fill(187_500.0);
            }
        });
        let mask: Vec<bool> = input.eeg_mask.iter().map(|m| *m == 1.0).collect();
        assert_eq!(mask, (0..8).map(|c| c >= bad).collect::<Vec<_>>(), "{bad}");
        assert_eq!(input.quality[0] > 0.0, alive, "{bad}: {}", input.quality[0]);
    }
}

#[test]
fn a_single_channel_headset_is_enough() {
    let (input, _) = after(30, Scene::default(), |hop| {
        hop.eeg.wired = std::array::from_fn(|c| c == 0);
        hop.eeg.contact = 0.5;
    });
    assert_eq!(
        input.eeg_mask,
        std::array::from_fn(|c| if c == 0 { 1.0 } else { 0.0 })
    );
    assert!(
        (0.4..=0.5).contains(&input.quality[0]),
        "{}",
        input.quality[0]
    );
}

#[test]
fn a_muted_microphone_and_a_blinded_camera_are_masked() {
    let (input, _) = after(30, Scene::default(), |h| h.audio.samples.fill(0.0));
    assert_eq!((input.quality[1], sum(&input.mel)), (0.0, 0.0));
    let broken = |celsius: f32| {
        after(30, Scene::default(), move |h| {
            h.thermal
                .frames
                .iter_mut()
                .for_each(|f| f.celsius[100] = celsius)
        })
    };
    for celsius in [f32::NAN, f32::INFINITY, 2253.0, -41.0] {
        let (input, measured) = broken(celsius);
        assert_eq!(
            (input.quality[2], sum(&input.thermal)),
            (0.0, 0.0),
            "{celsius}"
        );
        assert_eq!(measured.wall_celsius, None, "{celsius}");
    }
    let (input, _) = after(
        30,
        Scene {
            wall: 300.0,
            food: None,
            toss_hz: 0.0,
        },
        |_| {},
    );
    assert!(input.quality[2] < 0.2, "{}", input.quality[2]);
}

#[test]
fn held_frames_are_no_motion_and_age() {
    let frame = Scene::default().hop(0).thermal.frames.remove(0);
    let (input, measured) = after(40, Scene::default(), |h| {
        h.audio.presence = Presence::Absent;
        h.thermal.frames.clear();
        h.thermal.frames.push(frame.clone());
        h.thermal.held = true;
        h.thermal.age = 2_500_000_000;
    });
    assert!(
        (input.quality[2] - 0.5).abs() < 0.01,
        "{}",
        input.quality[2]
    );
    assert!(
        measured.wall_celsius.is_some() && measured.toss_hz.is_none(),
        "{measured:?}"
    );
    assert_eq!(sum(&[input.thermal[1]]), 0.0);
}

#[test]
fn recipe_and_bypass_are_settings_that_outlive_a_reset() {
    let mut features = Features::new(&FeatureConfig::default());
    let dish = recipe::dish("gong-bao").expect("known");
    features.set_recipe(&dish.recipe);
    features.set_bypass(true);
    features.reset();
    let input = features.hop(&Hop::empty()).input.clone();
    assert_eq!((input.recipe, input.bypass), (dish.recipe.vector(), [1.0]));
    features.set_bypass(false);
    assert_eq!(features.hop(&Hop::empty()).input.bypass, [0.0]);
}

#[test]
fn an_empty_hop_is_the_masked_input() {
    let mut features = Features::new(&FeatureConfig::default());
    let row = features.hop(&Hop::empty());
    assert_eq!(
        (row.input, row.measured),
        (&StepInput::masked(), Measured::default())
    );
}

#[test]
fn a_reset_forgets() {
    let mut features = Features::new(&FeatureConfig::default());
    let first: Vec<StepInput> = (0..12)
        .map(|k| features.hop(&Scene::default().hop(k)).input.clone())
        .collect();
    features.reset();
    for (k, expect) in (0..).zip(&first) {
        assert_eq!(
            features.hop(&Scene::default().hop(k)).input,
            expect,
            "hop {k}"
        );
    }
}
