//! The real liblsl, from the `pylsl` wheel, as a process of its own on ports of its own.

use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use serde_json::Value;
use wokd::lsl::{Found, Network, resolve};
use wokd::sources::StopToken;

/// A network of one test's own on loopback.
pub(crate) struct Lab {
    pub(crate) network: Network,
    pub(crate) folder: tempfile::TempDir,
}

impl Lab {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let own = std::process::id() as u16 % 150 * 2;
        let base = 20_000 + (own + NEXT.fetch_add(1, Ordering::Relaxed)) % 300 * 40;
        Self::on(Network {
            session: format!("test-{base}-{}", std::process::id()),
            discovery_port: base,
            base_port: base + 1,
            ports: 32,
            groups: vec![Ipv4Addr::LOCALHOST],
            peers: vec!["127.0.0.1".into()],
        })
    }

    /// A network whose groups no test has, found by multicast alone.
    pub(crate) fn multicast() -> Self {
        let mut lab = Self::new();
        lab.network.groups = vec![[239, 255, 172, 215].into()];
        lab.network.peers.clear();
        Self::on(lab.network)
    }

    pub(crate) fn on(network: Network) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (base, groups) = (network.discovery_port, &network.groups);
        let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
        let (groups, peers) = (groups.join(", "), network.peers.join(", "));
        let settings = format!(
            "[ports]\nMulticastPort = {base}\nBasePort = {}\nPortRange = 32\nIPv6 = disable\n\
             [multicast]\nResolveScope = machine\nAddressesOverride = {{{groups}}}\n\
             [lab]\nKnownPeers = {{{peers}}}\nSessionID = {}\n[log]\nlevel = -2\n",
            network.base_port, network.session
        );
        fs::write(folder.path().join("lsl_api.cfg"), settings).unwrap();
        Self { network, folder }
    }

    /// Starts a script of this folder.
    pub(crate) fn run(&self, script: &str, args: &[&str]) -> Peer {
        Peer::start(self.command(script).args(args))
    }

    /// A script of this folder, on this network.
    pub(crate) fn command(&self, script: &str) -> Command {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lsl");
        let mut command = Command::new(python());
        command
            .arg(here.join(script))
            .env("LSLAPICFG", self.folder.path().join("lsl_api.cfg"));
        command
    }

    /// An outlet that waits for its first reader.
    pub(crate) fn outlet(&self, says: &Value) -> Peer {
        let mut peer = self.run("outlet.py", &[&says.to_string()]);
        assert_eq!(peer.line(), "ready");
        peer
    }

    #[track_caller]
    pub(crate) fn find(&self, predicate: &str) -> Found {
        let wait = Duration::from_secs(10);
        let found = resolve(&self.network, predicate, wait, &StopToken::default()).unwrap();
        assert_eq!(found.len(), 1, "{predicate}: {found:?}");
        found.into_iter().next().unwrap()
    }
}

/// The Python that has pylsl: the set-up's, or the one named by `WOKD_TEST_PYTHON`.
fn python() -> PathBuf {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.cache/venv/bin/python");
    let python = std::env::var_os("WOKD_TEST_PYTHON").map_or_else(|| own.into(), PathBuf::from);
    assert!(
        python.exists(),
        "{} is not there; run `cargo xtask setup`",
        python.display()
    );
    python
}

/// A process that is ended with its test.
pub(crate) struct Reaped(pub(crate) Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A script that ends with its test.
pub(crate) struct Peer {
    child: Reaped,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Peer {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let child = Reaped(child);
        Self { child, lines }
    }

    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        self.lines.next().expect("the script has ended").unwrap()
    }

    #[track_caller]
    pub(crate) fn json(&mut self) -> Value {
        serde_json::from_str(&self.line()).unwrap()
    }

    /// The next sample: its stamp and its values, `None` where they are no number.
    #[track_caller]
    pub(crate) fn sample(&mut self) -> (f64, Vec<Option<f64>>) {
        // Python's JSON writes NaN, which is none.
        let said: Value = serde_json::from_str(&self.line().replace("NaN", "null")).unwrap();
        let values = said["sample"].as_array().unwrap().iter();
        let values = values.map(Value::as_f64).collect();
        (said["stamp"].as_f64().unwrap(), values)
    }

    /// As `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.child.0.kill().unwrap();
        self.child.0.wait().unwrap();
    }
}
