//! What lies under `deploy/`, checked as far as it can be without a container engine.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what a test cannot have, it fails by"
)]

mod options;
mod schema;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use yaml_rust2::{Yaml, YamlLoader};

const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy");
const CACHE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.cache/linters");

fn deploy(name: &str) -> PathBuf {
    Path::new(DEPLOY).join(name)
}

fn yaml(name: &str) -> Yaml {
    let text = fs::read_to_string(deploy(name)).unwrap();
    let mut documents = YamlLoader::load_from_str(&text).unwrap();
    assert_eq!(documents.len(), 1, "{name}");
    documents.remove(0)
}

/// The keys of a table, in order.
fn keys(table: &Yaml) -> Vec<&str> {
    let keys = table.as_hash().unwrap().keys();
    keys.map(|key| key.as_str().unwrap()).collect()
}

/// Runs a linter on a file; it must say nothing.
#[track_caller]
fn lint(program: &Path, file: &str) {
    assert!(
        program.exists(),
        "{} is not there; run `cargo xtask setup`",
        program.display()
    );
    let output = Command::new(program).arg(deploy(file)).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success() && said.is_empty(), "{file}: {said}");
}

#[test]
fn hadolint_has_nothing_to_say() {
    let hadolint = Path::new(CACHE).join("hadolint");
    lint(&hadolint, "container/Dockerfile");
    lint(&hadolint, "homeassistant-addon/Dockerfile");
}

#[test]
fn shellcheck_has_nothing_to_say() {
    let installed = Path::new("/usr/bin/shellcheck");
    let unpacked = Path::new(CACHE).join("usr/bin/shellcheck");
    let shellcheck = if installed.exists() {
        installed
    } else {
        &unpacked
    };
    for script in [
        "debian/postinst",
        "debian/prerm",
        "debian/postrm",
        "homeassistant-addon/run.sh",
    ] {
        lint(shellcheck, script);
    }
}

#[test]
fn the_container_takes_every_folder_that_the_package_fills_for_the_daemon() {
    let dockerfile = fs::read_to_string(deploy("container/Dockerfile")).unwrap();
    let copied: Vec<&str> = dockerfile
        .lines()
        .filter_map(|line| line.strip_prefix("COPY --from=build /package/"))
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../daemon/Cargo.toml");
    let manifest = fs::read_to_string(manifest).unwrap();
    let (_, assets) = manifest.split_once("assets = [\n").unwrap();
    // systemd's and udev's files are of no use in a container.
    let machine = [
        "usr/lib/systemd",
        "usr/lib/sysusers.d",
        "usr/lib/tmpfiles.d",
        "usr/lib/modules-load.d",
        "usr/lib/udev",
    ];
    let mut taken = 0;
    for asset in assets.lines().take_while(|line| line.starts_with("    [")) {
        let place = asset.split('"').nth(3).unwrap();
        let place = if place == "usr/bin/" {
            "usr/bin/wokd"
        } else {
            place
        };
        let is = |folders: &[&str]| folders.iter().any(|folder| place.starts_with(folder));
        assert_ne!(is(&copied), is(&machine), "{place}");
        taken += usize::from(is(&copied));
    }
    assert!(taken > 10, "{taken}");
}
