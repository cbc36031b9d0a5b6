//! The dashboards in Grafana's published types.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::dashboards::texts;
use crate::{deploy, succeeds};

#[test]
fn dashboards_are_what_grafana_calls_a_dashboard() {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.cache/grafana-types");
    let compiler = installed.join("node_modules/.bin/tsc");
    if !compiler.exists() {
        println!(
            "skipped: no {}; `cargo xtask setup` installs it where there is npm",
            compiler.display()
        );
        return;
    }
    // Inside, so that the packages are found.
    let folder = tempfile::tempdir_in(&installed).unwrap();
    for file in ["dashboard.ts", "tsconfig.json"] {
        fs::copy(deploy("grafana/types").join(file), folder.path().join(file)).unwrap();
    }
    let write = |name: &str, json: &str| {
        // Written down in the language: what is only read as JSON has forgotten which strings it can be.
        let text = format!(
            "import type {{ Ours }} from \"./dashboard.js\";\nexport const made: Ours = {json}"
        );
        fs::write(folder.path().join(name).with_extension("ts"), text).unwrap();
    };
    let shipped = texts(&deploy("grafana/dashboards"));
    for (name, text) in &shipped {
        write(name, text);
    }
    let check = || {
        let mut command = Command::new(&compiler);
        command.arg("--project").arg(folder.path());
        command
    };
    succeeds(&mut check());

    let (name, text) = shipped.first_key_value().unwrap();
    for (good, bad) in [
        ("\"placement\": \"bottom\"", "\"placement\": \"beneath\""),
        ("\"drawStyle\"", "\"drawstyle\""),
    ] {
        assert!(text.contains(good));
        write(name, &text.replace(good, bad));
        assert!(
            !check().output().unwrap().status.success(),
            "{bad} is taken"
        );
    }
}
