//! What a simulated cook is made of: the dish, the devices, the chef and the faults.

use crate::dish::Dish;

/// One of the three devices around the wok.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Device {
    /// The chef's EEG headset.
    Headset,
    /// The thermal camera over the wok.
    Camera,
    /// The microphone beside the stove.
    Microphone,
}

impl Device {
    /// All devices, in the order of their array indices.
    pub const ALL: [Device; 3] = [Device::Headset, Device::Camera, Device::Microphone];

    /// Index of the device in arrays of three.
    pub fn index(self) -> usize {
        match self {
            Device::Headset => 0,
            Device::Camera => 1,
            Device::Microphone => 2,
        }
    }
}

/// Which EEG headset the chef wears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Headset {
    /// OpenBCI Cyton: 8 channels, 250 Hz, 115200 baud.
    #[default]
    Cyton,
    /// NeuroSky ThinkGear: 1 channel (Fp1), 512 Hz, 57600 baud.
    ThinkGear,
    /// No headset.
    None,
}

impl Headset {
    /// Nominal samples per second, 0 without a headset.
    pub fn rate_hz(self) -> f64 {
        match self {
            Headset::Cyton => 250.0,
            Headset::ThinkGear => 512.0,
            Headset::None => 0.0,
        }
    }
}

/// Which thermal camera looks at the wok.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Camera {
    /// MLX90640 behind a GY-MCU90640 UART bridge: 32×24 pixels, 55° lens.
    GyMcu90640 {
        /// Frames per second as set on the module: 0.5, 1, 2, 4 or 8 Hz.
        rate_hz: f32,
    },
    /// The same sensor behind a microcontroller that speaks WokLink, with device timestamps.
    WokLink {
        /// Frames per second: 0.5 to 16 Hz.
        rate_hz: f32,
    },
    /// No camera.
    None,
}

impl Default for Camera {
    fn default() -> Self {
        Camera::GyMcu90640 { rate_hz: 8.0 }
    }
}

impl Camera {
    /// Frames per second, 0 without a camera.
    pub fn rate_hz(self) -> f64 {
        match self {
            Camera::GyMcu90640 { rate_hz } | Camera::WokLink { rate_hz } => f64::from(rate_hz),
            Camera::None => 0.0,
        }
    }
}

/// Which microphone listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Microphone {
    /// Raw mono i16 little-endian PCM.
    Pcm {
        /// Samples per second, 8000 to 48000.
        rate_hz: u32,
    },
    /// No microphone.
    None,
}

impl Default for Microphone {
    fn default() -> Self {
        Microphone::Pcm { rate_hz: 16_000 }
    }
}

impl Microphone {
    /// Samples per second, 0 without a microphone.
    pub fn rate_hz(self) -> f64 {
        match self {
            Microphone::Pcm { rate_hz } => f64::from(rate_hz),
            Microphone::None => 0.0,
        }
    }
}

/// The chef. `None` in a field draws it from the seed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ChefDial {
    /// Mean attention over the cook, 0–1.
    pub attention: Option<f64>,
    /// Skill, 0 (first time at a stove) to 1 (a master): spread of thresholds, heat and timing.
    pub skill: Option<f64>,
    /// Mean toss frequency in Hz, clipped to 2–4.
    pub toss_hz: Option<f64>,
    /// A cook without any deviation: nominal loads and durations, no cooking faults. It anchors
    /// the reference taste.
    pub flawless: bool,
}

/// A time window in which a device is unplugged, in true seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unplug {
    /// The device that is gone.
    pub device: Device,
    /// From this time on, seconds since the start of the cook.
    pub from_s: f64,
    /// Until this time, seconds since the start of the cook.
    pub to_s: f64,
}

/// Faults of the sensors and the kitchen, as dials. The default has none.
#[derive(Debug, Clone, PartialEq)]
pub struct Faults {
    /// Clock drift added to every device's own, in parts per million.
    pub drift_ppm: f64,
    /// Mean of an additional one-sided exponential transport jitter, in milliseconds.
    pub jitter_ms: f64,
    /// Probability that a packet, a frame or an audio block is lost, 0–1.
    pub packet_loss: f64,
    /// Probability that a burst of 1–20 random bytes comes before a packet or a frame, 0–1.
    /// Audio has no framing and is left alone.
    pub garbage: f64,
    /// Windows in which devices are unplugged.
    pub unplug: Vec<Unplug>,
    /// Probability that a thermal frame carries absurd pixels under a right checksum, 0–1.
    pub spoiled_frames: f64,
    /// Windows (from, to) in seconds in which the camera repeats its last frame.
    pub frozen: Vec<(f64, f64)>,
    /// Gain on the optical depth of the steam and on lens fogging; 1 is a normal kitchen.
    pub steam: f64,
    /// Gain on the noise of the headset; 1 is a good fit on the head.
    pub eeg_noise: f64,
    /// Gain on the noise of the camera; 1 is the datasheet.
    pub thermal_noise: f64,
    /// Gain on the background noise of the kitchen; 1 is a hood at low speed.
    pub audio_noise: f64,
    /// Additional microphone gain in dB (each cook draws ±20 dB of its own).
    pub microphone_gain_db: f64,
    /// Chili level 0–5: lens oil (transmittance −0.04 each), blinks ×(1 + 0.4 each), coughs,
    /// sizzle +2 dB each. Design choice of the project's "Chili-oil test".
    pub chili: u8,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            drift_ppm: 0.0,
            jitter_ms: 0.0,
            packet_loss: 0.0,
            garbage: 0.0,
            unplug: Vec::new(),
            spoiled_frames: 0.0,
            frozen: Vec::new(),
            steam: 1.0,
            eeg_noise: 1.0,
            thermal_noise: 1.0,
            audio_noise: 1.0,
            microphone_gain_db: 0.0,
            chili: 0,
        }
    }
}

/// Clocks and links. `None` in a field draws a realistic value from the seed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LinkDials {
    /// Clock drift of headset, camera and microphone in parts per million; positive runs fast.
    pub drift_ppm: Option<[f64; 3]>,
    /// Mean of the one-sided exponential read jitter in milliseconds.
    pub jitter_ms: Option<f64>,
    /// FTDI latency timer of the serial adapters in milliseconds (16 by default, 1 when tuned).
    pub latency_timer_ms: Option<f64>,
    /// Samples are delivered in blocks of this many milliseconds by the microphone.
    pub audio_block_ms: Option<f64>,
}

/// The kitchen's physics, as factors on the home kitchen that models are trained in. Other kitchens test
/// whether what was learned holds elsewhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kitchen {
    /// Factor on the burner's net power.
    pub burner: f64,
    /// Factor on the wok's heat capacity: a thicker wok is above 1.
    pub wok: f64,
    /// Kelvin that the room is warmer.
    pub room_k: f64,
    /// Factor on the noise of room, camera and headset.
    pub noise: f64,
    /// Whether the camera refreshes one half of its chessboard a frame, as the MLX90640 does.
    pub chessboard: bool,
}

impl Kitchen {
    /// The kitchen that models are trained in.
    pub const HOME: Kitchen = Kitchen {
        burner: 1.0,
        wok: 1.0,
        room_k: 0.0,
        noise: 1.0,
        chessboard: true,
    };

    /// The other kitchens by name: one factor at a time, then all of them (design choice: each lies
    /// outside what the home kitchen draws).
    pub const OTHERS: [(&'static str, Kitchen); 6] = [
        (
            "burner",
            Kitchen {
                burner: 1.35,
                ..Kitchen::HOME
            },
        ),
        (
            "wok",
            Kitchen {
                wok: 1.5,
                ..Kitchen::HOME
            },
        ),
        (
            "room",
            Kitchen {
                room_k: 12.0,
                ..Kitchen::HOME
            },
        ),
        (
            "noise",
            Kitchen {
                noise: 2.0,
                ..Kitchen::HOME
            },
        ),
        (
            "camera",
            Kitchen {
                chessboard: false,
                ..Kitchen::HOME
            },
        ),
        (
            "other",
            Kitchen {
                burner: 1.35,
                wok: 1.5,
                room_k: 12.0,
                noise: 2.0,
                chessboard: false,
            },
        ),
    ];

    /// A kitchen of [`OTHERS`](Self::OTHERS), or `home`.
    pub fn named(name: &str) -> Option<Kitchen> {
        if name == "home" {
            return Some(Kitchen::HOME);
        }
        Kitchen::OTHERS
            .into_iter()
            .find_map(|(word, kitchen)| (word == name).then_some(kitchen))
    }
}

impl Default for Kitchen {
    fn default() -> Self {
        Kitchen::HOME
    }
}

/// A simulated cook.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// What is cooked.
    pub dish: Dish,
    /// Everything random follows from this number.
    pub seed: u64,
    /// Other devices and other noise at the same cook: what is random in the sensors follows from
    /// this number instead.
    pub devices: Option<u64>,
    /// The kitchen.
    pub kitchen: Kitchen,
    /// The chef's headset.
    pub headset: Headset,
    /// The thermal camera.
    pub camera: Camera,
    /// The microphone.
    pub microphone: Microphone,
    /// The chef.
    pub chef: ChefDial,
    /// Faults of sensors and kitchen.
    pub faults: Faults,
    /// Clocks and transports.
    pub link: LinkDials,
    /// When the ladle strikes the wok's rim so that every sensor has a moment in common, seconds since the
    /// start; ascending and at least half a second apart. None in a usual cook.
    pub knocks: Vec<f64>,
}

impl Config {
    /// A cook with all three default devices, a chef drawn from the seed and no sensor fault.
    pub fn new(dish: Dish, seed: u64) -> Self {
        Self {
            dish,
            seed,
            devices: None,
            kitchen: Kitchen::HOME,
            headset: Headset::default(),
            camera: Camera::default(),
            microphone: Microphone::default(),
            chef: ChefDial::default(),
            faults: Faults::default(),
            link: LinkDials::default(),
            knocks: Vec::new(),
        }
    }

    /// What the sensors' randomness follows from.
    pub(crate) fn device_seed(&self) -> u64 {
        self.devices.unwrap_or(self.seed)
    }

    /// The same cook without sensors: physics and truth only.
    pub fn physics(dish: Dish, seed: u64) -> Self {
        Self {
            headset: Headset::None,
            camera: Camera::None,
            microphone: Microphone::None,
            ..Self::new(dish, seed)
        }
    }
}
