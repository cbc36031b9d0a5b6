//! What the pipeline says about one hop.

use crate::cue::CueEvent;
use crate::hop::Presence;
use crate::step::{ASPECTS, PHASES, StepOutput};
use crate::time::HostTime;

/// Declares an enum whose variants have an index in the model's outputs and a name in every outlet.
macro_rules! named {
    ($(#[$meta:meta])* $name:ident [$count:expr] { $($(#[$vmeta:meta])* $variant:ident = $text:literal, $zh:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vmeta])* $variant,)+ }

        impl $name {
            /// All of them, in the order of the model's outputs.
            pub const ALL: [Self; $count] = [$(Self::$variant,)+];

            /// The name in topics, metrics and JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The name for people who read Chinese.
            #[must_use]
            pub const fn zh(self) -> &'static str {
                match self { $(Self::$variant => $zh,)+ }
            }

            /// The index in the model's outputs.
            #[must_use]
            pub const fn index(self) -> usize {
                self as usize
            }
        }
    };
}

named! {
    /// Why a dish tastes of home.
    Aspect [ASPECTS] {
        /// Hot-surface renewal and sear.
        WokHei = "wok_hei", "锅气";
        /// Heat at the right moment.
        Heat = "heat", "火候";
        /// Rhythm and reach of the tosses.
        Toss = "toss", "颠勺";
        /// Colour that the surface has gained.
        Browning = "browning", "上色";
        /// Closeness of the cook's actions to the physical moments.
        Timing = "timing", "时机";
        /// Steadiness of the cook: an attention proxy, unvalidated.
        Focus = "focus", "专注";
    }
}

named! {
    /// Where the cook is.
    Phase [PHASES] {
        /// The wok heats, empty or with oil.
        Preheat = "preheat", "热锅";
        /// Aromatics in oil.
        Bloom = "bloom", "爆香";
        /// Searing and stir-frying.
        Sear = "sear", "煸炒";
        /// With liquid.
        Simmer = "simmer", "炖煮";
        /// Liquid is driven off.
        Reduce = "reduce", "收汁";
        /// The flame is off.
        Off = "off", "熄火";
    }
}

named! {
    /// What to do now.
    CueKind [crate::step::CUES] {
        /// Bloom the aromatics.
        Bloom = "bloom", "爆香";
        /// Reduce the sauce.
        Reduce = "reduce", "收汁";
        /// Flame off.
        FlameOff = "flame_off", "熄火";
    }
}

/// The kinds of stream a station may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StreamKind {
    /// EEG, gating.
    Eeg,
    /// Audio, gating.
    Audio,
    /// Thermal, held.
    Thermal,
    /// Auxiliary readings, held.
    Aux,
}

impl StreamKind {
    /// All of them, in the order of the model's quality input.
    pub const ALL: [Self; 4] = [Self::Eeg, Self::Audio, Self::Thermal, Self::Aux];

    /// The name in topics, metrics and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eeg => "eeg",
            Self::Audio => "audio",
            Self::Thermal => "thermal",
            Self::Aux => "aux",
        }
    }

    /// The index in arrays by stream.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Why a sample was not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DropReason {
    /// It came after its hop had closed.
    Late,
    /// It failed its checks: not finite, frozen, out of range.
    Invalid,
    /// A newer value of the same instant replaced it.
    Superseded,
    /// The device's queue was full.
    Queue,
    /// It belonged to a closed segment of its clock, or to no hop of this epoch.
    Segment,
    /// Its hop was replaced before the model could take it.
    Overrun,
}

impl DropReason {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Late,
        Self::Invalid,
        Self::Superseded,
        Self::Queue,
        Self::Segment,
        Self::Overrun,
    ];

    /// The name in metrics and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Invalid => "invalid",
            Self::Superseded => "superseded",
            Self::Queue => "queue",
            Self::Segment => "segment",
            Self::Overrun => "overrun",
        }
    }
}

/// Where the samples of one stream went. `taken = used + pending + Σ dropped`, always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account {
    /// Samples that came in.
    pub taken: u64,
    /// Samples of hops that the model, or a verdict without one, has taken.
    pub used: u64,
    /// Samples dropped, by [`DropReason`].
    pub dropped: [u64; DropReason::ALL.len()],
}

impl Account {
    /// Counts `n` samples as dropped.
    pub fn drop_samples(&mut self, reason: DropReason, n: u64) {
        self.dropped[reason as usize] += n;
    }

    /// Samples that wait for their hop.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.taken - self.used - self.dropped.iter().sum::<u64>()
    }
}

/// Why a hop has no score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unscored {
    /// Neither heat nor sound of the wok was usable; EEG alone says nothing about a dish.
    Blind,
    /// The model gave a number that is not finite; its state was reset.
    NotFinite,
    /// The model failed; the daemon's log has its words.
    InferenceFailed,
    /// The hop was replaced by a newer one before the model could take it.
    Overrun,
}

impl Unscored {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Blind,
        Self::NotFinite,
        Self::InferenceFailed,
        Self::Overrun,
    ];

    /// The name in topics, metrics and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blind => "blind",
            Self::NotFinite => "not_finite",
            Self::InferenceFailed => "inference_failed",
            Self::Overrun => "overrun",
        }
    }
}

/// What is measured of the wok in a hop, apart from the model. `None` where its sensor is masked.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Measured {
    /// Temperature of the wall, °C.
    pub wall_celsius: Option<f32>,
    /// Toss frequency, Hz; 0 when the wok rests.
    pub toss_hz: Option<f32>,
    /// Wok-hei index, 0–100.
    pub wok_hei: Option<f32>,
    /// Maillard dose, equivalent seconds at 150 °C.
    pub dose_seconds: Option<f32>,
}

/// The outcome of one hop of one station.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Index of the station in the configuration.
    pub station: u16,
    /// Hop k since the epoch.
    pub hop: u64,
    /// End of the hop.
    pub end: HostTime,
    /// When the hop closed.
    pub closed: HostTime,
    /// Streams, by [`StreamKind`].
    pub presence: [Presence; StreamKind::ALL.len()],
    /// Quality per stream, 0–1.
    pub quality: [f32; StreamKind::ALL.len()],
    /// What was measured.
    pub measured: Measured,
    /// The model's words, or why there are none.
    pub outcome: Result<StepOutput, Unscored>,
    /// What became of cues in this hop, by [`CueKind`].
    pub cues: [Option<CueEvent>; CueKind::ALL.len()],
}

impl Verdict {
    /// Whether a configured stream is missing or degraded.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        self.presence
            .iter()
            .any(|p| matches!(p, Presence::Missing | Presence::Degraded))
    }

    /// Names of the configured streams that are missing.
    pub fn missing(&self) -> impl Iterator<Item = StreamKind> + '_ {
        StreamKind::ALL
            .into_iter()
            .filter(|s| self.presence[s.index()] == Presence::Missing)
    }

    /// The phase the model holds most likely, with its probability.
    #[must_use]
    pub fn phase(&self) -> Option<(Phase, f32)> {
        let out = self.outcome.as_ref().ok()?;
        let (i, p) = out
            .phase
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(b.1))?;
        Some((Phase::ALL[i], *p))
    }

    /// The canonical bytes that replay must reproduce: everything but UTC time and session.
    pub fn write_canonical(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.station.to_le_bytes());
        out.extend_from_slice(&self.hop.to_le_bytes());
        out.extend_from_slice(&self.end.as_nanos().to_le_bytes());
        out.extend_from_slice(&self.closed.as_nanos().to_le_bytes());
        out.extend(self.presence.iter().map(|p| *p as u8));
        for q in self.quality {
            out.extend_from_slice(&q.to_bits().to_le_bytes());
        }
        let m = self.measured;
        for value in [m.wall_celsius, m.toss_hz, m.wok_hei, m.dose_seconds] {
            out.push(u8::from(value.is_some()));
            out.extend_from_slice(&value.unwrap_or(0.0).to_bits().to_le_bytes());
        }
        match &self.outcome {
            Ok(step) => {
                out.push(0);
                for v in step.values() {
                    out.extend_from_slice(&v.to_bits().to_le_bytes());
                }
            }
            Err(why) => out.push(1 + *why as u8),
        }
        for cue in &self.cues {
            out.push(u8::from(cue.is_some()));
            if let Some(cue) = cue {
                out.extend_from_slice(&cue.id.to_le_bytes());
                out.extend_from_slice(&[cue.change as u8, cue.causes.bits()]);
                out.extend_from_slice(&cue.confidence.to_bits().to_le_bytes());
                out.extend_from_slice(&cue.fired.as_nanos().to_le_bytes());
                out.extend_from_slice(&cue.expires.as_nanos().to_le_bytes());
            }
        }
    }
}
