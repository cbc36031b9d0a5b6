//! MQTT: scores as they come, states and availability kept at the broker.
//!
//! [`payload`] says what is in a message, [`Publisher`] gets it to the broker.

mod alarms;
mod connect;
pub mod discovery;
#[cfg(test)]
mod faults;
mod publisher;
mod spool;
mod words;
mod worker;

use std::time::Duration;

use metrics::counter;
use wok_core::crossmodal::{Lags, Pair};
use wok_core::time::{HostTime, MS, SECOND};
use wok_core::verdict::{Phase, StreamKind};

use super::{Bridge, Report, Sink, payload};
pub use crate::config::Mqtt as Config;
use crate::pulse::Pulse;
use alarms::Alarms;
pub use publisher::{Counters, Publisher};

/// States are published at most this often (ns, less a hop's half for jitter), and whenever the phase changes.
const STATE_EVERY: i64 = SECOND - 100 * MS;

/// The MQTT outlet.
#[derive(Debug)]
pub struct Mqtt {
    publisher: Publisher,
    root: String,
    lanes: Vec<Lane>,
    alarms: Alarms,
    buffer: Vec<u8>,
}

#[derive(Debug)]
struct Lane {
    score: String,
    state: String,
    cue: String,
    alarm: String,
    /// UTC of the newest hop, ms since 1970.
    time_ms: i64,
    last_state: Option<HostTime>,
    phase: Option<Phase>,
}

impl Mqtt {
    /// Starts the publisher. The broker need not be there yet: scores go on without it.
    ///
    /// # Errors
    /// When the password or a certificate cannot be read or the system gives no thread.
    pub fn start(config: &Config, bridge: &Bridge) -> std::io::Result<Self> {
        let root = format!("{}/{}", config.base, bridge.site.id);
        let will = format!("{root}/bridge/state");
        let publisher = Publisher::start(config, will, &bridge.session)?;
        publisher.retain(format!("{root}/bridge/info"), payload::info(bridge), false);
        let lanes = bridge
            .stations
            .iter()
            .map(|(place, _)| Lane {
                score: format!("{root}/{}/score", place.id),
                state: format!("{root}/{}/state", place.id),
                cue: format!("{root}/{}/cue", place.id),
                alarm: format!("{root}/{}/alarm", place.id),
                time_ms: 0,
                last_state: None,
                phase: None,
            })
            .collect();
        let mut sink = Self {
            publisher,
            root,
            lanes,
            alarms: Alarms::default(),
            buffer: Vec::with_capacity(1024),
        };
        // What an earlier run warned of may be over; that it warned is still to be told.
        for lane in &sink.lanes {
            sink.publisher.follow(lane.alarm.clone(), Vec::new());
        }
        if let Some(prefix) = &config.discovery {
            for (topic, message) in discovery::messages(bridge, &config.base, prefix) {
                sink.publisher.retain(topic, message, false);
            }
        }
        for (station, (_, streams)) in bridge.stations.iter().enumerate() {
            for stream in streams {
                sink.availability(bridge, station as u16, *stream, false);
            }
        }
        Ok(sink)
    }

    /// What was sent, dropped and waited for so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.publisher.counters()
    }

    /// Tells the metrics, once a second.
    fn count(&self) {
        let counters = self.publisher.counters();
        for (outcome, messages) in [
            ("sent", counters.sent),
            ("dropped", counters.dropped),
            ("acknowledged", counters.acknowledged),
            ("expired", counters.expired),
            ("refused", counters.refused),
            ("overflowed", counters.overflowed),
        ] {
            counter!("wokd_mqtt_messages_total", "outcome" => outcome).absolute(messages);
        }
        counter!("wokd_errors_total", "stage" => "mqtt", "error_type" => "connection")
            .absolute(counters.lost);
    }
}

impl Sink for Mqtt {
    fn report(&mut self, report: &Report<'_>) {
        let Some(lane) = self.lanes.get_mut(usize::from(report.verdict.station)) else {
            return;
        };
        lane.time_ms = report.time_ms;
        payload::score(report, &mut self.buffer);
        self.publisher.offer(&lane.score, &self.buffer);
        for cue in report.verdict.cues.iter().flatten() {
            // An end is worth telling for as long as the cue could have stood.
            let left = (cue.expires - report.verdict.end)
                .max(SECOND)
                .unsigned_abs();
            let left = Duration::from_nanos(left).saturating_sub(report.latency);
            self.publisher
                .pass(&lane.cue, payload::cue(report, cue), Some(left));
        }
        let phase = report.verdict.phase().map(|(phase, _)| phase);
        let due = lane
            .last_state
            .is_none_or(|last| report.verdict.end - last >= STATE_EVERY);
        if due || phase != lane.phase {
            lane.last_state = Some(report.verdict.end);
            lane.phase = phase;
            self.publisher
                .retain(lane.state.clone(), self.buffer.clone(), true);
        }
        if due {
            self.count();
        }
    }

    fn availability(&mut self, bridge: &Bridge, station: u16, stream: StreamKind, online: bool) {
        if let Some((place, _)) = bridge.stations.get(usize::from(station)) {
            let topic = format!(
                "{}/{}/{}/availability",
                self.root,
                place.id,
                stream.as_str()
            );
            self.publisher
                .retain(topic, payload::state(online).to_vec(), false);
        }
    }

    fn lags(&mut self, bridge: &Bridge, station: u16, _: &Lags, alarms: &[bool; Pair::ALL.len()]) {
        let Some(lane) = self.lanes.get(usize::from(station)) else {
            return;
        };
        let news = self.alarms.disagree(bridge, station, lane.time_ms, alarms);
        for message in news.passing {
            self.publisher.pass(&lane.alarm, message, None);
        }
        for message in news.retained {
            self.publisher.follow(lane.alarm.clone(), message);
        }
    }

    fn published(&self) -> u64 {
        self.publisher.counters().sent
    }

    fn pulse(&self) -> Option<(&'static str, Pulse)> {
        Some(("MQTT", self.publisher.pulse()))
    }

    fn stop(&mut self, deadline: Duration) {
        self.publisher.stop(deadline);
    }
}
