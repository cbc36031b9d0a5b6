//! Who may import whom, held by what cargo says of the manifests.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// Each package and those of ours that it may name, in any kind of dependency.
const LAYERS: &[(&str, &[&str])] = &[
    ("firmware-interfaces", &[]),
    ("wok-core", &["firmware-interfaces"]),
    ("wok-infer", &["wok-core"]),
    ("wok-simulator", &["firmware-interfaces"]),
    (
        "wokd",
        &[
            "firmware-interfaces",
            "wok-core",
            "wok-infer",
            "wok-simulator",
        ],
    ),
    ("xtask", &[]),
];

/// Packages from outside that belong to one of ours alone.
const RESERVED: &[(&str, &str)] = &[("ort", "wok-infer"), ("ort-sys", "wok-infer")];

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// The names of a package's dependencies of every kind.
fn dependencies(package: &Value) -> BTreeSet<String> {
    let each = package["dependencies"].as_array().unwrap().iter();
    each.map(|dependency| dependency["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn packages_import_only_the_layers_below() {
    let packages = packages();
    let ours: BTreeSet<&str> = LAYERS.iter().map(|(name, _)| *name).collect();
    let present: BTreeSet<&str> = packages
        .iter()
        .map(|package| package["name"].as_str().unwrap())
        .collect();
    assert_eq!(present, ours, "the list of layers names every package");
    for package in &packages {
        let name = package["name"].as_str().unwrap();
        let (_, may) = LAYERS.iter().find(|(layer, _)| *layer == name).unwrap();
        for dependency in dependencies(package) {
            assert!(
                !ours.contains(dependency.as_str()) || may.contains(&dependency.as_str()),
                "{name} may not import {dependency}"
            );
        }
    }
}

#[test]
fn reserved_packages_have_one_owner() {
    let packages = packages();
    for (reserved, owner) in RESERVED {
        for package in &packages {
            let name = package["name"].as_str().unwrap();
            assert!(
                name == *owner || !dependencies(package).contains(*reserved),
                "{name} names {reserved}, which is {owner}'s alone"
            );
        }
    }
    let infer = packages
        .iter()
        .find(|package| package["name"] == "wok-infer")
        .unwrap();
    assert!(dependencies(infer).contains("ort"));
}

#[test]
fn every_package_has_the_workspace_licence_and_lints() {
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        assert_eq!(package["license"], "MIT OR Apache-2.0", "{name}");
        let manifest = std::fs::read_to_string(package["manifest_path"].as_str().unwrap()).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{name}");
    }
}
