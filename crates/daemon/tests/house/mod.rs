//! What end-to-end tests stand on: a real Mosquitto on a free port, its own subscriber, and a stove.

#![allow(
    dead_code,
    reason = "each test file is a crate of its own and needs a part of the house"
)]

pub(crate) mod cooks;
pub(crate) mod outlets;
pub(crate) mod stove;

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A child that ends with its test.
pub(crate) struct Guard(pub(crate) Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn tool(name: &str) -> PathBuf {
    let cached = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../.cache/prometheus/usr/bin"
    );
    [
        "/usr/sbin",
        "/usr/bin",
        "/usr/local/bin",
        "/opt/homebrew/bin",
        cached,
    ]
    .iter()
    .map(|folder| Path::new(folder).join(name))
    .find(|path| path.exists())
    .unwrap_or_else(|| panic!("{name} is not installed; run `cargo xtask setup`"))
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

pub(crate) fn mosquitto(folder: &Path, port: u16) -> Guard {
    mosquitto_with(folder, port, "allow_anonymous true\n")
}

pub(crate) fn mosquitto_with(folder: &Path, port: u16, settings: &str) -> Guard {
    let file = folder.join("mosquitto.conf");
    fs::write(&file, format!("listener {port} 127.0.0.1\n{settings}")).unwrap();
    let child = Command::new(tool("mosquitto"))
        .arg("-c")
        .arg(file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "mosquitto does not listen"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    Guard(child)
}

/// A subscriber that is not ours, and what it heard.
pub(crate) struct Subscriber {
    _child: Guard,
    heard: PathBuf,
}

impl Subscriber {
    pub(crate) fn start(folder: &Path, port: u16, topic: &str) -> Self {
        let heard = folder.join("heard");
        let child = Command::new(tool("mosquitto_sub"))
            .args([
                "-h",
                "127.0.0.1",
                "-p",
                &port.to_string(),
                "-v",
                "-t",
                topic,
            ])
            .stdout(fs::File::create(&heard).unwrap())
            .spawn()
            .unwrap();
        Self {
            _child: Guard(child),
            heard,
        }
    }

    /// The messages of one topic so far.
    pub(crate) fn of(&self, topic: &str) -> Vec<Value> {
        fs::read_to_string(&self.heard)
            .unwrap()
            .lines()
            .filter_map(|line| line.strip_prefix(topic)?.strip_prefix(' '))
            // The last line may still be under way.
            .filter_map(|json| serde_json::from_str(json).ok())
            .collect()
    }

    /// All messages so far, with their topics.
    pub(crate) fn all(&self) -> Vec<(String, Value)> {
        fs::read_to_string(&self.heard)
            .unwrap()
            .lines()
            .filter_map(|line| {
                let (topic, json) = line.split_once(' ')?;
                Some((topic.to_owned(), serde_json::from_str(json).ok()?))
            })
            .collect()
    }
}
