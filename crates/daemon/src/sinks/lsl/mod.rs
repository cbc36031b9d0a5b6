//! Lab Streaming Layer: scores and cues, and signals where they were asked for, as streams beside whatever a laboratory
//! records.

mod signals;

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use firmware_interfaces::lsl::Format;
use metrics::counter;
use wok_core::grid::HOP;
use wok_core::hop::Hop;
use wok_core::time::SECOND;
use wok_core::verdict::Aspect;

use super::{Bridge, Report, Sink, payload};
use crate::clock::Clock;
use crate::lsl::{Channel, Network, OWN, Outlet, StreamInfo};
use signals::Shown;
pub use signals::Signals;

/// How scores and signals are shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The address of this machine that the streams are read at; `0.0.0.0` is all of them.
    pub address: Ipv4Addr,
    /// Where they are shown.
    pub network: Network,
    /// The signals that are shown too, by station; only on a loopback address.
    pub signals: Option<Vec<Signals>>,
}

/// The LSL outlet: two streams a station, and one for each of its signals.
///
/// `wokd-<site>-<station>-score` has a sample for each hop, stamped with its end: the technique score and its 80 %
/// interval (0–100), then the aspects (0–1). A hop without a score has NaN. `wokd-<site>-<station>-cue` has the JSON
/// of each cue as MQTT has it. Stamps are seconds of the host's monotonic clock, as liblsl's own are.
///
/// Signals come a hop at a time, as the pipeline had them: `…-eeg` has µV at 250 Hz of the electrodes that the model
/// looks at, unfiltered; `…-audio` has 16 kHz, full scale ±1; `…-thermal` each picture when it was true, 24×32 °C around
/// the wok as the camera reads them, row by row. What was not measured is NaN.
#[derive(Debug)]
pub struct Lsl {
    lanes: Vec<Lane>,
}

#[derive(Debug)]
struct Lane {
    score: Outlet,
    cue: Outlet,
    signals: Option<Shown>,
}

impl Lsl {
    /// Shows the streams of every station.
    ///
    /// # Errors
    /// When the address is not this machine's, or signals were to leave it, or the system gives no socket or thread.
    pub fn start(config: &Config, bridge: &Bridge, clock: &Arc<dyn Clock>) -> io::Result<Self> {
        if config.signals.is_some() && !config.address.is_loopback() {
            let why = "signals are shown on loopback alone";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        let start = |info| Outlet::start(info, &config.network, config.address, Arc::clone(clock));
        let lane = |station: &str, signals: Option<&Signals>| {
            let name = format!("{OWN}{}-{station}", bridge.site.id);
            let (score, cue) = (format!("{name}-score"), format!("{name}-cue"));
            let rate_hz = SECOND as f64 / HOP as f64;
            let score = StreamInfo::new(&score, "Score", Format::Float32, rate_hz, scores());
            let cue = StreamInfo::new(
                &cue,
                "Markers",
                Format::Text,
                0.0,
                vec![channel("cue", "json", "Markers")],
            );
            Ok(Lane {
                score: start(score)?,
                cue: start(cue)?,
                signals: signals
                    .map(|signals| Shown::start(signals, &name, start))
                    .transpose()?,
            })
        };
        let signals = |at| config.signals.as_ref()?.get(at);
        let stations = bridge.stations.iter().enumerate();
        let stations = stations.map(|(at, (place, _))| lane(&place.id, signals(at)));
        let lanes = stations.collect::<io::Result<_>>()?;
        Ok(Self { lanes })
    }
}

impl Lane {
    fn outlets(&self) -> impl Iterator<Item = &Outlet> {
        let signals = self.signals.iter().flat_map(Shown::outlets);
        [&self.score, &self.cue].into_iter().chain(signals)
    }
}

fn channel(label: &str, unit: &str, kind: &str) -> Channel {
    Channel {
        label: label.into(),
        unit: unit.into(),
        kind: kind.into(),
    }
}

fn scores() -> Vec<Channel> {
    let whole = ["technique_score", "low", "high"];
    let whole = whole.map(|label| channel(label, "0-100", "Score"));
    let aspects = Aspect::ALL.map(|aspect| channel(aspect.as_str(), "0-1", "Aspect"));
    whole.into_iter().chain(aspects).collect()
}

impl Sink for Lsl {
    fn report(&mut self, report: &Report<'_>) {
        let verdict = report.verdict;
        let Some(lane) = self.lanes.get(usize::from(verdict.station)) else {
            return;
        };
        let mut values = [f32::NAN; 3 + Aspect::ALL.len()];
        if let Ok(output) = &verdict.outcome {
            [values[0], values[1], values[2]] = [output.score[2], output.score[0], output.score[4]];
            values[3..].copy_from_slice(&output.aspects);
        }
        lane.score.push(verdict.end, &values);
        for cue in verdict.cues.iter().flatten() {
            let json = payload::cue(report, cue);
            lane.cue
                .push_text(verdict.end, &String::from_utf8_lossy(&json));
        }
        let outlets = self.lanes.iter().flat_map(Lane::outlets);
        let dropped = outlets.map(|outlet| outlet.counts().dropped).sum();
        counter!("wokd_errors_total", "stage" => "lsl", "error_type" => "slow_client")
            .absolute(dropped);
    }

    fn takes_hops(&self) -> bool {
        self.lanes.iter().any(|lane| lane.signals.is_some())
    }

    fn hop(&mut self, station: u16, hop: &Hop) {
        let lane = self.lanes.get_mut(usize::from(station));
        if let Some(signals) = lane.and_then(|lane| lane.signals.as_mut()) {
            signals.hop(hop);
        }
    }

    fn stop(&mut self, _: Duration) {
        self.lanes.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use firmware_interfaces::lsl::Number;
    use wok_core::verdict::Verdict;

    use super::*;
    use crate::clock::Monotonic;
    use crate::lsl::{Inlet, Values, resolve};
    use crate::sinks::testing::{bridge, scored, unscored};
    use crate::sources::StopToken;

    #[test]
    fn a_score_is_read_and_what_is_none_is_no_number() {
        let network = Network {
            session: format!("sink-{}", std::process::id()),
            base_port: 31_000,
            discovery_port: 31_040,
            groups: Vec::new(),
            peers: vec!["127.0.0.1".into()],
            ..Network::default()
        };
        let config = Config {
            address: Ipv4Addr::LOCALHOST,
            network: network.clone(),
            signals: None,
        };
        let bridge = bridge();
        let clock: Arc<dyn Clock> = Arc::new(Monotonic);
        let mut sink = Lsl::start(&config, &bridge, &clock).unwrap();
        let wait = Duration::from_secs(5);
        let found = resolve(&network, "type='Score'", wait, &StopToken::default()).unwrap();
        assert_eq!(found[0].info.source_id, "wokd-home-stove-score");
        let mut inlet = Inlet::open(&found[0]).unwrap();
        let began = Instant::now();
        while sink.lanes[0].score.counts().reading == 0 {
            assert!(began.elapsed() < wait);
        }
        let mut say = |verdict: &Verdict| {
            sink.report(&Report {
                bridge: &bridge,
                verdict,
                seq: 0,
                time_ms: 0,
                latency: Duration::ZERO,
            });
            let sample = inlet.pull(wait).unwrap().unwrap();
            let Values::Numbers(values) = sample.values else {
                panic!("texts")
            };
            (sample.stamp, values)
        };
        let (stamp, values) = say(&scored(60.0));
        assert_eq!((stamp, values.len()), (1.6, 9));
        assert_eq!(values[..3], [60.0, 40.0, 80.0].map(Number::Float32));
        let (_, values) = say(&unscored());
        assert!(values.iter().all(|value| value.as_f64().is_nan()));
    }
}
