//! The thread that passes notices on to every outlet.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use wok_core::time::{HostTime, MS};
use wok_core::verdict::StreamKind;

use super::waste::Waste;
use super::{Agreement, GOODBYE, Link, Summary};
use crate::clock::Clock;
use crate::config::{Device, Station};
use crate::notice::Notice;
use crate::pulse::Pulse;
use crate::sinks::{Bridge, Report, Sink};

/// How often the sources' health is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// The streams of a station, each once.
pub(super) fn streams(station: &Station) -> Vec<StreamKind> {
    let mut streams: Vec<_> = station.devices.iter().flat_map(Device::streams).collect();
    streams.sort_unstable();
    streams.dedup();
    streams
}

/// Starts the thread; it ends when the engine does, after every outlet's last word, and gives the
/// summary of the run.
pub(super) fn start(
    notices: Receiver<Notice>,
    sinks: Vec<Box<dyn Sink>>,
    bridge: Bridge,
    clock: Arc<dyn Clock>,
    links: Vec<Link>,
    agreement: Agreement,
    pulse: Pulse,
) -> io::Result<JoinHandle<Summary>> {
    let mut outlets = Outlets {
        sinks,
        bridge,
        clock,
        links,
        agreement,
        waste: Waste::default(),
        seq: Vec::new(),
        summary: Summary::default(),
    };
    std::thread::Builder::new()
        .name("wokd-outlets".into())
        .spawn(move || {
            loop {
                pulse.beat();
                match notices.recv_timeout(LOOK) {
                    Ok(notice) => outlets.notice(&notice),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                outlets.look();
            }
            for link in &mut outlets.links {
                for stream in &link.streams {
                    outlets.sinks.iter_mut().for_each(|s| {
                        s.availability(&outlets.bridge, link.station, *stream, false)
                    });
                }
            }
            outlets.sinks.iter_mut().for_each(|sink| sink.stop(GOODBYE));
            outlets.summary.published = outlets.sinks.iter().map(|sink| sink.published()).sum();
            outlets.summary
        })
}

struct Outlets {
    sinks: Vec<Box<dyn Sink>>,
    bridge: Bridge,
    clock: Arc<dyn Clock>,
    links: Vec<Link>,
    agreement: Agreement,
    waste: Waste,
    /// By station.
    seq: Vec<u64>,
    summary: Summary,
}

impl Outlets {
    fn notice(&mut self, notice: &Notice) {
        let Self { sinks, bridge, .. } = self;
        match notice {
            Notice::Hop(station, hop) => sinks.iter_mut().for_each(|sink| sink.hop(*station, hop)),
            Notice::Verdict(verdict) => {
                let now = self.clock.now();
                let since =
                    |then: HostTime| Duration::from_nanos((now - then).max(0).unsigned_abs());
                let age = since(verdict.end);
                let station = usize::from(verdict.station);
                if self.seq.len() <= station {
                    self.seq.resize(station + 1, 0);
                }
                let seq = self.seq[station];
                self.seq[station] += 1;
                let report = Report {
                    bridge,
                    verdict,
                    seq,
                    time_ms: self.clock.utc_ms() - (now - verdict.end) / MS,
                    latency: age,
                };
                sinks.iter_mut().for_each(|sink| sink.report(&report));
                self.summary.verdict(verdict, since(verdict.closed), age);
            }
            Notice::Stream(stream) => {
                let (now, utc) = (self.clock.now(), self.clock.utc_ms());
                let last_ms = stream.newest.map(|at| utc - (now - at) / MS);
                sinks
                    .iter_mut()
                    .for_each(|sink| sink.stream(bridge, stream, last_ms));
                self.waste.look(bridge, stream);
                self.summary.stream(stream);
            }
            Notice::Lags(station, lags) => {
                let alarms = self.agreement.judge(bridge, *station, lags);
                sinks
                    .iter_mut()
                    .for_each(|sink| sink.lags(bridge, *station, lags, &alarms));
            }
            Notice::Skipped(device, skipped) => {
                let link = self.links.iter_mut().find(|link| link.device == *device);
                if let Some(link) = link {
                    let report = link.skipped(*skipped);
                    sinks
                        .iter_mut()
                        .for_each(|sink| sink.source(bridge, &report));
                }
            }
            Notice::Inference(took) => sinks.iter_mut().for_each(|sink| sink.inference(*took)),
        }
    }

    /// Tells which streams came or went.
    fn look(&mut self) {
        for link in &mut self.links {
            if let Some(up) = link.change() {
                for stream in &link.streams {
                    self.sinks
                        .iter_mut()
                        .for_each(|s| s.availability(&self.bridge, link.station, *stream, up));
                }
            }
        }
    }
}
