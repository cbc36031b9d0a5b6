//! One hop of one station: what the aligner puts on the grid and the features read.

use crate::grid::{AUDIO_PER_HOP, EEG_PER_HOP, MEL_PER_HOP};
use crate::step::{AUX, EEG_CHANNELS, THERMAL_PIXELS};
use crate::time::HostTime;

/// How much of a stream a hop holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Presence {
    /// Not configured at this station.
    #[default]
    Absent,
    /// Nothing of it: unplugged, late beyond the deadline, frozen, or not yet settled.
    Missing,
    /// Some of it.
    Degraded,
    /// All of it.
    Present,
}

/// EEG on the grid.
#[derive(Debug, Clone, PartialEq)]
pub struct EegHop {
    /// How much is here.
    pub presence: Presence,
    /// Microvolts, `[tick][channel]`, unfiltered, in the model's channel slots; 0 where not valid.
    pub ticks: [[f32; EEG_CHANNELS]; EEG_PER_HOP],
    /// Which ticks were measured; the others are 0 and mean nothing.
    pub valid: [bool; EEG_PER_HOP],
    /// Which slots the montage wires.
    pub wired: [bool; EEG_CHANNELS],
    /// The headset's own verdict on contact, 0 (off) to 1 (good); 1 where it gives none.
    pub contact: f32,
}

/// Audio on the grid.
#[derive(Debug, Clone, PartialEq)]
pub struct AudioHop {
    /// How much is here.
    pub presence: Presence,
    /// Samples at 16 kHz, full scale ±1; 0 where not valid.
    pub samples: [f32; AUDIO_PER_HOP],
    /// Which 10 ms blocks were measured as a whole.
    pub valid: [bool; MEL_PER_HOP],
}

/// One thermal frame, cropped to the wok.
#[derive(Debug, Clone, PartialEq)]
pub struct ThermalFrame {
    /// When it was true.
    pub at: HostTime,
    /// °C, row-major 24×32 around the wok.
    pub celsius: [f32; THERMAL_PIXELS],
}

/// The thermal frames of a hop.
#[derive(Debug, Clone, PartialEq)]
pub struct ThermalHop {
    /// How much is here: `Present` with a frame inside the hop or a held one younger than three
    /// periods, `Missing` otherwise.
    pub presence: Presence,
    /// Frames true inside the hop, oldest first; where none is, the held last one alone.
    pub frames: Vec<ThermalFrame>,
    /// Whether `frames` holds a frame of an earlier hop.
    pub held: bool,
    /// Age of the newest frame at the hop's end, in nanoseconds; 0 without one.
    pub age: i64,
}

/// Everything that is known of one hop of one station.
#[derive(Debug, Clone, PartialEq)]
pub struct Hop {
    /// k.
    pub index: u64,
    /// Start of the hop.
    pub start: HostTime,
    /// EEG.
    pub eeg: EegHop,
    /// Audio.
    pub audio: AudioHop,
    /// Thermal.
    pub thermal: ThermalHop,
    /// Latest auxiliary readings in natural units; `None` where older than 5 s or absent.
    pub aux: [Option<f32>; AUX],
}

impl Hop {
    /// A hop with nothing in it.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            index: 0,
            start: HostTime::ZERO,
            eeg: EegHop {
                presence: Presence::Absent,
                ticks: [[0.0; EEG_CHANNELS]; EEG_PER_HOP],
                valid: [false; EEG_PER_HOP],
                wired: [false; EEG_CHANNELS],
                contact: 1.0,
            },
            audio: AudioHop {
                presence: Presence::Absent,
                samples: [0.0; AUDIO_PER_HOP],
                valid: [false; MEL_PER_HOP],
            },
            thermal: ThermalHop {
                presence: Presence::Absent,
                frames: Vec::new(),
                held: false,
                age: 0,
            },
            aux: [None; AUX],
        }
    }
}
