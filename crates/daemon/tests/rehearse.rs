//! `wokd rehearse`: cooks that share a model hear from it what they would hear alone.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what a test cannot have, it fails by"
)]

mod house;

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use safetensors::SafeTensors;
use serde_json::Value;

/// Rehearses cooks of the shortest dish; what `tensor` holds of each by its seed, and what was said of the folder.
#[track_caller]
fn said(out: &Path, options: &[&str], tensor: &str) -> (HashMap<u64, Vec<f32>>, Value) {
    let index = house::cooks::written("rehearse", out, options);
    let of = |row: &Value| {
        let bytes = fs::read(out.join(row["file"].as_str().unwrap())).unwrap();
        let shard = SafeTensors::deserialize(&bytes).unwrap();
        let found = shard.tensor(tensor).unwrap();
        let numbers = found.data().chunks_exact(4);
        let numbers = numbers.map(|b| f32::from_le_bytes(b.try_into().unwrap()));
        (row["seed"].as_u64().unwrap(), numbers.collect())
    };
    let rows = index["cooks"].as_array().unwrap();
    (rows.iter().map(of).collect(), index)
}

/// The scores of each cook.
#[track_caller]
fn scores(out: &Path, options: &[&str]) -> (HashMap<u64, Vec<f32>>, Value) {
    said(out, options, "score")
}

const ONE: [&str; 4] = ["--first", "2", "--cooks", "1"];

/// The largest difference between two runs of the same length.
#[track_caller]
fn apart(a: &HashMap<u64, Vec<f32>>, b: &HashMap<u64, Vec<f32>>) -> f32 {
    let both = a.iter().map(|(seed, values)| (values, &b[seed]));
    both.map(|(a, b)| {
        assert!(a.len() > 500 && a.len() == b.len());
        assert!(a.iter().chain(b).all(|v| v.is_finite()));
        let each = a.iter().zip(b).map(|(a, b)| (a - b).abs());
        each.fold(0.0, f32::max)
    })
    .fold(0.0, f32::max)
}

#[test]
fn a_cook_at_a_full_table_hears_what_it_hears_alone() {
    let folder = tempfile::tempdir().unwrap();
    // Cooks of several lengths: places become free while others are still taken.
    let (shared, index) = scores(
        &folder.path().join("shared"),
        &["--first", "1", "--cooks", "3"],
    );
    let (alone, again) = scores(&folder.path().join("alone"), &ONE);
    assert_eq!(index["simulator"], again["simulator"]);
    assert_eq!(shared.len(), 3);
    let seed = alone.keys().next().unwrap();
    let shared = HashMap::from([(*seed, shared[seed].clone())]);
    assert!(apart(&alone, &shared) < 1e-3);
}

#[test]
fn another_cook_s_eeg_is_heard_and_a_sensor_left_out_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, _) = scores(&folder.path().join("plain"), &ONE);
    let with = |name: &str, more: &[&str], tensor: &str| {
        said(
            &folder.path().join(name),
            &[&ONE[..], more].concat(),
            tensor,
        )
        .0
    };
    let again = with("again", &[], "score");
    assert!(apart(&plain, &again) < 1e-4, "the same cook twice");
    let swapped = with("swapped", &["--swap-eeg"], "score");
    // Little, as the score has no EEG in it, but not nothing.
    let moved = apart(&plain, &swapped);
    assert!((1e-2..30.0).contains(&moved), "{moved} points");
    for (sensor, column) in [("eeg", 0), ("audio", 1), ("thermal", 2)] {
        let without = with(sensor, &["--without", sensor], "quality");
        let quality = |column: usize| -> f32 {
            let rows = without.values().flat_map(|v| v.chunks_exact(4));
            rows.map(|row| row[column]).fold(0.0, f32::max)
        };
        assert_eq!(quality(column), 0.0, "{sensor}");
        let others = (0..3).filter(|&other| other != column);
        assert!(others.map(quality).all(|best| best > 0.5), "{sensor}");
    }
}
