//! A Home Assistant and the broker beside it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::house::stove::until;
use crate::house::{Guard, free_port, mosquitto, tool};

const ENVIRONMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.cache/homeassistant");

/// A broker and a Home Assistant beside it.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    port: u16,
    _broker: Guard,
    child: Guard,
    said: BufReader<ChildStdout>,
}

impl Home {
    /// `None` where no Home Assistant could be set up.
    pub(crate) fn new() -> Option<Self> {
        let python = Path::new(ENVIRONMENT).join("bin/python");
        if !python.exists() {
            println!("skipped: no Home Assistant; `cargo xtask setup` says why");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let broker = mosquitto(folder.path(), port);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/home_assistant/core.py");
        let mut child: Child = Command::new(python)
            .arg(script)
            .arg(port.to_string())
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        Some(Self {
            folder,
            port,
            _broker: broker,
            child: Guard(child),
            said,
        })
    }

    /// What it sees now.
    pub(crate) fn look(&mut self) -> Value {
        let child = &mut self.child.0;
        child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"))
    }

    /// Waits until an entity is in a state, and gives it.
    #[track_caller]
    pub(crate) fn shows(&mut self, unique_id: &str, state: &str) -> Value {
        let mut entity = Value::Null;
        until(&format!("{unique_id} in state {state}"), || {
            entity = self.look()["entities"][unique_id].take();
            entity["state"] == state
        });
        entity
    }

    pub(crate) fn publish(&self, topic: &str, payload: &[u8], retain: bool) {
        let file = self.folder.path().join("payload");
        std::fs::write(&file, payload).unwrap();
        let mut publish = Command::new(tool("mosquitto_pub"));
        publish
            .args(["-h", "127.0.0.1", "-q", "1", "-p"])
            .arg(self.port.to_string())
            .args(["-t", topic, "-f"])
            .arg(file);
        if retain {
            publish.arg("-r");
        }
        assert!(publish.status().unwrap().success());
    }

    pub(crate) fn retain(&self, topic: &str, payload: &[u8]) {
        self.publish(topic, payload, true);
    }
}
