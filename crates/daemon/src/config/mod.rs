//! The configuration: TOML with a version, parsed, then checked, all mistakes told at once.
//!
//! Each part reads its own section; this file lists them.

mod lsl;
mod montage;
mod mounting;
mod mqtt;
pub(crate) mod problem;
pub(crate) mod reader;
mod sections;
mod station;
mod summary;
mod words;

use std::path::{Path, PathBuf};

use wok_core::config::{
    DEFAULT_LATENESS, DeviceConfig, DeviceId, PipelineConfig, Protocol, StationConfig,
};
use wok_core::time::MS;
use wok_core::verdict::StreamKind;

pub use lsl::Lsl;
pub use montage::Wiring;
pub use mqtt::{DISCOVERY_PREFIX, Mqtt, Tls};
pub use problem::{Problem, Problems};
pub use sections::{Metrics, Model, Site};
pub use station::{LATENCY_MS, Station};

use crate::sources;
use reader::Table;

/// The version of the configuration's format that this daemon reads.
pub const VERSION: i64 = 1;

/// The default bound of lags between streams: 50 ms, about what a viewer forgives of lips and sound
/// (ITU-R BT.1359 finds 45 ms early and 125 ms late noticed) and a sixth of a toss.
const CROSSMODAL_BOUND: i64 = 50 * MS;

/// What the daemon was told.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The file it came from.
    pub file: PathBuf,
    /// The kitchen.
    pub site: Site,
    /// The broker, if scores go to one.
    pub mqtt: Option<Mqtt>,
    /// Where metrics are served, if they are.
    pub metrics: Option<Metrics>,
    /// How scores are shown to laboratories, if they are.
    pub lsl: Option<Lsl>,
    /// The model.
    pub model: Model,
    /// How long after its end a hop waits for its streams, in nanoseconds.
    pub lateness: i64,
    /// Mains frequency, 50 or 60 Hz.
    pub mains_hz: u8,
    /// Largest lag between two streams of a station that is no alarm, in nanoseconds.
    pub crossmodal_bound: i64,
    /// The stations, at least one.
    pub stations: Vec<Station>,
    /// What is allowed but probably not meant.
    pub warnings: Vec<String>,
}

/// One device of a station and the source its bytes come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// Unique in the daemon.
    pub id: DeviceId,
    /// Name of the sensor in topics and labels: `eeg`, `thermal` or `microphone`.
    pub sensor: &'static str,
    /// What it speaks.
    pub protocol: Protocol,
    /// Fixed delay from the truth to the arrival of the first byte, in nanoseconds.
    pub latency: i64,
    /// Where its bytes come from.
    pub source: sources::Config,
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`Problems`]: every mistake with its line and what to do.
    pub fn load(file: &Path) -> Result<Self, Problems> {
        let text =
            std::fs::read_to_string(file).map_err(|error| Problems::unreadable(file, &error))?;
        Self::parse(file, &text)
    }

    /// Reads and checks a text; `file` names it in messages, and relative paths begin at its folder.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(file: &Path, text: &str) -> Result<Self, Problems> {
        reader::read(file, text, |table| read(file, table))
    }

    /// What the pipeline must know.
    #[must_use]
    pub fn pipeline(&self) -> PipelineConfig {
        let station = |station: &Station| StationConfig {
            id: station.id.clone(),
            devices: station.devices.iter().map(Device::pipeline).collect(),
            montage: station.montage,
            mounting: station.mounting.clone(),
            recipe: station.recipe,
        };
        PipelineConfig {
            lateness: self.lateness,
            mains_hz: self.mains_hz,
            stations: self.stations.iter().map(station).collect(),
        }
    }

    /// Every device with its station.
    pub fn devices(&self) -> impl Iterator<Item = (&Station, &Device)> {
        self.stations
            .iter()
            .flat_map(|station| station.devices.iter().map(move |device| (station, device)))
    }
}

impl Device {
    /// What the pipeline must know of it.
    #[must_use]
    pub fn pipeline(&self) -> DeviceConfig {
        DeviceConfig {
            id: self.id,
            protocol: self.protocol,
            latency: self.latency,
        }
    }

    /// The streams that it gives.
    #[must_use]
    pub fn streams(&self) -> Vec<StreamKind> {
        let driver = wok_core::device::open(&self.pipeline());
        driver.streams().iter().map(|stream| stream.kind).collect()
    }

    /// How much its ring in the inbox must hold: two seconds of the device at its fastest, and at
    /// least 64 KiB (design choice).
    #[must_use]
    pub fn ring_bytes(&self) -> usize {
        let a_second = match self.protocol {
            Protocol::Cyton { .. } | Protocol::ThinkGear => 11_520,
            // 64 channels of 8 bytes at 1 kHz.
            Protocol::Lsl { .. } => 512 * 1024,
            Protocol::GyMcu90640 => 46_080,
            Protocol::WokLink { .. } => self.source.bytes_a_second().unwrap_or(92_160),
            Protocol::Lepton => 9 * 160 * 122 * 2,
            Protocol::InfiRay => 25 * firmware_interfaces::infiray::FRAME_LEN,
            Protocol::Pcm { rate_hz, channels } => rate_hz as usize * 2 * usize::from(channels),
        };
        (2 * a_second).max(64 * 1024)
    }
}

fn read(file: &Path, table: &Table<'_>) -> Option<Config> {
    let version = table.integer("version", i64::MIN..=i64::MAX);
    let remedy = format!("begin the file with `version = {VERSION}`");
    let version = table.need("version", &remedy, version);
    if let Some(version) = &version
        && version.value != VERSION
    {
        let what = format!(
            "`version` is {}, and this daemon reads version {VERSION}",
            version.value
        );
        table.problem(
            &version.at,
            what,
            "use the daemon that fits, or rewrite the file for this version",
        );
        table.forgive();
        return None;
    }
    let mut warnings = Vec::new();
    let site = sections::site(table);
    let mqtt = table.table("mqtt").map(|section| mqtt::read(&section));
    let metrics = table
        .table("metrics")
        .map(|section| sections::metrics(&section));
    let lsl = table.table("lsl").map(|section| lsl::read(&section));
    let model = sections::model(table);
    let lateness = table
        .integer("lateness_ms", 20..=2000)
        .map_or(DEFAULT_LATENESS, |ms| ms.value * MS);
    let crossmodal_bound = table
        .integer("crossmodal_bound_ms", 10..=1000)
        .map_or(CROSSMODAL_BOUND, |ms| ms.value * MS);
    let mains_hz = table
        .integer_of("mains_hz", &[50, 60])
        .map_or(50, |hz| if hz.value == 60 { 60 } else { 50 });
    let stations = station::read_all(table, &mut warnings);
    version?;
    Some(Config {
        file: file.to_owned(),
        site: site?,
        mqtt: mqtt.map_or(Some(None), |mqtt| mqtt.map(Some))?,
        metrics: metrics.map_or(Some(None), |metrics| metrics.map(Some))?,
        lsl: lsl.unwrap_or(Some(None))?,
        model: model?,
        lateness,
        mains_hz,
        crossmodal_bound,
        stations: stations?,
        warnings,
    })
}

#[cfg(test)]
mod tests;
