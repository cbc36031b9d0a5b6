//! All the wiring: configuration → model, sources, engine, outlets; and the way down again.

mod agreement;
mod laboratory;
mod link;
mod outlets;
mod summary;
mod waste;

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use wok_core::event::Body;
use wok_infer::LoadError;

use crate::clock::Clock;
use crate::config::{Config, Device, Station};
use crate::engine::Engine;
use crate::inbox::{Feed, Inbox};
use crate::model;
use crate::notify::Notifier;
use crate::pulse::{Pulse, Watch};
use crate::record::{NoRecorder, Recorder};
use crate::sinks::metrics::Metrics;
use crate::sinks::mqtt::Mqtt;
use crate::sinks::{Bridge, Place, Sink};
use crate::sources::{self, Source, StopToken};
use crate::stepper::Flavorformer;
pub use agreement::Agreement;
pub use link::Link;
pub use summary::Summary;

/// How long the outlets have for their last words.
const GOODBYE: Duration = Duration::from_secs(5);
/// Without a watchdog, how long a stage may hang before the log says so.
const STALL: Duration = Duration::from_secs(10);
/// How long a stop waits for the pipeline and the model.
const LINGER: Duration = Duration::from_secs(10);
/// How often the daemon looks after itself.
const LOOK: Duration = Duration::from_millis(250);

/// Why the daemon could not start, or ended.
#[derive(Debug)]
pub enum Error {
    /// The configuration is wrong, or something that it names is not to be had: exit 78.
    Config(String),
    /// Something else went wrong: exit 1.
    Failed(String),
}

impl Error {
    /// The exit code: 78 where starting again would not help.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) => crate::cli::check::EX_CONFIG,
            Self::Failed(_) => 1,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(what) | Self::Failed(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Self {
        Self::Config(error.to_string())
    }
}

/// What a run needs beside its configuration.
pub struct Options {
    /// The clock of everything.
    pub clock: Arc<dyn Clock>,
    /// Where the event log goes, if somebody asked for it.
    pub recorder: Option<Box<dyn Recorder>>,
    /// Outlets beside those of the configuration.
    pub extra: Vec<Box<dyn Sink>>,
    /// Whether the sensors are simulated; every message says so.
    pub simulated: bool,
}

/// Whether no other process holds a device.
///
/// # Errors
/// [`Error::Config`] with the one that is held, and who holds it.
pub fn all_free(config: &Config) -> Result<(), Error> {
    for (station, device) in config.devices() {
        if let Some(holder) = device.source.held_by() {
            let (sensor, place) = (device.sensor, device.source.place().display());
            return Err(Error::Config(format!(
                "{}/{sensor}: {place} is in use by {holder}; stop that program",
                station.id
            )));
        }
    }
    Ok(())
}

/// Starts the source of every device of a configuration, in their order.
///
/// # Errors
/// When the system gives no thread.
pub fn start_sources(
    config: &Config,
    inbox: &Inbox,
    clock: &Arc<dyn Clock>,
    stop: &StopToken,
) -> std::io::Result<Vec<Source>> {
    // All rings first: none waits its turn behind a device that speaks already.
    let feeds: Vec<_> = config
        .devices()
        .map(|(_, device)| inbox.feed(device.id, device.ring_bytes()))
        .collect();
    let start = |((station, device), feed): ((&Station, &Device), Feed)| {
        let name = format!("{}/{}", station.id, device.sensor);
        sources::start(&name, &device.source, feed, Arc::clone(clock), stop.clone())
    };
    config.devices().zip(feeds).map(start).collect()
}

/// A running daemon.
pub struct App {
    stop: StopToken,
    sources: Vec<Source>,
    inbox: Inbox,
    engine: Engine,
    outlets: JoinHandle<Summary>,
    pulses: Vec<(&'static str, Pulse)>,
}

impl App {
    /// Starts everything: model first, so that nothing is read before a score can come of it; outlets,
    /// engine, and the sources last.
    ///
    /// # Errors
    /// [`Error::Config`] when the model or an outlet of the configuration is not to be had.
    pub fn start(config: &Config, options: Options) -> Result<Self, Error> {
        all_free(config)?;
        let settings = model::Settings {
            path: config.model.path.clone(),
            provider: config.model.provider,
            library: config.model.library.clone(),
        };
        let model = model::load(&settings)?;
        let info = model.info().clone();
        tracing::info!(edition = %info.edition, provider = %info.provider, runtime = %info.runtime_version, "the model is ready");
        let session = session(options.clock.as_ref());
        let bridge = bridge(config, &info, session, options.simulated);

        let mut sinks = options.extra;
        if let Some(section) = &config.mqtt {
            let mqtt = Mqtt::start(section, &bridge);
            sinks.push(Box::new(mqtt.map_err(|e| Error::Config(e.to_string()))?));
        }
        if let Some(section) = &config.metrics {
            let metrics = Metrics::start(&bridge, section.listen)
                .map_err(|e| Error::Config(e.to_string()))?;
            tracing::info!(address = %metrics.address(), "metrics at /metrics");
            sinks.push(Box::new(metrics));
        }
        if let Some(section) = &config.lsl {
            let lsl = laboratory::start(section, config, &bridge, &options.clock)?;
            sinks.push(Box::new(lsl));
        }

        let inbox = Inbox::default();
        inbox.control(Body::Epoch(Box::new(config.pipeline())));
        let stepper = Box::new(Flavorformer::new(model, config.stations.len()));
        let recorder = options.recorder.unwrap_or_else(|| Box::new(NoRecorder));
        let (engine, notices) = Engine::start(
            inbox.clone(),
            Arc::clone(&options.clock),
            stepper,
            recorder,
            sinks.iter().any(|sink| sink.takes_hops()),
        )?;

        let stop = StopToken::default();
        let sources = start_sources(config, &inbox, &options.clock, &stop)?;
        let link = |((station, device), source): ((&Station, &Device), &Source)| {
            Link::new(config, station, device, Arc::clone(&source.health))
        };
        let links = config.devices().zip(&sources).map(link).collect();
        let pulse = Pulse::default();
        let mut pulses: Vec<_> = sinks.iter().filter_map(|sink| sink.pulse()).collect();
        pulses.push(("outlets", pulse.clone()));
        let agreement = Agreement::new(config.crossmodal_bound);
        let clock = options.clock;
        let outlets = outlets::start(notices, sinks, bridge, clock, links, agreement, pulse)?;
        Ok(Self {
            stop,
            sources,
            inbox,
            engine,
            outlets,
            pulses,
        })
    }

    /// Runs until `until` says so, telling systemd meanwhile that there is progress. A pipeline or a
    /// model that panicked ends the daemon.
    ///
    /// # Errors
    /// [`Error::Failed`] when a thread that must live has ended.
    pub fn run(&self, notifier: &Notifier, mut until: impl FnMut() -> bool) -> Result<(), Error> {
        notifier.ready("scoring");
        let watchdog = notifier.watchdog_interval();
        let every = watchdog.unwrap_or(STALL);
        let mut since = Duration::ZERO;
        let mut watch = Watch::new(
            self.engine
                .pulses()
                .into_iter()
                .chain(self.pulses.iter().cloned()),
        );
        let mut up = None;
        loop {
            if until() {
                return Ok(());
            }
            if self.engine.is_finished() || self.outlets.is_finished() {
                return Err(Error::Failed("the pipeline, the model or the outlets ended unexpectedly; the log above says why".into()));
            }
            std::thread::sleep(LOOK);
            since += LOOK;
            let now_up = self.sources.iter().filter(|s| s.health.is_up()).count();
            if up.replace(now_up) != Some(now_up) {
                notifier.status(&format!(
                    "scoring; {now_up} of {} sensors up",
                    self.sources.len()
                ));
            }
            if since + LOOK > every {
                since = Duration::ZERO;
                let stalled = watch.stalled();
                if !stalled.is_empty() {
                    tracing::error!(stages = %stalled.join(", "), "no progress; a watchdog is not told that all is well");
                } else if watchdog.is_some() {
                    notifier.alive();
                }
            }
        }
    }

    /// Stops in order: sources, then what they left, then the outlets. Every hop that is over is scored; the
    /// samples of the one under way are counted as pending and end with the process.
    ///
    /// # Errors
    /// [`Error::Failed`] when a thread panicked.
    pub fn stop(self) -> Result<Summary, Error> {
        self.stop.stop();
        self.sources.into_iter().for_each(Source::join);
        self.inbox.close();
        if !self.engine.ends_within(LINGER) {
            return Err(Error::Failed(format!(
                "the pipeline or the model did not end within {} s of the stop; the process ends without their last words",
                LINGER.as_secs()
            )));
        }
        let whole = self.engine.join();
        let summary = self
            .outlets
            .join()
            .map_err(|_| Error::Failed("the outlets panicked".into()))?;
        if whole {
            Ok(summary)
        } else {
            Err(Error::Failed("the pipeline or the model panicked".into()))
        }
    }
}

/// A name for this run that no other run has, nor one of forty boxes that start from one image at one moment
/// with one process number: its start in UTC, and what the system's source of chance gives.
fn session(clock: &dyn Clock) -> String {
    // Every `RandomState` has keys of its own, seeded by the system.
    let chance = RandomState::new().build_hasher().finish() as u32;
    format!("{:x}-{chance:08x}", clock.utc_ms())
}

fn bridge(config: &Config, info: &wok_infer::Info, session: String, simulated: bool) -> Bridge {
    let place = |id: &str, name: &str| Place {
        id: id.to_owned(),
        name: name.to_owned(),
    };
    Bridge {
        site: place(&config.site.id, &config.site.name),
        stations: config
            .stations
            .iter()
            .map(|station| (place(&station.id, &station.name), outlets::streams(station)))
            .collect(),
        version: env!("CARGO_PKG_VERSION"),
        edition: info.edition.clone(),
        model_sha256: info.sha256.to_string(),
        provider: info.provider.to_string(),
        runtime: info.runtime_version.clone(),
        session,
        simulated,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// All boxes start at one moment.
    struct Noon;

    impl Clock for Noon {
        fn now(&self) -> wok_core::time::HostTime {
            wok_core::time::HostTime::from_nanos(0)
        }

        fn utc_ms(&self) -> i64 {
            0
        }
    }

    #[test]
    fn forty_boxes_of_one_image_have_sessions_of_their_own() {
        let sessions: BTreeSet<_> = (0..40).map(|_| session(&Noon)).collect();
        assert_eq!(sessions.len(), 40);
    }
}
