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

/// Rehearses cooks of the shortest dish; the scores of each by its seed, and what was said of the folder.
#[track_caller]
fn scores(out: &Path, first: &str, cooks: &str) -> (HashMap<u64, Vec<f32>>, Value) {
    let index = house::cooks::written("rehearse", out, &["--first", first, "--cooks", cooks]);
    let of = |row: &Value| {
        let bytes = fs::read(out.join(row["file"].as_str().unwrap())).unwrap();
        let shard = SafeTensors::deserialize(&bytes).unwrap();
        let score = shard.tensor("score").unwrap();
        let numbers = score.data().chunks_exact(4);
        let numbers = numbers.map(|b| f32::from_le_bytes(b.try_into().unwrap()));
        (row["seed"].as_u64().unwrap(), numbers.collect())
    };
    let rows = index["cooks"].as_array().unwrap();
    (rows.iter().map(of).collect(), index)
}

#[test]
fn a_cook_at_a_full_table_hears_what_it_hears_alone() {
    let folder = tempfile::tempdir().unwrap();
    // Cooks of several lengths: places become free while others are still taken.
    let (shared, index) = scores(&folder.path().join("shared"), "1", "3");
    let (alone, again) = scores(&folder.path().join("alone"), "2", "1");
    assert_eq!(index["simulator"], again["simulator"]);
    assert_eq!(shared.len(), 3);
    for (seed, wanted) in alone {
        let heard = &shared[&seed];
        assert!(wanted.len() > 500 && heard.len() == wanted.len());
        let apart = heard.iter().zip(&wanted).map(|(a, b)| (a - b).abs());
        assert!(apart.fold(0.0, f32::max) < 1e-3);
    }
}
