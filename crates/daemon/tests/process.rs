//! The daemon as a process: what it says to systemd, to the broker and to people when things go wrong.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what a test cannot have, it fails by"
)]

mod house;

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use clap::Parser;
use house::stove::{Stove, until};
use house::{Subscriber, free_port, mosquitto, mosquitto_with, tool};
use serde_json::{Value, json};
use wok_simulator::Headset;
use wokd::cli::Cli;
use wokd::puppet::Pty;

fn broker(port: u16) -> String {
    format!("[mqtt]\nurl = \"mqtt://127.0.0.1:{port}\"\n")
}

fn scored(messages: &[Value]) -> usize {
    let has_score = |m: &&Value| m.get("technique_score").is_some();
    messages.iter().filter(has_score).count()
}

/// Runs `wokd` to its end.
fn wokd(args: &[&str], dress: impl FnOnce(&mut Command)) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wokd"));
    command.args(args).stdin(Stdio::null());
    dress(&mut command);
    command.output().unwrap()
}

/// Runs `wokd run` on a configuration that must be refused with 78, and gives what it said.
#[track_caller]
fn refused(file: &Path, dress: impl FnOnce(&mut Command)) -> String {
    let out = wokd(&["run", file.to_str().unwrap()], dress);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(78), "{said}");
    said
}

#[test]
fn three_mistakes_are_told_at_once_with_line_and_remedy() {
    let stove = Stove::new();
    let file = stove.configuration("[mqtt]\nurl = \"http://broker\"\n[metric]\nlisten = 3\n");
    let text = fs::read_to_string(&file)
        .unwrap()
        .replace("kind = \"cyton\"", "kind = \"cytn\"");
    fs::write(&file, text).unwrap();
    let said = refused(&file, |_| {});
    let name = file.to_str().unwrap();
    for (line, words) in [(5, "mqtt://"), (6, "`metrics`"), (12, "cyton")] {
        let place = format!("{name}:{line}:");
        assert!(
            said.lines()
                .any(|l| l.starts_with(&place) && l.contains(words)),
            "no `{place} … {words}` in\n{said}"
        );
    }
}

#[test]
fn without_onnx_runtime_it_says_where_to_get_it() {
    let stove = Stove::new();
    let file = stove.configuration("");
    let said = refused(&file, |command| {
        command.env("ORT_DYLIB_PATH", "/nowhere/libonnxruntime.so");
    });
    assert!(said.contains("/nowhere/libonnxruntime.so"), "{said}");
    assert!(said.contains("cargo xtask setup"), "{said}");
}

#[test]
fn a_model_that_is_not_the_one_of_its_card_is_refused() {
    let stove = Stove::new();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/models");
    for name in ["base.onnx", "base.json", "base.golden.safetensors"] {
        fs::copy(shipped.join(name), stove.path(name)).unwrap();
    }
    let model = stove.path("base.onnx");
    let mut bytes = fs::read(&model).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&model, bytes).unwrap();
    let file = stove.configuration(&format!("[model]\npath = {:?}\n", model.to_str().unwrap()));
    let said = refused(&file, |_| {});
    assert!(
        said.contains("sha256") || said.contains("SHA-256"),
        "{said}"
    );
}

#[test]
fn a_port_that_another_program_holds_is_refused_by_its_name() {
    let mut stove = Stove::new();
    stove.plug_in(Headset::Cyton);
    let file = stove.configuration("");
    let mut first = stove.run(&file, |_| {});
    first.says("stove/thermal");
    until("the first daemon's hold", || {
        let out = wokd(&["check", "--devices", file.to_str().unwrap()], |_| {});
        !out.status.success()
    });
    let said = refused(&file, |_| {});
    assert!(said.contains(&first.id().to_string()), "{said}");
    assert!(first.is_running());
}

#[test]
fn systemd_hears_ready_alive_and_stopping_and_the_broker_offline() {
    let mut stove = Stove::new();
    let port = free_port();
    let _broker = mosquitto(stove.folder.path(), port);
    let heard = Subscriber::start(stove.folder.path(), port, "wok/#");
    stove.plug_in(Headset::Cyton);
    let file = stove.configuration(&broker(port));
    let socket = UnixDatagram::bind(stove.path("notify")).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let mut daemon = stove.run(&file, |command| {
        command
            .env("NOTIFY_SOCKET", stove.path("notify"))
            .env("WATCHDOG_USEC", "1000000");
    });
    let mut told = String::new();
    let mut hear = |what: &str| {
        let began = Instant::now();
        while !told.contains(what) {
            assert!(began.elapsed() < Duration::from_secs(30), "{what}: {told}");
            let mut buffer = [0; 512];
            let n = socket.recv(&mut buffer).unwrap();
            told.push_str(&String::from_utf8_lossy(&buffer[..n]));
            told.push('\n');
        }
    };
    hear("READY=1");
    hear("WATCHDOG=1");
    hear("3 of 3 sensors up");
    until("a score", || scored(&heard.of("wok/home/stove/score")) > 5);
    daemon.terminate();
    hear("STOPPING=1");
    assert!(daemon.ends().success(), "{}", daemon.log());
    assert!(daemon.log().contains("stopped:"), "{}", daemon.log());
    until("offline", || {
        heard.of("wok/home/bridge/state").last() == Some(&json!({"state": "offline"}))
    });
}

#[test]
fn the_broker_speaks_the_last_will_of_a_daemon_that_was_killed() {
    let stove = Stove::new();
    let port = free_port();
    let _broker = mosquitto(stove.folder.path(), port);
    let heard = Subscriber::start(stove.folder.path(), port, "wok/#");
    let file = stove.configuration(&broker(port));
    let mut daemon = stove.run(&file, |_| {});
    until("online", || {
        heard.of("wok/home/bridge/state").last() == Some(&json!({"state": "online"}))
    });
    daemon.kill();
    until("the will", || {
        heard.of("wok/home/bridge/state").last() == Some(&json!({"state": "offline"}))
    });
}

#[test]
fn unplugged_sensors_are_missed_by_name_and_taken_up_again_under_another_number() {
    let mut stove = Stove::new();
    let port = free_port();
    let _broker = mosquitto(stove.folder.path(), port);
    let heard = Subscriber::start(stove.folder.path(), port, "wok/#");
    let score = || heard.of("wok/home/stove/score");
    let camera = || {
        heard
            .of("wok/home/stove/thermal/availability")
            .pop()
            .unwrap_or_default()
    };
    // A missing device is no reason not to start.
    let file = stove.configuration(&broker(port));
    let mut daemon = stove.run(&file, |_| {});
    until("hops without sensors", || score().len() > 3);
    assert_eq!(scored(&score()), 0, "nothing is plugged in");
    for round in 1..=2 {
        stove.plug_in(Headset::Cyton);
        let before = scored(&score());
        until("scores", || scored(&score()) > before + 10);
        until("online", || camera() == json!({"state": "online"}));
        stove.unplug();
        until("offline", || camera() == json!({"state": "offline"}));
        until("a hop that says why it has no score", || {
            score().last().is_some_and(|m| m.get("unscored").is_some())
        });
        assert!(daemon.is_running(), "round {round}");
    }
    let messages = score();
    assert!(
        messages
            .windows(2)
            .all(|w| w[1]["seq"].as_u64() == w[0]["seq"].as_u64().map(|s| s + 1)),
        "no hop was lost or doubled"
    );
}

#[test]
fn a_thermal_module_and_a_microphone_alone_give_a_score_without_any_broker() {
    let mut stove = Stove::new();
    stove.plug_in(Headset::None);
    let metrics = free_port();
    let sections = format!(
        "{}[metrics]\nlisten = \"127.0.0.1:{metrics}\"\n",
        broker(free_port())
    );
    let file = stove.configuration(&sections);
    let text = fs::read_to_string(&file).unwrap();
    let (head, tail) = text.split_once("[station.eeg]").unwrap();
    let (_, tail) = tail.split_once("[station.thermal]").unwrap();
    fs::write(&file, format!("{head}[station.thermal]{tail}")).unwrap();
    let daemon = stove.run(&file, |_| {});
    daemon.says("Scores go on, and the broker is tried again");
    let scrape = || {
        let out = Command::new("python3")
            .args(["-c", "import sys,urllib.request as u; sys.stdout.write(u.urlopen(sys.argv[1]).read().decode())"])
            .arg(format!("http://127.0.0.1:{metrics}/metrics"))
            .output();
        String::from_utf8(out.unwrap().stdout).unwrap()
    };
    let scored = "wokd_windows_total{site=\"home\",station=\"stove\",outcome=\"scored\"}";
    until("scores in the metrics", || scrape().contains(scored));
    let mut check = Command::new(tool("promtool"))
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let text = scrape();
    check
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    assert!(check.wait().unwrap().success(), "{text}");
    let unlabelled = |line: &&str| {
        !line.starts_with('#') && !line.is_empty() && !line.contains("{site=\"home\"")
    };
    assert_eq!(
        text.lines().find(unlabelled),
        None,
        "every metric names its site"
    );
}

#[test]
fn bytes_of_a_wrong_baud_rate_are_told_and_are_no_sensor() {
    let stove = Stove::new();
    let port = free_port();
    let _broker = mosquitto(stove.folder.path(), port);
    let heard = Subscriber::start(stove.folder.path(), port, "wok/#");
    let mut line = Pty::open().unwrap();
    line.let_go();
    symlink(line.path(), stove.path("eeg")).unwrap();
    let file = stove.configuration(&broker(port));
    let daemon = stove.run(&file, |_| {});
    let mut seed = 1_u32;
    until("the word about it", || {
        let noise: Vec<u8> = (0..512)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 24) as u8
            })
            .collect();
        line.say(&noise);
        line.hear();
        daemon
            .log()
            .contains("look at the kind, the baud rate and the cable")
    });
    until("offline", || {
        let said = heard.of("wok/home/stove/eeg/availability");
        said.last() == Some(&json!({"state": "offline"}))
    });
    assert_eq!(scored(&heard.of("wok/home/stove/score")), 0);
}

#[test]
fn a_wrong_password_is_told_and_scores_go_on() {
    let mut stove = Stove::new();
    let port = free_port();
    let passwords = stove.path("passwords");
    let made = Command::new(tool("mosquitto_passwd"))
        .args(["-b", "-c", passwords.to_str().unwrap(), "wokd", "right"])
        .status();
    assert!(made.unwrap().success());
    let settings = format!("password_file {}\nuser root\n", passwords.display());
    let _broker = mosquitto_with(stove.folder.path(), port, &settings);
    stove.plug_in(Headset::Cyton);
    fs::write(stove.path("password"), "sesame\n").unwrap();
    let file = stove.configuration(&format!(
        "{}user = \"wokd\"\npassword_file = {:?}\n",
        broker(port),
        stove.path("password").to_str().unwrap()
    ));
    let daemon = stove.run(&file, |_| {});
    daemon.says("Scores go on, and the broker is tried again");
    assert!(
        daemon.log().contains("check `user` and the password file"),
        "{}",
        daemon.log()
    );
    assert!(!daemon.log().contains("sesame"), "no secret in a log");
    daemon.terminate();
}

#[cfg(feature = "demo")]
#[test]
fn the_demo_scores_for_whoever_subscribes_with_the_line_it_prints_and_sums_up() {
    use std::io::{BufRead, BufReader};
    let mut demo = Command::new(env!("CARGO_BIN_EXE_wokd"))
        .args(["demo", "--dish", "tomato-egg", "--seed", "4", "--for", "8s"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let line = lines
        .by_ref()
        .find(|line| line.contains("mosquitto_sub"))
        .unwrap();
    let words = line
        .split_once("mosquitto_sub")
        .unwrap()
        .1
        .replace('\'', "");
    let subscriber = Command::new(tool("mosquitto_sub"))
        .args(words.split_whitespace())
        .args(["-C", "20", "-W", "20"])
        .output()
        .unwrap();
    let heard = String::from_utf8(subscriber.stdout).unwrap();
    assert!(heard.contains("wok/home/stove/score {"), "{heard}");
    assert!(heard.contains("\"simulated\":true"), "{heard}");
    let rest: Vec<String> = lines.collect();
    assert!(demo.wait().unwrap().success());
    let a_second = rest.iter().filter(|line| line.contains("灶台  ")).count();
    assert!((3..=9).contains(&a_second), "{rest:?}");
    let sum = rest.last().unwrap();
    let numbers: Vec<u64> = sum
        .split(&[' ', ','][..])
        .filter_map(|word| word.parse().ok())
        .collect();
    assert!(
        sum.contains("published; dropped samples:") && sum.contains("p99"),
        "{sum}"
    );
    assert!(numbers[0] >= 30 && numbers[2] > 20, "{sum}");
}

#[test]
fn the_unit_starts_what_there_is_and_lets_it_do_no_more_than_it_needs() {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../systemd/wokd.service");
    let text = fs::read_to_string(&unit).unwrap();
    let value = |key: &str| {
        let of = |line: &str| Some(line.strip_prefix(key)?.strip_prefix('=')?.to_owned());
        text.lines().find_map(of).unwrap_or_default()
    };
    assert_eq!(value("Type"), "notify");
    assert_eq!(value("RestartPreventExitStatus"), "78");
    // A check before the start would be restarted for ever: only the main process's 78 is heard.
    assert_eq!(value("ExecStartPre"), "");
    let line = value("ExecStart");
    let words: Vec<&str> = line.split_whitespace().collect();
    assert!(Cli::try_parse_from(&words).is_ok(), "{line}");
    let offline = ["security", "--no-pager", "--offline=true", "--threshold=20"];
    match Command::new("systemd-analyze")
        .args(offline)
        .arg(&unit)
        .output()
    {
        Ok(out) => assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stdout)
        ),
        Err(error) => println!("exposure not looked at: no systemd-analyze ({error})"),
    }
}

#[test]
fn a_recorded_cook_is_replayed_with_the_same_answers() {
    let mut stove = Stove::new();
    let port = free_port();
    let _broker = mosquitto(stove.folder.path(), port);
    let heard = Subscriber::start(stove.folder.path(), port, "wok/#");
    stove.plug_in(Headset::Cyton);
    let file = stove.configuration(&broker(port));
    let log = stove.path("cook.wok");
    let mut daemon = stove.run(&file, |command| {
        command.arg("--record").arg(&log);
    });
    let score = || heard.of("wok/home/stove/score");
    until("scores", || scored(&score()) > 10);
    daemon.terminate();
    assert!(daemon.ends().success());
    let out = wokd(&["replay", log.to_str().unwrap()], |_| {});
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    // Hop for hop what the subscriber heard, to the last one.
    let live: Vec<String> = score()
        .iter()
        .filter_map(|m| m["technique_score"].as_f64())
        .map(|score| format!("{score:5.1}"))
        .collect();
    let again: Vec<&str> = said
        .lines()
        .filter_map(|line| line.split_once(" hop ")?.1.split_once(' '))
        .map(|(_, score)| score)
        .filter(|score| score.trim().parse::<f64>().is_ok())
        .collect();
    assert!(
        live.len() > 10 && again.ends_with(&live.iter().map(String::as_str).collect::<Vec<_>>()),
        "{live:?} {again:?}"
    );
}

#[test]
fn it_lives_on_when_nobody_reads_its_log() {
    let mut stove = Stove::new();
    let port = free_port();
    let _broker = mosquitto(stove.folder.path(), port);
    let heard = Subscriber::start(stove.folder.path(), port, "wok/#");
    stove.plug_in(Headset::Cyton);
    let file = stove.configuration(&broker(port));
    let mut reader = Command::new("true").stdin(Stdio::piped()).spawn().unwrap();
    let gone = reader.stdin.take().unwrap();
    reader.wait().unwrap();
    let mut daemon = stove.run(&file, |command| {
        command.env("WOKD_LOG", "debug").stderr(Stdio::from(gone));
    });
    until("scores", || scored(&heard.of("wok/home/stove/score")) > 10);
    daemon.terminate();
    assert!(daemon.ends().success());
}
