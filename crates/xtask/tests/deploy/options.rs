//! The add-on's script from options to a configuration that the real daemon takes.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use yaml_rust2::Yaml;

use crate::{deploy, keys, yaml};

/// Stands in for the Supervisor: answers one question for the broker.
fn supervisor(broker: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut asked = String::new();
        for line in BufReader::new(client.try_clone().unwrap()).lines() {
            let line = line.unwrap();
            if line.is_empty() {
                break;
            }
            asked += &(line + "\n");
        }
        let knows = asked.starts_with("GET /services/mqtt ") && asked.contains("Bearer the-token");
        let status = if knows { "200 OK" } else { "403 Forbidden" };
        let body = format!(r#"{{"result":"ok","data":{broker}}}"#);
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        client.write_all((head + &body).as_bytes()).unwrap();
    });
    address
}

/// Runs `run.sh check` in a folder with options and a broker.
fn check(folder: &Path, options: &str, supervisor: &str) -> Output {
    let daemon = Path::new(env!("CARGO_BIN_EXE_xtask")).with_file_name("wokd");
    assert!(
        daemon.exists(),
        "{} is not there; `cargo test --workspace --all-features` builds it",
        daemon.display()
    );
    fs::write(folder.join("options.json"), options).unwrap();
    let path = std::env::var("PATH").unwrap();
    Command::new(deploy("homeassistant-addon/run.sh"))
        .arg("check")
        .env(
            "PATH",
            format!("{}:{path}", daemon.parent().unwrap().display()),
        )
        .env("WOKD_OPTIONS", folder.join("options.json"))
        .env("WOKD_OWN", folder.join("own.toml"))
        .env("WOKD_FOLDER", folder.join("run"))
        .env("SUPERVISOR", supervisor)
        .env("SUPERVISOR_TOKEN", "the-token")
        .output()
        .unwrap()
}

const BROKER: &str =
    r#"{"host":"core-mosquitto","port":1883,"ssl":false,"username":"addons","password":"s3cret"}"#;

#[track_caller]
fn taken(options: &str, broker: &'static str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = check(folder.path(), options, &supervisor(broker));
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let made = fs::read_to_string(folder.path().join("run/wokd.toml")).unwrap_or_default();
    assert!(
        output.status.success(),
        "{}{made}",
        String::from_utf8_lossy(&said)
    );
    let password = folder.path().join("run/mqtt.password");
    assert_eq!(
        fs::metadata(&password).unwrap().permissions().mode() & 0o777,
        0o600
    );
    made
}

/// The defaults of `config.yaml` as the Supervisor writes them, with some changed.
fn defaults(changed: &str) -> String {
    let config = yaml("homeassistant-addon/config.yaml");
    let options = &config["options"];
    let mut text: Vec<String> = keys(options)
        .into_iter()
        .map(|key| match &options[key] {
            Yaml::Boolean(value) => format!("{key:?}:{value}"),
            value => format!("{key:?}:{:?}", value.as_str().unwrap()),
        })
        .collect();
    // The later of two equal keys holds.
    text.push(changed.to_owned());
    format!("{{{}}}", text.join(","))
}

#[test]
fn the_daemon_takes_what_the_options_become() {
    let made = taken(
        &defaults(
            r#""thermal_kind":"gy-mcu90640","thermal_device":"/dev/ttyUSB0","microphone":true"#,
        ),
        BROKER,
    );
    for line in [
        "url = \"mqtt://core-mosquitto:1883\"",
        "user = \"addons\"",
        "port = \"/dev/ttyUSB0\"",
        "kind = \"alsa\"",
    ] {
        assert!(made.contains(line), "{line}: {made}");
    }
    assert!(!made.contains("s3cret"), "{made}");
    let eeg = r#""eeg_kind":"cyton","eeg_device":"/dev/ttyUSB1","metrics_port":9464"#;
    let made = taken(&defaults(eeg), BROKER);
    assert!(
        made.contains("listen = \"0.0.0.0:9464\"") && made.contains("[station.eeg]"),
        "{made}"
    );
    let video =
        r#""thermal_kind":"infiray","thermal_device":"/dev/video0","site_name":"a \"home\" \\ 家""#;
    let made = taken(&defaults(video), BROKER);
    assert!(made.contains("device = \"/dev/video0\""), "{made}");
}

#[test]
fn a_broker_without_a_password_is_named_without_one() {
    let broker =
        r#"{"host":"core-mosquitto","port":1883,"ssl":false,"username":null,"password":null}"#;
    let made = taken(
        &defaults(r#""thermal_kind":"woklink","thermal_device":"/dev/ttyACM0""#),
        broker,
    );
    assert!(
        !made.contains("user") && !made.contains("password"),
        "{made}"
    );
}

#[test]
fn a_mistake_in_the_options_is_the_daemons_to_tell() {
    let folder = tempfile::tempdir().unwrap();
    let output = check(
        folder.path(),
        &defaults(r#""eeg_kind":"cyton""#),
        &supervisor(BROKER),
    );
    assert_eq!(output.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&output.stderr).contains("port"));
}

#[test]
fn without_a_broker_it_says_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    // Nothing listens there.
    let output = check(
        folder.path(),
        &defaults(r#""microphone":true"#),
        "http://127.0.0.1:9",
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("Mosquitto broker"));
}

#[test]
fn a_configuration_of_ones_own_goes_before_the_options() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(deploy("examples/home.toml"), folder.path().join("own.toml")).unwrap();
    let output = check(folder.path(), "no JSON at all", "http://127.0.0.1:9");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
