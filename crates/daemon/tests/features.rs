//! `wokd features`: the labels of a cook that nobody sensed are those of the cook that was.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what a test cannot have, it fails by"
)]

mod house;

use std::fs;
use std::path::Path;

use safetensors::SafeTensors;
use serde_json::Value;

/// What a cook's file says of the truth, hop by hop and of the whole cook.
const BY_HOP: [&str; 5] = ["hop", "true_phase", "true_aspects", "latent", "so_far"];
const WHOLE: [&str; 5] = ["recipe", "reference", "families", "cues", "acted"];

/// Writes one cook of the shortest dish and gives its file's bytes and the index.
#[track_caller]
fn written(out: &Path, options: &[&str]) -> (Vec<u8>, Value) {
    let options = [&["--cooks", "1"], options].concat();
    let index = house::cooks::written("features", out, &options);
    let file = index["cooks"][0]["file"].as_str().unwrap();
    (fs::read(out.join(file)).unwrap(), index)
}

#[test]
fn a_blind_cook_has_the_same_truth_and_no_sensors() {
    let folder = tempfile::tempdir().unwrap();
    let (sensed, seen) = written(&folder.path().join("sensed"), &[]);
    let (blind, unseen) = written(&folder.path().join("blind"), &["--blind"]);
    let (sensed, blind) = (
        SafeTensors::deserialize(&sensed).unwrap(),
        SafeTensors::deserialize(&blind).unwrap(),
    );
    for name in ["eeg", "mel", "thermal", "heat", "quality"] {
        assert!(sensed.tensor(name).is_ok() && blind.tensor(name).is_err());
    }
    for name in WHOLE {
        assert_eq!(sensed.tensor(name).unwrap(), blind.tensor(name).unwrap());
    }
    for name in BY_HOP {
        let (a, b) = (sensed.tensor(name).unwrap(), blind.tensor(name).unwrap());
        // The last hop may be cut short by the devices' clocks.
        let rows = a.shape()[0].min(b.shape()[0]);
        assert!(rows > 100 && a.shape()[0].abs_diff(b.shape()[0]) <= 1);
        let bytes = rows * a.data().len() / a.shape()[0];
        assert_eq!(a.data()[..bytes], b.data()[..bytes], "{name}");
    }
    // So that a folder never holds both kinds.
    assert_eq!(
        (&seen["blind"], &unseen["blind"]),
        (&Value::Null, &Value::Bool(true))
    );
}
