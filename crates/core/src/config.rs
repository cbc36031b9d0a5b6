//! What the pipeline must know of the rig. Plain data: the daemon reads it from TOML, the log carries it.

use crate::dsp::thermal::Mounting;
use crate::recipe::Recipe;
use crate::step::EEG_CHANNELS;
use crate::time::MS;

/// Number of a device in the configuration, unique in a daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeviceId(pub u16);

/// What a device speaks. Each has a driver in [`crate::device`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// OpenBCI Cyton over its dongle.
    Cyton {
        /// With a Daisy board: 16 channels at 125 Hz.
        daisy: bool,
        /// Amplifier gain of all channels (24 at power-on).
        gain: u8,
    },
    /// NeuroSky ThinkGear, one channel at 512 Hz.
    ThinkGear,
    /// GY-MCU90640 thermal module.
    GyMcu90640,
    /// FLIR Lepton as Y16 frames with telemetry.
    Lepton,
    /// InfiRay P2 Pro or Topdon TC001 as whole YUYV frames.
    InfiRay,
    /// The project's own link.
    WokLink {
        /// Whether it is the station's microphone too; sound that comes all the same is not heard.
        sound: bool,
    },
    /// EEG of a Lab Streaming Layer outlet.
    Lsl {
        /// Its nominal rate.
        rate_hz: u32,
    },
    /// Raw little-endian 16-bit PCM.
    Pcm {
        /// Frames a second: 16000, 44100 or 48000.
        rate_hz: u32,
        /// Interleaved channels; they are averaged.
        channels: u8,
    },
}

/// One device of a station.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceConfig {
    /// Its number.
    pub id: DeviceId,
    /// What it speaks.
    pub protocol: Protocol,
    /// Fixed delay from the truth to the arrival of the first byte's read, in nanoseconds.
    pub latency: i64,
}

/// One cooking station.
#[derive(Debug, Clone, PartialEq)]
pub struct StationConfig {
    /// Its id in topics and labels.
    pub id: String,
    /// Its devices, at most one for each kind of stream.
    pub devices: Vec<DeviceConfig>,
    /// For each of the model's slots, the headset channel (from 0) on it.
    pub montage: [Option<u8>; EEG_CHANNELS],
    /// How the thermal camera hangs.
    pub mounting: Mounting,
    /// What is cooked.
    pub recipe: Recipe,
}

/// The whole pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineConfig {
    /// How long after its end a hop waits for its streams, in nanoseconds.
    pub lateness: i64,
    /// Mains frequency, 50 or 60 Hz.
    pub mains_hz: u8,
    /// The stations.
    pub stations: Vec<StationConfig>,
}

/// The default lateness: 150 ms.
pub const DEFAULT_LATENESS: i64 = 150 * MS;

/// Sites of the model's EEG slots (10-20 system), in slot order: the Cyton's default montage.
pub const SITES: [&str; EEG_CHANNELS] = ["Fp1", "Fp2", "C3", "C4", "P7", "P8", "O1", "O2"];
