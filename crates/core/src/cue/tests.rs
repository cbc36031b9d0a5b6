use proptest::prelude::*;

use super::*;
use crate::recipe;
use crate::time::MS;

const HOP: i64 = 200 * MS;

const BLIND_EYES: [f32; StreamKind::ALL.len()] = [0.0; StreamKind::ALL.len()];

/// Qualities of a hop whose camera has this one, beside a good microphone.
fn seen(thermal: f32) -> [f32; StreamKind::ALL.len()] {
    let mut quality = BLIND_EYES;
    quality[StreamKind::Thermal.index()] = thermal;
    quality[StreamKind::Audio.index()] = 1.0;
    quality
}

/// A hop: chance of the bloom cue, phase, quality; `None` for one without a score.
type Said = Option<(f32, Phase, f32)>;

/// Runs hops of 200 ms from time zero and gives `hop:change` of the bloom cue.
fn run(hops: &[Said]) -> Vec<(usize, Change)> {
    let mut cues = Cues::new(recipe::DISHES[0].recipe);
    let mut out = Vec::new();
    for (k, said) in hops.iter().enumerate() {
        let end = HostTime::from_nanos((k as i64 + 1) * HOP);
        let measured = Measured::default();
        let hazard = said.map_or([0.0; CUES], |(chance, ..)| [chance, 0.0, 0.0]);
        let quality = said.map_or(BLIND_EYES, |(.., quality)| seen(quality));
        let scene = said.map(|(_, phase, _)| Scene {
            hazard: &hazard,
            phase,
            measured: &measured,
            quality: &quality,
        });
        for event in cues.hop(end, scene.as_ref()).into_iter().flatten() {
            assert_eq!(event.kind, CueKind::Bloom);
            out.push((k, event.change));
        }
    }
    out
}

fn check(hops: &[(usize, Said)], expect: &[(usize, Change)]) {
    let flat: Vec<Said> = hops
        .iter()
        .flat_map(|(n, said)| std::iter::repeat_n(*said, *n))
        .collect();
    assert_eq!(run(&flat), expect, "{hops:?}");
}

fn hop(chance: f32) -> Said {
    Some((chance, Phase::Preheat, 1.0))
}

#[test]
fn it_fires_once_and_stands_past_its_time_only_while_it_would_fire_again() {
    check(
        &[(100, hop(0.9))],
        &[(1, Change::New), (51, Change::Update)],
    );
    // Ten seconds after the firing at the second hop.
    check(
        &[(5, hop(0.9)), (95, hop(0.3))],
        &[(1, Change::New), (6, Change::Update), (51, Change::End)],
    );
}

#[test]
fn one_hop_is_no_cue_and_a_hop_between_the_thresholds_neither_fires_nor_fades() {
    check(&[(1, hop(0.9)), (1, hop(0.0)), (1, hop(0.9))], &[]);
    check(&[(30, hop(0.3))], &[]);
    check(&[(5, hop(0.9)), (20, hop(0.86))], &[(1, Change::New)]);
    // The lead is over, and the chance is gone.
    check(
        &[(25, hop(0.9)), (10, hop(0.87)), (4, hop(0.1))],
        &[(1, Change::New), (35, Change::Update), (36, Change::End)],
    );
}

#[test]
fn a_changed_confidence_is_told_once_a_second() {
    check(
        &[(4, hop(0.9)), (8, hop(0.6))],
        &[(1, Change::New), (6, Change::Update)],
    );
}

#[test]
fn the_cook_acts_and_the_cue_rests() {
    let bloom = Some((0.9, Phase::Bloom, 1.0));
    check(
        &[(5, hop(0.9)), (40, bloom)],
        &[(1, Change::New), (8, Change::End)],
    );
    // Thirty seconds of rest, then two hops.
    check(
        &[(5, hop(0.9)), (200, bloom)],
        &[(1, Change::New), (8, Change::End), (159, Change::New)],
    );
    // A flicker of the phase is no act.
    check(
        &[(5, hop(0.9)), (2, bloom), (5, hop(0.9))],
        &[(1, Change::New)],
    );
}

#[test]
fn no_cue_is_given_blind_or_after_the_flame_went_off() {
    check(&[(30, Some((0.9, Phase::Preheat, 0.1)))], &[]);
    check(&[(30, Some((0.9, Phase::Off, 1.0)))], &[]);
    check(&[(30, None)], &[]);
    check(
        &[(5, hop(0.9)), (20, None)],
        &[(1, Change::New), (10, Change::End)],
    );
    // A short gap is lived through, and nothing is counted across a long one.
    check(
        &[(5, hop(0.9)), (3, None), (5, hop(0.9))],
        &[(1, Change::New)],
    );
    check(&[(1, hop(0.9)), (20, None), (1, hop(0.9))], &[]);
    // A model that answers every other hop is slow, not blind.
    check(
        &[(1, hop(0.9)), (1, None), (1, hop(0.9)), (1, None)],
        &[(2, Change::New)],
    );
}

#[test]
fn reducing_is_heard_or_seen_and_blooming_only_seen() {
    for (thermal, audio, fires) in [
        (1.0, 0.0, [true, true, true]),
        (0.0, 1.0, [false, true, true]),
        (0.0, 0.0, [false; CUES]),
    ] {
        let mut quality = seen(thermal);
        quality[StreamKind::Audio.index()] = audio;
        let mut cues = Cues::new(recipe::DISHES[0].recipe);
        let mut fired = [false; CUES];
        for k in 1..6i64 {
            let scene = Scene {
                hazard: &[0.9; CUES],
                phase: Phase::Sear,
                measured: &Measured::default(),
                quality: &quality,
            };
            let end = HostTime::from_nanos(k * HOP);
            for event in cues.hop(end, Some(&scene)).into_iter().flatten() {
                fired[event.kind.index()] |= event.change == Change::New;
            }
        }
        assert_eq!(fired, fires, "thermal {thermal}, audio {audio}");
    }
}

#[test]
fn a_new_cook_ends_what_stands_and_begins_afresh() {
    let mut cues = Cues::new(recipe::DISHES[0].recipe);
    let quality = seen(1.0);
    let scene = Scene {
        hazard: &[0.9, 0.0, 0.0],
        phase: Phase::Preheat,
        measured: &Measured::default(),
        quality: &quality,
    };
    let mut changes = Vec::new();
    for k in 0..6i64 {
        if k == 3 {
            cues.reset();
        }
        let end = HostTime::from_nanos((k + 1) * HOP);
        for event in cues.hop(end, Some(&scene)).into_iter().flatten() {
            changes.push((k, event.id, event.change));
        }
    }
    assert_eq!(
        changes,
        [
            (1, 0, Change::New),
            (3, 0, Change::End),
            (5, 1, Change::New)
        ]
    );
}

#[test]
fn nonsense_is_no_chance() {
    check(&[(30, hop(f32::NAN))], &[]);
    check(&[(30, hop(f32::NEG_INFINITY))], &[]);
}

#[test]
fn causes_are_what_was_measured() {
    let recipe = recipe::DISHES[0].recipe;
    let check = |wall: Option<f32>, phase: Phase, since: i64, expect: &[Cause]| {
        let measured = Measured {
            wall_celsius: wall,
            ..Measured::default()
        };
        let scene = Scene {
            hazard: &[0.9; CUES],
            phase,
            measured: &measured,
            quality: &seen(1.0),
        };
        let causes = cause::of(CueKind::Bloom, &scene, since, &recipe);
        assert_eq!(causes.iter().collect::<Vec<_>>(), expect);
    };
    check(None, Phase::Preheat, 0, &[Cause::Forecast]);
    check(
        Some(220.0),
        Phase::Preheat,
        0,
        &[Cause::Forecast, Cause::HotEnough],
    );
    check(
        Some(60.0),
        Phase::Sear,
        1000 * SECOND,
        &[Cause::Forecast, Cause::LongEnough],
    );
}

proptest! {
    #[test]
    fn every_new_is_ended_once_and_none_stands_twice(
        hops in prop::collection::vec(
            prop::option::of((prop::array::uniform3(-0.5f32..1.5), 0usize..6, 0.0f32..1.0)), 0..400),
    ) {
        let mut cues = Cues::new(recipe::DISHES[2].recipe);
        let mut standing = [None; CUES];
        let mut newest = None;
        for (k, said) in hops.iter().enumerate() {
            let end = HostTime::from_nanos((k as i64 + 1) * HOP);
            let measured = Measured::default();
            let quality = said.map_or(BLIND_EYES, |(.., quality)| seen(quality));
            let scene = said.as_ref().map(|(hazard, phase, _)| Scene {
                hazard,
                phase: Phase::ALL[*phase],
                measured: &measured,
                quality: &quality,
            });
            for event in cues.hop(end, scene.as_ref()).into_iter().flatten() {
                let slot: &mut Option<u32> = &mut standing[event.kind.index()];
                prop_assert!((0.0..=1.0).contains(&event.confidence));
                prop_assert!(event.fired <= end && end <= event.expires);
                match event.change {
                    Change::New => {
                        prop_assert!(slot.is_none());
                        prop_assert!(newest.is_none_or(|id| event.id > id));
                        newest = Some(event.id);
                        *slot = Some(event.id);
                    }
                    Change::Update => prop_assert_eq!(*slot, Some(event.id)),
                    Change::End => {
                        prop_assert_eq!(*slot, Some(event.id));
                        *slot = None;
                    }
                }
            }
        }
        let blind = HostTime::from_nanos((hops.len() as i64 + 100) * HOP);
        for event in cues.hop(blind, None).into_iter().flatten() {
            prop_assert_eq!(event.change, Change::End);
            standing[event.kind.index()] = None;
        }
        prop_assert_eq!(standing, [None; CUES]);
    }
}
