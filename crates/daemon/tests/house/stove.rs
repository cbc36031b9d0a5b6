//! A stove with simulated sensors on pseudo-terminals, and the daemon as a process beside it.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use wok_simulator::{Config, DISHES, Headset, Rig};
use wokd::clock::Monotonic;
use wokd::puppet::{Lines, Puppet};

/// Waits for something, at most half a minute.
#[track_caller]
pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(30), "{what}: never");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A folder with names that stay, as udev gives them, for lines that come and go.
pub(crate) struct Stove {
    pub(crate) folder: tempfile::TempDir,
    cook: Option<Puppet>,
}

impl Stove {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, cook: None }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Plugs everything in, under numbers that it did not have before, and starts to cook.
    pub(crate) fn plug_in(&mut self, headset: Headset) {
        let mut lines = Lines::open(self.folder.path()).unwrap();
        lines.headset.let_go();
        lines.camera.let_go();
        for (name, line) in [("eeg", &lines.headset), ("camera", &lines.camera)] {
            let _ = fs::remove_file(self.path(name));
            symlink(line.path(), self.path(name)).unwrap();
        }
        let mut cook = Config::new(DISHES[0], 3);
        cook.headset = headset;
        let cook = Puppet::start(Rig::new(cook), lines, Arc::new(Monotonic), || None);
        self.cook = Some(cook.unwrap());
    }

    /// Pulls all cables.
    pub(crate) fn unplug(&mut self) {
        if let Some(cook) = self.cook.take() {
            cook.stop();
        }
        for name in ["eeg", "camera"] {
            let _ = fs::remove_file(self.path(name));
        }
    }

    /// A configuration with the sections given here before the station's.
    pub(crate) fn configuration(&self, sections: &str) -> PathBuf {
        let file = self.path("wokd.toml");
        let at = |name: &str| self.path(name).display().to_string();
        let text = format!(
            "version = 1\n[site]\nid = \"home\"\n{sections}\n[[station]]\nid = \"stove\"\n\
             [station.eeg]\nkind = \"cyton\"\nport = {:?}\n\
             [station.thermal]\nkind = \"gy-mcu90640\"\nport = {:?}\n\
             [station.microphone]\nkind = \"pcm-socket\"\npath = {:?}\nrate = 16000\n",
            at("eeg"),
            at("camera"),
            at("microphone.pcm"),
        );
        fs::write(&file, text).unwrap();
        file
    }

    /// Starts `wokd run`; `dress` changes the command first.
    pub(crate) fn run(&self, file: &Path, dress: impl FnOnce(&mut Command)) -> Daemon {
        let log = self.path("log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_wokd"));
        command
            .arg("run")
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap());
        dress(&mut command);
        Daemon {
            child: command.spawn().unwrap(),
            log,
        }
    }
}

impl Drop for Stove {
    fn drop(&mut self) {
        self.unplug();
    }
}

/// A running daemon; killed with its test.
pub(crate) struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn says(&self, what: &str) {
        let began = Instant::now();
        while !self.log().contains(what) {
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "`{what}` is not in\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn terminate(&self) {
        let done = Command::new("kill")
            .args(["-TERM", &self.id().to_string()])
            .status();
        assert!(done.unwrap().success());
    }

    /// Its exit code, once it has ended by itself.
    #[track_caller]
    pub(crate) fn ends(&mut self) -> ExitStatus {
        until("the daemon's end", || {
            self.child.try_wait().unwrap().is_some()
        });
        self.child.wait().unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
