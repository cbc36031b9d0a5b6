//! A real Prometheus, with the configuration that is shipped, beside a running daemon.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wok_simulator::Headset;

use crate::dashboards::{Query, queries};
use crate::house::stove::{Stove, until};
use crate::house::{Guard, free_port, mosquitto, tool};
use crate::text;

/// What no test machine can show, and why.
const ABSENT: [(&str, &str); 1] = [(
    "wokd-inference / GPU temperature GPU 温度",
    "needs a GPU, and a daemon that tells its temperature",
)];

/// The shipped Prometheus, scraping the daemon at `metrics`.
struct Prometheus {
    _process: Guard,
    url: String,
}

impl Prometheus {
    fn start(folder: &Path, metrics: u16) -> Self {
        for file in ["recording.rules.yml", "alerts.rules.yml"] {
            fs::write(folder.join(file), text(&format!("prometheus/{file}"))).unwrap();
        }
        let shipped = text("prometheus/prometheus.yml");
        // Rules five times as often, so that two minutes of them need not be waited for.
        let own = shipped
            .replace("127.0.0.1:9464", &format!("127.0.0.1:{metrics}"))
            .replace("evaluation_interval: 5s", "evaluation_interval: 1s");
        assert_ne!(own, shipped);
        fs::write(folder.join("prometheus.yml"), own).unwrap();
        let port = free_port();
        let process = Command::new(tool("prometheus"))
            .arg("--config.file=prometheus.yml")
            .arg("--storage.tsdb.path=data")
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let url = format!("http://127.0.0.1:{port}");
        Self {
            _process: Guard(process),
            url,
        }
    }

    /// The series that a query gives, a line each; none while it does not answer.
    fn series(&self, query: &str) -> Vec<String> {
        let out = Command::new(tool("promtool"))
            .args(["query", "instant", &self.url, query])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(!said.contains("bad_data"), "{query}: {said}");
        let lines = String::from_utf8_lossy(&out.stdout);
        lines
            .lines()
            .map(str::to_owned)
            .filter(|line| !line.is_empty())
            .collect()
    }
}

#[test]
fn every_panel_shows_something_beside_a_daemon_and_no_score_of_one_that_stands_still() {
    let mut stove = Stove::new();
    let (broker, metrics) = (free_port(), free_port());
    let _broker = mosquitto(stove.folder.path(), broker);
    stove.plug_in(Headset::Cyton);
    let file = stove.configuration(&format!(
        "[mqtt]\nurl = \"mqtt://127.0.0.1:{broker}\"\n[metrics]\nlisten = \"127.0.0.1:{metrics}\"\n"
    ));
    let daemon = stove.run(&file, |_| {});
    daemon.says("stove/thermal");
    let prometheus = Prometheus::start(stove.folder.path(), metrics);

    let queries = queries();
    let mut missing: Vec<&Query> = queries.iter().collect();
    let began = Instant::now();
    while missing
        .iter()
        .any(|query| !ABSENT.iter().any(|(panel, _)| query.panel == *panel))
    {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "nothing to show: {missing:#?}"
        );
        std::thread::sleep(Duration::from_millis(500));
        missing.retain(|query| prometheus.series(&query.substituted()).is_empty());
    }

    // Stopped as by a machine that hangs: the gauge's last word must not stand.
    let score = queries
        .iter()
        .find(|q| q.panel.starts_with("wokd-live / Technique score"))
        .unwrap();
    assert_eq!(prometheus.series(&score.substituted()).len(), 1);
    let stop = ["-STOP", &daemon.id().to_string()];
    assert!(Command::new("kill").args(stop).status().unwrap().success());
    until("no score", || {
        prometheus.series(&score.substituted()).is_empty()
    });
    until("the alert", || {
        let fires = "ALERTS{alertname=\"WokdDown\", alertstate=\"firing\"}";
        prometheus.series(fires).len() == 1
    });
}
