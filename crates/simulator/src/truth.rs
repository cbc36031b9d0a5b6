//! What really happened: the labels that models are trained on and tests compare with.

use crate::config::Device;
use crate::dish::Dish;
use crate::taste::FamilyTruth;

/// The phase of a cook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Phase {
    /// The empty wok or its oil heats up.
    #[default]
    Preheat,
    /// Aromatics bloom in the oil (爆香), or sugar caramelises.
    Bloom,
    /// Food meets the hot wall.
    Sear,
    /// Food cooks in liquid.
    Simmer,
    /// The sauce is taken down (收汁).
    Reduce,
    /// The flame is off (熄火).
    Off,
}

impl Phase {
    /// All phases in the order of their index.
    pub const ALL: [Phase; 6] = [
        Phase::Preheat,
        Phase::Bloom,
        Phase::Sear,
        Phase::Simmer,
        Phase::Reduce,
        Phase::Off,
    ];

    /// Index 0–5.
    pub fn index(self) -> usize {
        self as usize
    }

    /// Name in lower case.
    pub fn name(self) -> &'static str {
        ["preheat", "bloom", "sear", "simmer", "reduce", "off"][self.index()]
    }
}

/// A moment at which the chef should act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cue {
    /// The oil is ready for the aromatics (爆香), or the caramel for the meat.
    Bloom,
    /// The simmer is complete: take the sauce down (收汁).
    Reduce,
    /// The dish is done (熄火).
    FlameOff,
}

impl Cue {
    /// All cues in the order of their index.
    pub const ALL: [Cue; 3] = [Cue::Bloom, Cue::Reduce, Cue::FlameOff];

    /// Index 0–2.
    pub fn index(self) -> usize {
        self as usize
    }

    /// Name in lower case, as in the conventions' event types.
    pub fn name(self) -> &'static str {
        ["bloom", "reduce", "flame_off"][self.index()]
    }
}

/// Names of [`TruthHop::aspects`], in order.
pub const ASPECTS: [&str; 6] = ["wok_hei", "heat", "toss", "browning", "timing", "focus"];

/// Length of a truth hop in seconds.
pub const HOP_S: f64 = 0.2;

/// The true state of hop k, which covers [0.2 k, 0.2 (k+1)) s of true time (state at its end).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TruthHop {
    /// Phase of the cook.
    pub phase: Phase,
    /// Mean temperature of the cooking zone's metal (r < 15 cm), °C.
    pub wall_c: f32,
    /// Oil temperature, °C; the wall's while there is no oil.
    pub oil_c: f32,
    /// Mean temperature of the food's surface, °C; ambient while there is no food.
    pub food_surface_c: f32,
    /// Temperature of the food's core, °C.
    pub food_core_c: f32,
    /// Surface wetness of the food, 0 (dry) to 1 (running wet).
    pub moisture: f32,
    /// Browning B, 0 (raw) to 1 (burnt), Zanoni 1995.
    pub browning: f32,
    /// Maillard dose: equivalent seconds at 150 °C.
    pub dose_s: f32,
    /// log₁₀ of the core's cook value over the pork-loin value of Deng (0.4 min at 70 °C, z = 10 K).
    pub doneness: f32,
    /// Liquid left over liquid poured, 0–1.5; 0 before any was poured.
    pub liquid_fraction: f32,
    /// Mass fraction of solids in the sauce, 0–1.
    pub solids: f32,
    /// Wok-hei latent of the true state, 0–100 (design choice; no study validates it).
    pub whi: f32,
    /// Its peak since the food went in.
    pub whi_peak: f32,
    /// How dry the sauce is: its mass fraction of solids, or of a dish without sauce the share of the food's loose water that is gone, 0–1.
    pub sauce: f32,
    /// Food in the wok, kg.
    pub food_kg: f32,
    /// Liquid in the wok with what is dissolved in it, kg.
    pub pool_kg: f32,
    /// Water that food and aromatics fry off, g/s.
    pub sizzle_g_s: f32,
    /// Water that the liquid boils off, g/s.
    pub boil_g_s: f32,
    /// Vapour that rises through the camera's view, g/s.
    pub plume_g_s: f32,
    /// Power of the flame into the wok, W.
    pub burner_w: f32,
    /// How long the food has lain still, 0 (moving) to 1; 9 s bring it to two thirds.
    pub stagnation: f32,
    /// Toss frequency, Hz; 0 when not tossing.
    pub toss_hz: f32,
    /// The chef's attention, 0–1.
    pub attention: f32,
    /// Aspects 0–1, cumulative so far, in the order of [`ASPECTS`].
    pub aspects: [f32; 6],
    /// Mean error of the cues so far, in tolerances, 0–3.
    pub timing_error: f32,
    /// Reference-family utility if the cook ended here (≤ 0).
    pub utility: f32,
    /// Reference score if the cook ended here, 0–100.
    pub so_far: f32,
}

/// The clock of one device: sample i was true at `offset_s + i / rate_hz`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeviceClock {
    /// True time of the device's sample 0, seconds since the start of the cook.
    pub offset_s: f64,
    /// Samples (or frames) per true second, drift included.
    pub rate_hz: f64,
    /// Samples per second as the device believes.
    pub nominal_hz: f64,
    /// Drift of the device's oscillator, parts per million; positive runs fast.
    pub drift_ppm: f64,
    /// What the device's own clock says at true time 0, in seconds since its boot.
    pub boot_s: f64,
}

impl DeviceClock {
    /// True time of a sample in seconds since the start of the cook.
    pub fn stamp(&self, index: u64) -> f64 {
        self.offset_s + index as f64 / self.rate_hz
    }

    /// What the device's own clock says at true time `t` (s), in µs since its boot: the header time
    /// of WokLink.
    pub fn device_us(&self, t: f64) -> u64 {
        ((self.boot_s + t * (1.0 + self.drift_ppm * 1e-6)) * 1e6).round() as u64
    }
}

/// A fault that was injected into the cook itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CookingFault {
    /// The aromatics come late, into overheated oil (seconds of delay).
    LateBloom(f64),
    /// Too much food at once (load factor).
    Overcrowding(f64),
    /// The chef stops watching the sugar or the aromatics (seconds).
    ScorchedSugar(f64),
    /// The flame goes off too late (seconds).
    DryOut(f64),
    /// The flame goes out (start and length in seconds).
    FlameOut(f64, f64),
}

impl CookingFault {
    /// Name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            CookingFault::LateBloom(_) => "late_bloom",
            CookingFault::Overcrowding(_) => "overcrowding",
            CookingFault::ScorchedSugar(_) => "scorched_sugar",
            CookingFault::DryOut(_) => "dry_out",
            CookingFault::FlameOut(..) => "flame_out",
        }
    }
}

/// The truth of a cook so far.
#[derive(Debug, Clone)]
pub struct Truth {
    /// Hops so far. The physics runs ahead of the emissions by up to one tick of a transport.
    pub hops: Vec<TruthHop>,
    /// The phases so far with their start in seconds.
    pub phases: Vec<(Phase, f64)>,
    /// Physical crossing times t* of the cues in seconds, in the order of [`Cue::ALL`].
    pub cues: [Option<f64>; 3],
    /// When the chef acted on the cues, in seconds.
    pub acted: [Option<f64>; 3],
    pub(crate) clocks: [Option<DeviceClock>; 3],
}

impl Truth {
    /// The clock of a device, `None` where the cook has no such device.
    pub fn clock(&self, device: Device) -> Option<DeviceClock> {
        self.clocks[device.index()]
    }

    /// True time of a device's sample in seconds since the start of the cook: for the headset and
    /// the microphone sample `index`, for the camera frame `index` (the end of its integration).
    /// Lost and unplugged samples count. NaN where the cook has no such device.
    pub fn stamp(&self, device: Device, index: u64) -> f64 {
        self.clock(device)
            .map_or(f64::NAN, |clock| clock.stamp(index))
    }
}

/// The taste axes of [`CookTruth::taste`], in order.
pub const TASTE_AXES: [&str; 6] = [
    "log_dose",
    "doneness",
    "browning",
    "whi",
    "sauce_solids",
    "timing_error",
];

/// The truth of a finished cook.
#[derive(Debug, Clone)]
pub struct CookTruth {
    /// What was cooked.
    pub dish: Dish,
    /// Its seed.
    pub seed: u64,
    /// Length of the cook in seconds.
    pub duration_s: f64,
    /// The truth of every hop.
    pub hops: Vec<TruthHop>,
    /// The phases with their start in seconds.
    pub phases: Vec<(Phase, f64)>,
    /// Physical crossing times t* of the cues in seconds under no intervention, in the order of
    /// [`Cue::ALL`]. Where the chef acted first, t* is what would have come had nobody acted, and the
    /// event itself is censored. `None` where the dish has no such cue, or where the crossing was
    /// further away than counts.
    pub cues: [Option<f64>; 3],
    /// When the chef acted on the cues, in seconds.
    pub acted: [Option<f64>; 3],
    /// Clocks of the devices in the order of [`Device::ALL`].
    pub clocks: [Option<DeviceClock>; 3],
    /// The six families' verdicts; the first is grandmother's, the frozen reference.
    pub families: [FamilyTruth; 6],
    /// The reference score 0–100 (family 0).
    pub reference: f32,
    /// Where the dish ended in taste space, in the order of [`TASTE_AXES`].
    pub taste: [f64; 6],
    /// Aspects 0–1 at the end, in the order of [`ASPECTS`].
    pub aspects: [f32; 6],
    /// The faults that were injected into the cook.
    pub faults: Vec<CookingFault>,
    /// The chef's skill, 0–1.
    pub skill: f64,
    /// The chef's mean attention, 0–1.
    pub mean_attention: f64,
}
