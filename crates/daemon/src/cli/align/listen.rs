//! Where the lags come from: the sensors, live, or a recording.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use wok_core::config::{PipelineConfig, StationConfig};
use wok_core::crossmodal::Lag;
use wok_core::event::{Body, Event};
use wok_core::pipeline::{Output, Pipeline};
use wok_core::time::SECOND;

use super::{Heard, pairs};
use crate::app::{self, Error};
use crate::cli::run::stop_signal;
use crate::cli::say::{complain, say};
use crate::clock::{Clock, Monotonic};
use crate::config::{Config, Station};
use crate::inbox::{Inbox, Taken};
use crate::record;
use crate::sources::{Source, StopToken};

/// How long a hop waits for its streams: nobody waits for a score, and a sensor that is far too late shall
/// be found out rather than left out.
const PATIENCE: i64 = 2 * SECOND;
/// The longest nap between two looks at the signal to stop.
const NAP: Duration = Duration::from_millis(200);

/// A pipeline without a model.
struct Ear {
    pipeline: Pipeline,
    clap: bool,
    stations: u16,
}

impl Ear {
    fn new(config: &Config, clap: bool) -> Self {
        let mut pipeline = Pipeline::new();
        if clap {
            pipeline.listen_for_knocks();
        }
        let stations = u16::try_from(config.stations.len()).unwrap_or(u16::MAX);
        Self {
            pipeline,
            clap,
            stations,
        }
    }

    /// Gives whether a hop has closed, without which nothing new is known.
    fn handle(&mut self, event: &Event) -> bool {
        self.pipeline.handle(event);
        let mut closed = false;
        while let Some(output) = self.pipeline.poll() {
            match output {
                // No answer: the next hop overtakes the one that waits for it.
                Output::Infer(step) => {
                    self.pipeline.recycle(step);
                    closed = true;
                }
                Output::Verdict(_) => closed = true,
                Output::Hop(..) | Output::Dropped { .. } => {}
            }
        }
        closed
    }

    fn heard(&self) -> Vec<Heard> {
        let of = |station| {
            if self.clap {
                let (knocks, lags) = self.pipeline.knocks(station).unwrap_or_default();
                Heard { knocks, lags }
            } else {
                let lags = self.pipeline.lags(station).copied().unwrap_or_default();
                Heard { knocks: 0, lags }
            }
        };
        (0..self.stations).map(of).collect()
    }
}

/// Listens to the sensors until every lag is known, `seconds` are over or somebody ends it.
///
/// # Errors
/// When a sensor is in use, or the system gives no thread.
pub(super) fn live(config: &Config, clap: bool, seconds: u32) -> Result<Vec<Heard>, Error> {
    app::all_free(config)?;
    let stopped = stop_signal()?;
    let inbox = Inbox::default();
    let mut epoch = config.pipeline();
    epoch.lateness = PATIENCE;
    inbox.control(Body::Epoch(Box::new(epoch)));
    let stop = StopToken::default();
    let clock: Arc<dyn Clock> = Arc::new(Monotonic);
    let sources = app::start_sources(config, &inbox, &clock, &stop)?;
    let mut ear = Ear::new(config, clap);
    let start = clock.now();
    let end = start + i64::from(seconds) * SECOND;
    let (mut seq, mut last) = (0, start);
    let mut told = vec![Heard::default(); config.stations.len()];
    let mut faults = vec![None; sources.len()];
    while last < end && !stopped.load(Ordering::Relaxed) {
        let body = match inbox.take(NAP) {
            Taken::Body(body) => body,
            Taken::Nothing => Body::Tick,
            Taken::Closed => break,
        };
        last = last.max(clock.now());
        let event = Event {
            seq,
            at: last,
            body,
        };
        seq += 1;
        let closed = ear.handle(&event);
        if let Body::Read { device, bytes, .. } = event.body {
            inbox.recycle(device, bytes);
        }
        if !closed {
            continue;
        }
        for (source, told) in sources.iter().zip(&mut faults) {
            let state = source.health.state();
            if !state.up && state.error.is_some() && state.error != *told {
                complain!(
                    "{}: {}",
                    source.health.name(),
                    state.error.as_deref().unwrap_or_default()
                );
                *told = state.error;
            }
        }
        let heard = ear.heard();
        for ((told, now), station) in told.iter_mut().zip(&heard).zip(&config.stations) {
            progress(station, told, now);
            *told = *now;
        }
        let mut all = heard.iter().zip(&config.stations);
        if all.all(|(heard, station)| heard.is_enough(station)) {
            break;
        }
    }
    for source in &sources {
        let state = source.health.state();
        if !state.up {
            let why = state
                .error
                .unwrap_or_else(|| "nothing comes of it".to_owned());
            complain!("{}: {why}", source.health.name());
        }
    }
    stop.stop();
    sources.into_iter().for_each(Source::join);
    Ok(ear.heard())
}

/// What is new, while it goes on.
fn progress(station: &Station, told: &Heard, now: &Heard) {
    let id = &station.id;
    if now.knocks > told.knocks {
        say!("{id}: heard {} knocks", now.knocks - told.knocks);
    }
    for pair in pairs(station) {
        let (before, lag) = (told.lags.of(pair), now.lags.of(pair));
        let stream = pair.streams().0.as_str();
        match lag.known() {
            Some(lag) if before.known().is_none() => {
                say!("{id}: {stream} is known to ±{:.0} ms", lag.half() * 1e3)
            }
            None if now.knocks > told.knocks => say!("{id}: {stream} not yet; knock again"),
            _ => {}
        }
    }
}

/// Hears a recording; also gives the stations with the latencies that it was made with.
///
/// # Errors
/// When it cannot be read, or is of another configuration.
pub(super) fn recorded(
    config: &Config,
    log: &Path,
    clap: bool,
) -> Result<(Vec<Station>, Vec<Heard>), Error> {
    let fault = |what: String| Error::Config(format!("{}: {what}", log.display()));
    let (events, broken) = record::read(log).map_err(|error| fault(error.to_string()))?;
    let mut ear = Ear::new(config, clap);
    let own = config.pipeline();
    let mut best = ear.heard();
    let mut stations = config.stations.clone();
    for mut event in events {
        if let Body::Epoch(then) = &mut event.body {
            let devices = |all: &PipelineConfig| -> Vec<_> {
                let of = |s: &StationConfig| {
                    let kinds = s.devices.iter().map(|d| (d.id, d.protocol));
                    (s.id.clone(), kinds.collect::<Vec<_>>())
                };
                all.stations.iter().map(of).collect()
            };
            if devices(&own) != devices(then) {
                let (now, then) = (sensors(&own), sensors(then));
                return Err(fault(format!(
                    "was recorded with {then}, and the configuration has {now}; align with the one that it was recorded with"
                )));
            }
            for (station, then) in stations.iter_mut().zip(&then.stations) {
                for (device, then) in station.devices.iter_mut().zip(&then.devices) {
                    device.latency = then.latency;
                }
            }
            then.lateness = PATIENCE;
        }
        if !ear.handle(&event) {
            continue;
        }
        let now = ear.heard();
        // Further knocks of a recording are likely a cook's own clangs.
        let mut all = now.iter().zip(&config.stations);
        if clap && all.all(|(heard, station)| heard.is_known(station)) {
            return Ok((stations, now));
        }
        // Sensors that were put away before it ended were there.
        for (best, now) in best.iter_mut().zip(now) {
            best.knocks = now.knocks;
            best.lags.eeg_audio = later(best.lags.eeg_audio, now.lags.eeg_audio);
            best.lags.thermal_audio = later(best.lags.thermal_audio, now.lags.thermal_audio);
        }
    }
    if let Some(broken) = broken {
        complain!("{}: ends early: {broken}", log.display());
    }
    Ok((stations, best))
}

/// What is known now, or was.
fn later(before: Lag, now: Lag) -> Lag {
    if before.known().is_some() && now.known().is_none() {
        before
    } else {
        now
    }
}

/// The sensors of each station, for people.
fn sensors(config: &PipelineConfig) -> String {
    let of = |station: &StationConfig| {
        let kinds = station.devices.iter().map(|d| format!("{:?}", d.protocol));
        format!("{:?}: {}", station.id, kinds.collect::<Vec<_>>().join(", "))
    };
    config
        .stations
        .iter()
        .map(of)
        .collect::<Vec<_>>()
        .join("; ")
}
