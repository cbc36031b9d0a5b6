//! `wokd align` on a recording and on simulated devices that speak through pseudo-terminals.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what a test cannot have, it fails by"
)]

mod house;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use house::Guard;
use wok_simulator::{Config, Dish, Rig};
use wokd::clock::Monotonic;
use wokd::puppet::{Lines, Puppet};

fn wokd(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wokd"));
    command.args(args);
    command
}

/// The output and the exit code.
fn done(command: &mut Command) -> (String, Option<i32>) {
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    (
        String::from_utf8(output.stdout).unwrap(),
        output.status.code(),
    )
}

/// A configuration of a simulated rig whose headset is said to be `late` milliseconds late.
fn configuration(folder: &Path, headset: &Path, camera: &Path, sound: &Path, late: u32) -> String {
    let file = folder.join("wokd.toml");
    let text = format!(
        "version = 1\n[site]\nid = \"home\"\n[[station]]\nid = \"stove\"\nrecipe = \"gong-bao\"\n\
         [station.eeg]\nkind = \"cyton\"\nport = {headset:?}\nlatency_ms = {late}\n\
         [station.thermal]\nkind = \"gy-mcu90640\"\nport = {camera:?}\nlatency_ms = 0\n\
         [station.microphone]\nkind = \"pcm-socket\"\npath = {sound:?}\nrate = 16000\nlatency_ms = 0\n"
    );
    fs::write(&file, text).unwrap();
    file.display().to_string()
}

#[test]
fn knocks_on_a_recording_put_latencies_right() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("knocks.log");
    let log = log.to_str().unwrap();
    let simulate = [
        "simulate",
        "--seed",
        "3",
        "--log",
        log,
        "--knocks",
        "25,26.02,27.13",
    ];
    assert_eq!(done(&mut wokd(&simulate)).1, Some(0));
    let [a, b, c] = ["/dev/a", "/dev/b", "/run/c"].map(Path::new);
    let file = configuration(folder.path(), a, b, c, 0);
    let before = fs::read_to_string(&file).unwrap();

    let (said, code) = done(&mut wokd(&["align", &file, "--clap", "--from", log]));
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("stove (stove), by 3 knocks:"), "{said}");
    // The simulated module's picture is true two exposures before it has been sent.
    assert!(
        said.contains("later than the sound: [station.thermal] latency_ms = "),
        "{said}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), before);

    let (said, code) = done(&mut wokd(&[
        "align", &file, "--clap", "--from", log, "--write",
    ]));
    assert_eq!(code, Some(0), "{said}");
    let after = fs::read_to_string(&file).unwrap();
    let thermal = after.split("[station.thermal]").nth(1).unwrap();
    let late = thermal
        .lines()
        .find_map(|l| l.strip_prefix("latency_ms = "))
        .unwrap();

    // What it takes off is what the simulated line, exposures and chessboard put on, within its own interval.
    let known = said.lines().find(|l| l.starts_with("  thermal")).unwrap();
    let half: i32 = (known.split('±').nth(1).unwrap().split(' ').next().unwrap())
        .parse()
        .unwrap();
    let late: i32 = late.parse().unwrap();
    assert!((late - 178).abs() <= half, "{known}");

    // The recording is of the latencies before, and says the same again.
    let (said, code) = done(&mut wokd(&["align", &file, "--clap", "--from", log]));
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("nothing to change"), "{said}");
    // It is of a Cyton.
    fs::write(&file, before.replace("cyton", "thinkgear")).unwrap();
    let output = wokd(&["align", &file, "--from", log]).output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    let why = String::from_utf8(output.stderr).unwrap();
    assert!(why.contains("recorded with \"stove\": Cyton"), "{why}");
    assert!(why.contains("has \"stove\": ThinkGear"), "{why}");
    // No recording, no microphone to time it by.
    fs::write(&file, &before).unwrap();
    let (said, code) = done(&mut wokd(&["align", &file, "--from", "/dev/null"]));
    assert_eq!((said.as_str(), code), ("", Some(78)));
    fs::write(&file, before.split("[station.microphone]").next().unwrap()).unwrap();
    let (said, code) = done(&mut wokd(&["align", &file, "--clap"]));
    assert_eq!((said.as_str(), code), ("", Some(78)));
}

#[test]
fn knocks_are_heard_live() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = Lines::open(folder.path()).unwrap();
    lines.headset.let_go();
    lines.camera.let_go();
    let (headset, camera) = (
        lines.headset.path().to_owned(),
        lines.camera.path().to_owned(),
    );
    let file = configuration(folder.path(), &headset, &camera, &lines.microphone, 500);
    let child = wokd(&["align", &file, "--clap", "--seconds", "25"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut child = Guard(child);
    let mut config = Config::new(Dish::from_id("gong-bao").unwrap(), 1);
    config.knocks = vec![9.0, 10.05, 11.1];
    let puppet = Puppet::start(Rig::new(config), lines, Arc::new(Monotonic), || None).unwrap();
    let stdout = child.0.stdout.take().unwrap();
    let said = std::io::read_to_string(stdout).unwrap();
    puppet.stop();
    assert!(said.contains("stove: heard 3 knocks"), "{said}");
    // The wok is still cold: the camera may not see it. The headset was said to be half a second late.
    let line = said.lines().find(|line| line.starts_with("  eeg")).unwrap();
    let late: i32 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(line.contains("earlier than the sound"), "{said}");
    assert!((400..560).contains(&late), "{said}");
}

#[test]
fn tosses_of_a_recording_say_how_late_the_headset_is() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("cook.log");
    let log = log.to_str().unwrap();
    let simulate = [
        "simulate",
        "--dish",
        "egg-fried-rice",
        "--seed",
        "5",
        "--log",
        log,
    ];
    assert_eq!(done(&mut wokd(&simulate)).1, Some(0));
    let [a, b, c] = ["/dev/a", "/dev/b", "/run/c"].map(Path::new);
    let file = configuration(folder.path(), a, b, c, 0);
    let (said, code) = done(&mut wokd(&["align", &file, "--from", log]));
    assert_eq!(code, Some(0), "{said}");
    let of = |stream: &str| said.lines().find(|l| l.trim().starts_with(stream)).unwrap();
    assert!(of("eeg").contains("agrees with the sound"), "{said}");
    let late = of("thermal").split("latency_ms = ").nth(1).unwrap();
    let late: i32 = late.split(' ').next().unwrap().parse().unwrap();
    // As by knocks, but to 10 ms: 53 of the line, 125 of exposures and chessboard, less the microphone's own.
    assert!((late - 178).abs() <= 15, "{said}");
}

#[test]
fn a_cook_without_knocks_or_tosses_moves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b, c] = ["/dev/a", "/dev/b", "/run/c"].map(Path::new);
    let file = configuration(folder.path(), a, b, c, 0);
    let before = fs::read_to_string(&file).unwrap();
    // Spatula strokes are heard at another place of their cycle than tosses.
    for (dish, seed) in [
        ("mapo-tofu", "2"),
        ("hong-shao-rou", "4"),
        ("gong-bao", "1"),
    ] {
        let log = folder.path().join(dish);
        let log = log.to_str().unwrap();
        let simulate = ["simulate", "--dish", dish, "--seed", seed, "--log", log];
        assert_eq!(done(&mut wokd(&simulate)).1, Some(0));
        let ways: [&[&str]; 2] = [&["--clap", "--write"], &["--write"]];
        for way in &ways[..if dish == "gong-bao" { 1 } else { 2 }] {
            let args = [&["align", &file, "--from", log], *way].concat();
            let (said, code) = done(&mut wokd(&args));
            assert_eq!(code, Some(1), "{dish}: {said}");
            assert_eq!(fs::read_to_string(&file).unwrap(), before, "{dish}: {said}");
        }
    }
}
