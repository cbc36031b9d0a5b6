//! Where the daemon's bytes come from. One file for each way in, one line for each kind in [`KINDS`].
//!
//! A source opens its device, stamps each read with the daemon's clock right after it, leaves the bytes
//! as they came, and says when the device comes and goes. It never interprets what it hands on.

#[cfg(feature = "alsa")]
pub mod alsa;
mod health;
pub(crate) mod holder;
pub mod lsl;
mod name;
mod outlet;
pub mod pcm;
pub mod serial;
mod stop;
pub mod usb;
#[cfg(feature = "v4l2")]
pub mod video;
pub mod wav;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use wok_core::config::Protocol;

pub use health::{Health, Snapshot};
pub use holder::Holder;
pub(crate) use outlet::{Backoff, Outlet};
pub use stop::StopToken;

use crate::clock::Clock;
use crate::config::reader::Table;
use crate::inbox::Feed;

/// The section of a station that a kind belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sensor {
    /// `[station.eeg]`
    Eeg,
    /// `[station.thermal]`
    Thermal,
    /// `[station.microphone]`
    Microphone,
}

/// What one section of a station configures.
#[derive(Debug)]
pub(crate) struct Equipment {
    pub(crate) protocol: Protocol,
    pub(crate) source: Config,
}

/// A kind of source.
#[derive(Debug)]
pub struct Kind {
    /// As `kind` in the configuration.
    pub name: &'static str,
    /// Where it may stand.
    pub sensor: Sensor,
    /// What it is, for people.
    pub what: &'static str,
    /// How long after the truth its readings are in hand at least, in milliseconds, unless `latency_ms` says it: what can be reckoned
    /// from line and exposure. What a radio or a driver adds to that cannot be seen from here; streams that show the same tosses can
    /// tell.
    pub latency_ms: i64,
    pub(crate) read: fn(&Table<'_>) -> Option<Equipment>,
}

/// Every kind of source that the daemon knows.
pub static KINDS: &[Kind] = &[
    Kind {
        name: "cyton",
        sensor: Sensor::Eeg,
        what: "OpenBCI Cyton over its dongle, with or without Daisy",
        // 33 bytes at 115,200 baud, and an adapter that hands over once a millisecond.
        latency_ms: 4,
        read: serial::cyton::read,
    },
    Kind {
        name: "thinkgear",
        sensor: Sensor::Eeg,
        what: "NeuroSky ThinkGear headset or module",
        // 8 bytes at 57,600 baud.
        latency_ms: 1,
        read: serial::thinkgear::read,
    },
    Kind {
        name: "lsl",
        sensor: Sensor::Eeg,
        what: "any Lab Streaming Layer outlet with EEG",
        // Stamped by the sender.
        latency_ms: 0,
        read: lsl::read,
    },
    Kind {
        name: "gy-mcu90640",
        sensor: Sensor::Thermal,
        what: "GY-MCU90640 thermal module on a UART",
        // At 8 Hz and 460,800 baud: its halves were exposed a half and one and a half periods before, 125 ms on the mean; 34 ms of line.
        latency_ms: 159,
        read: serial::gy_mcu90640::read,
    },
    Kind {
        name: "woklink",
        sensor: Sensor::Thermal,
        what: "a microcontroller that speaks WokLink",
        // Stamped by the rig, and probed both ways.
        latency_ms: 0,
        read: serial::woklink::read,
    },
    #[cfg(feature = "v4l2")]
    Kind {
        name: "lepton",
        sensor: Sensor::Thermal,
        what: "a FLIR Lepton on a PureThermal board, by USB video",
        // Half of a picture's 114 ms.
        latency_ms: 57,
        read: video::read_lepton,
    },
    #[cfg(feature = "v4l2")]
    Kind {
        name: "infiray",
        sensor: Sensor::Thermal,
        what: "an InfiRay P2 Pro or Topdon TC001, by USB video",
        // Half of a picture's 40 ms.
        latency_ms: 20,
        read: video::read_infiray,
    },
    Kind {
        name: "pcm-socket",
        sensor: Sensor::Microphone,
        what: "16-bit PCM written to a Unix socket",
        // Its writer's buffer is not known here.
        latency_ms: 0,
        read: pcm::read_socket,
    },
    Kind {
        name: "pcm-fifo",
        sensor: Sensor::Microphone,
        what: "16-bit PCM written to a FIFO",
        // Its writer's buffer is not known here.
        latency_ms: 0,
        read: pcm::read_fifo,
    },
    Kind {
        name: "wav",
        sensor: Sensor::Microphone,
        what: "a WAV file, played in real time",
        // Nothing was late in a file.
        latency_ms: 0,
        read: wav::read,
    },
    #[cfg(feature = "alsa")]
    Kind {
        name: "alsa",
        sensor: Sensor::Microphone,
        what: "an ALSA capture device",
        // Dated by the kernel.
        latency_ms: 0,
        read: alsa::read,
    },
];

#[cfg(not(feature = "v4l2"))]
const NO_VIDEO: &str = "this build reads no video devices; build with `--features v4l2`, or use a \"gy-mcu90640\" or a \"woklink\" camera";

/// Kinds that other builds know, and the cargo feature that brings them.
pub(crate) const ELSEWHERE: &[(&str, &str)] = &[
    #[cfg(not(feature = "alsa"))]
    (
        "alsa",
        "this build has no ALSA; build with `--features alsa`, or use \"pcm-fifo\" with `arecord -t raw`",
    ),
    #[cfg(not(feature = "v4l2"))]
    ("lepton", NO_VIDEO),
    #[cfg(not(feature = "v4l2"))]
    ("infiray", NO_VIDEO),
];

/// Where a device's bytes come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Config {
    /// A serial port.
    Serial(serial::Config),
    /// A Unix socket or a FIFO.
    Pcm(pcm::Config),
    /// A Lab Streaming Layer outlet.
    Lsl(lsl::Config),
    /// A WAV file.
    Wav(wav::Config),
    /// A thermal camera that is a video device.
    #[cfg(feature = "v4l2")]
    Video(video::Config),
    /// An ALSA capture device.
    #[cfg(feature = "alsa")]
    Alsa(alsa::Config),
}

impl Config {
    /// The file, port or device as configured.
    #[must_use]
    pub fn place(&self) -> &Path {
        match self {
            Self::Serial(config) => &config.port,
            Self::Pcm(config) => &config.path,
            Self::Lsl(config) => &config.place,
            Self::Wav(config) => &config.path,
            #[cfg(feature = "v4l2")]
            Self::Video(config) => &config.device,
            #[cfg(feature = "alsa")]
            Self::Alsa(config) => Path::new(&config.device),
        }
    }

    /// The kernel's class of the device, where its name must mean one device and one program may have it.
    fn class(&self) -> Option<&'static str> {
        match self {
            Self::Serial(_) => Some("tty"),
            #[cfg(feature = "v4l2")]
            Self::Video(_) => Some("video4linux"),
            _ => None,
        }
    }

    /// The most that a line of its baud rate carries, 10 bits a byte; `None` where the kind says it.
    pub(crate) fn bytes_a_second(&self) -> Option<usize> {
        match self {
            Self::Serial(serial::Config {
                dialect: serial::DialectConfig::WokLink(config),
                ..
            }) => Some(config.baud as usize / 10),
            _ => None,
        }
    }

    /// Who holds the device now, other than this process.
    #[must_use]
    pub fn held_by(&self) -> Option<Holder> {
        let real = name::resolve(self.place(), self.class()?).ok()?;
        holder::of(&real)
    }

    /// Why the device's name means no device now, or more than one; `None` when it means exactly one.
    #[must_use]
    pub fn name_fault(&self) -> Option<String> {
        let fault = name::resolve(self.place(), self.class()?).err()?;
        Some(fault.to_string())
    }

    /// Tells a camera that converts by itself which emissivity to assume, 0–1.
    pub(crate) fn assume_emissivity(&mut self, emissivity: f64) {
        if let Self::Serial(serial::Config {
            dialect: serial::DialectConfig::GyMcu90640(config),
            ..
        }) = self
        {
            config.emissivity = Some(emissivity);
        }
    }

    /// Tells a stream of any width how many channels it must have.
    pub(crate) fn need_channels(&mut self, channels: u32) {
        if let Self::Lsl(config) = self {
            config.channels = channels;
        }
    }

    /// Runs until asked to stop, whatever happens to the device.
    fn run(&self, outlet: &Outlet) {
        match self {
            Self::Serial(config) => serial::run(config, outlet),
            Self::Pcm(config) => pcm::run(config, outlet),
            Self::Lsl(config) => lsl::run(config, outlet),
            Self::Wav(config) => wav::run(config, outlet),
            #[cfg(feature = "v4l2")]
            Self::Video(config) => video::run(config, outlet),
            #[cfg(feature = "alsa")]
            Self::Alsa(config) => alsa::run(config, outlet),
        }
    }
}

/// A running source.
#[derive(Debug)]
pub struct Source {
    /// How it is.
    pub health: Arc<Health>,
    thread: JoinHandle<()>,
}

impl Source {
    /// Whether its thread has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits for its thread, which ends soon after its [`StopToken`] was told to stop.
    pub fn join(self) {
        // A panic inside a source is caught and counted; none comes through here.
        let _ = self.thread.join();
    }
}

/// Starts a source on a thread of its own. `name` is its station and sensor, for logs. A source that
/// panics is logged and started again.
///
/// # Errors
/// When the system gives no thread.
pub fn start(
    name: &str,
    config: &Config,
    feed: Feed,
    clock: Arc<dyn Clock>,
    stop: StopToken,
) -> std::io::Result<Source> {
    let health = Arc::new(Health::new(name.to_owned()));
    let outlet = Outlet {
        feed,
        clock,
        health: Arc::clone(&health),
        stop,
    };
    let config = config.clone();
    let thread = std::thread::Builder::new()
        .name(format!("source {name}"))
        .spawn(move || supervise(&outlet, || config.run(&outlet)))?;
    Ok(Source { health, thread })
}

fn supervise(outlet: &Outlet, run: impl Fn()) {
    while catch_unwind(AssertUnwindSafe(&run)).is_err() {
        outlet.health.panicked();
        metrics::counter!("wokd_errors_total", "stage" => "source", "error_type" => "panic")
            .increment(1);
        outlet.down("the source panicked; it is started again");
        if outlet.stop.wait(Duration::from_secs(1)) {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
