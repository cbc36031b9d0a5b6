//! `wokd devices` beside a real outlet.

use std::process::Command;

use serde_json::json;
use wokd::lsl::Network;

use crate::peer::Lab;

#[test]
fn a_headset_of_the_network_is_listed_by_its_source() {
    // The session of whoever says nothing of sessions, where others may show streams too.
    let lab = Lab::on(Network::default());
    let source = format!("cap-{}", std::process::id());
    let says = json!({"name": "cap", "source_id": source, "rate": 500.0, "channels": 3});
    let _headset = lab.outlet(&says);
    let out = Command::new(env!("CARGO_BIN_EXE_wokd"))
        .arg("devices")
        .output()
        .unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    let how = format!("    kind = \"lsl\", source_id = \"{source}\", rate = 500");
    let mut lines = said.lines().skip_while(|line| *line != source);
    let what = lines.nth(1).unwrap_or_else(|| panic!("{said}"));
    assert!(
        what.starts_with("    EEG \"cap\" of 3 channels of float32 at 500 Hz"),
        "{said}"
    );
    assert_eq!(lines.next(), Some(&how[..]), "{said}");
    assert!(out.status.success() && out.stderr.is_empty());
}
