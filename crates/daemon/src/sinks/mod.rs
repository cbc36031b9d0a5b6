//! What becomes of a verdict: one file for each outlet, one line for each where `app` lists them.

pub mod lsl;
pub mod metrics;
pub mod mqtt;
pub mod payload;
pub mod terminal;

#[cfg(test)]
pub(crate) mod testing;

use std::time::Duration;

use wok_core::crossmodal::{Lags, Pair};
use wok_core::hop::Hop;
use wok_core::verdict::{StreamKind, Verdict};

use crate::notice::StreamNotice;
use crate::pulse::Pulse;

/// A place with an id for topics and labels and a name for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `[a-z0-9_-]`.
    pub id: String,
    /// Any script.
    pub name: String,
}

/// What runs here; told once at the start and after every reconnect.
#[derive(Debug, Clone, PartialEq)]
pub struct Bridge {
    /// The site.
    pub site: Place,
    /// The stations, in the configuration's order, each with its configured streams.
    pub stations: Vec<(Place, Vec<StreamKind>)>,
    /// Version of wokd.
    pub version: &'static str,
    /// Edition of the model.
    pub edition: String,
    /// SHA-256 of the model file, hexadecimal.
    pub model_sha256: String,
    /// Where the model runs.
    pub provider: String,
    /// Version of ONNX Runtime.
    pub runtime: String,
    /// This run of the daemon; with `seq` it makes every message unique.
    pub session: String,
    /// Whether the sensors are simulated.
    pub simulated: bool,
}

/// A verdict on its way out.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// What runs here.
    pub bridge: &'a Bridge,
    /// The verdict.
    pub verdict: &'a Verdict,
    /// Rises by one with every report of the station in the session.
    pub seq: u64,
    /// UTC of the hop's end, ms since 1970.
    pub time_ms: i64,
    /// From the hop's end to now.
    pub latency: Duration,
}

/// How a source is; the counts rise with the run.
#[derive(Debug, Clone, Copy)]
pub struct SourceReport<'a> {
    /// Index of the station.
    pub station: u16,
    /// As its section is named: eeg, thermal, microphone.
    pub sensor: &'a str,
    /// Bytes read.
    pub bytes: u64,
    /// Bytes among them that meant nothing: garbage, spoiled frames.
    pub skipped: u64,
    /// How often it went away after it had been there.
    pub lost: u64,
}

impl Report<'_> {
    /// The station of the verdict.
    #[must_use]
    pub fn station(&self) -> Option<&Place> {
        self.bridge
            .stations
            .get(usize::from(self.verdict.station))
            .map(|(place, _)| place)
    }
}

/// An outlet. Nothing here may block or grow: the publishing thread calls all outlets in turn.
pub trait Sink: Send {
    /// A hop was decided.
    fn report(&mut self, report: &Report<'_>);

    /// Whether [`Self::hop`] is to be called: hops are copied only where somebody takes them.
    fn takes_hops(&self) -> bool {
        false
    }

    /// What a station's streams gave in a hop, before its report.
    fn hop(&mut self, _station: u16, _hop: &Hop) {}

    /// Where a stream stands, once a second; `last_ms` is the UTC time of its newest sample, ms since 1970.
    fn stream(&mut self, _bridge: &Bridge, _notice: &StreamNotice, _last_ms: Option<i64>) {}

    /// How much later a station's streams show its tosses than each other, once a second, and which
    /// pairs, by [`Pair::ALL`], are out of bounds.
    fn lags(
        &mut self,
        _bridge: &Bridge,
        _station: u16,
        _lags: &Lags,
        _alarms: &[bool; Pair::ALL.len()],
    ) {
    }

    /// How a source is, once a second.
    fn source(&mut self, _bridge: &Bridge, _source: &SourceReport<'_>) {}

    /// A stream came or went.
    fn availability(
        &mut self,
        _bridge: &Bridge,
        _station: u16,
        _stream: StreamKind,
        _online: bool,
    ) {
    }

    /// A step of the model took this long.
    fn inference(&mut self, _took: Duration) {}

    /// Reports that left for somebody else so far.
    fn published(&self) -> u64 {
        0
    }

    /// What beats while a thread of its own comes round; `None` where it has none.
    fn pulse(&self) -> Option<(&'static str, Pulse)> {
        None
    }

    /// The last call: say goodbye, at most within `deadline`.
    fn stop(&mut self, _deadline: Duration) {}
}
