//! Holds the features' outputs and their hash together.

use wok_core::features::{FeatureConfig, Features, ID};
use wok_core::hop::Hop;
use wok_core::recipe;
use wok_core::step::StepInput;

use crate::scene::Scene;

/// The hash that belongs to [`GOLDEN`]. Outputs that change need a new version in the features' spec,
/// a new hash here, new numbers below, and a model that was trained anew.
const GOLDEN_ID: u64 = 17_280_334_241_930_603_137;

/// A few numbers of every input and the measured ones, after hops of a scene.
fn probe(input: &StepInput, measured: [Option<f32>; 4]) -> Vec<f32> {
    let eeg = [0, 7]
        .into_iter()
        .flat_map(|c| [0, 24, 49].map(|i| input.eeg[c][i]));
    let mel = [0, 8, 20, 40, 63]
        .into_iter()
        .flat_map(|b| [0, 9, 19].map(|j| input.mel[b][j]));
    let thermal = input
        .thermal
        .iter()
        .flat_map(|plane| [0, 200, 400, 767].map(|i| plane[i]));
    let measured = measured.map(|m| m.unwrap_or(-1.0));
    eeg.chain(mel)
        .chain(thermal)
        .chain(input.eeg_mask)
        .chain(input.quality)
        .chain(input.heat)
        .chain(input.dose)
        .chain(input.recipe)
        .chain(input.aux)
        .chain(input.aux_mask)
        .chain(measured)
        .collect()
}

/// Probes after 3 s of a stir-fry at rest, 3 s of tossing and a hop with a hole in every stream.
fn probes() -> Vec<Vec<f32>> {
    let dish = recipe::dish("hong-shao-rou").expect("known");
    let mut features = Features::new(&FeatureConfig {
        recipe: dish.recipe,
        ..FeatureConfig::default()
    });
    let still = Scene {
        toss_hz: 0.0,
        food: None,
        wall: 205.0,
    };
    let mut out = Vec::new();
    for k in 0..31 {
        let mut hop: Hop = if k < 15 {
            still.hop(k)
        } else {
            Scene::default().hop(k)
        };
        if k == 30 {
            hop.eeg.valid[..10].fill(false);
            hop.audio.valid[5] = false;
            hop.thermal.frames.truncate(1);
        }
        let row = features.hop(&hop);
        if [14, 29, 30].contains(&k) {
            let m = row.measured;
            out.push(probe(
                row.input,
                [m.wall_celsius, m.toss_hz, m.wok_hei, m.dose_seconds],
            ));
        }
    }
    out
}

#[test]
fn outputs_do_not_change_without_a_new_version() {
    let golden: Vec<Vec<f32>> = include_str!("golden.txt")
        .lines()
        .map(|line| {
            line.split(' ')
                .map(|x| x.parse().expect("a number"))
                .collect()
        })
        .collect();
    let got = probes();
    let text: Vec<String> = got
        .iter()
        .map(|p| {
            p.iter()
                .map(|x| format!("{x:.6}"))
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    assert_eq!(
        ID,
        GOLDEN_ID,
        "a new spec needs new golden numbers:\n{}\n",
        text.join("\n")
    );
    assert_eq!(got.len(), golden.len());
    for (row, (got, want)) in got.iter().zip(&golden).enumerate() {
        assert_eq!(got.len(), want.len(), "row {row}");
        for (i, (g, w)) in got.iter().zip(want).enumerate() {
            let near = (g - w).abs() <= 1e-4 * w.abs().max(1.0);
            assert!(
                near,
                "row {row}, number {i}: {g}, not {w}. Bump the version in the features' spec."
            );
        }
    }
}
