//! The words for a lag.

use crate::verdict::StreamKind;

/// A lag with its interval, seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The likeliest lag.
    pub seconds: f64,
    /// Lower end of the interval of 95 %.
    pub low: f64,
    /// Upper end of the interval of 95 %.
    pub high: f64,
}

/// Why a lag is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unknown {
    /// One of the streams is not there, or (for want of a beat) no sound is.
    #[default]
    NoStream,
    /// Too little was tossed within memory, or no row of knocks was heard.
    TooFew,
    /// The camera gives too few pictures a toss: its sway would show upside down.
    TooSlow,
    /// Tosses or knocks are heard, but the other stream shows nothing of them.
    NotSeen,
}

impl Estimate {
    /// Half the width of the interval, seconds.
    #[must_use]
    pub fn half(&self) -> f64 {
        (self.high - self.low) / 2.0
    }
}

impl Unknown {
    /// The name in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoStream => "no_stream",
            Self::TooFew => "too_few_tosses",
            Self::TooSlow => "too_few_pictures",
            Self::NotSeen => "not_seen",
        }
    }
}

/// How much later the first stream of a pair is on the grid than the second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Lag {
    /// Known.
    Known(Estimate),
    /// Several lags, a part of a toss or a knock apart, fit about as well, or too wide a range of them.
    Ambiguous,
    /// Not known.
    Unknown(Unknown),
}

impl Default for Lag {
    fn default() -> Self {
        Self::Unknown(Unknown::default())
    }
}

impl Lag {
    /// The estimate, where there is one.
    #[must_use]
    pub const fn known(&self) -> Option<&Estimate> {
        match self {
            Self::Known(estimate) => Some(estimate),
            Self::Ambiguous | Self::Unknown(_) => None,
        }
    }

    /// The lag of `a` against `c`, where this is that of `a` against `b` and `other` that of `c` against
    /// `b`; the halves of the intervals add as independent errors do.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Known(a), Self::Known(c)) => {
                let seconds = a.seconds - c.seconds;
                let half = a.half().hypot(c.half());
                Self::Known(Estimate {
                    seconds,
                    low: seconds - half,
                    high: seconds + half,
                })
            }
            (Self::Unknown(why), _) | (_, Self::Unknown(why)) => Self::Unknown(*why),
            _ => Self::Ambiguous,
        }
    }
}

/// Two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pair {
    /// EEG against audio.
    EegAudio,
    /// Thermal against audio.
    ThermalAudio,
    /// EEG against thermal.
    EegThermal,
}

impl Pair {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::EegAudio, Self::ThermalAudio, Self::EegThermal];

    /// The name in metrics and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EegAudio => "eeg_audio",
            Self::ThermalAudio => "thermal_audio",
            Self::EegThermal => "eeg_thermal",
        }
    }

    /// The stream whose lag it is, and the one it is measured against.
    #[must_use]
    pub const fn streams(self) -> (StreamKind, StreamKind) {
        match self {
            Self::EegAudio => (StreamKind::Eeg, StreamKind::Audio),
            Self::ThermalAudio => (StreamKind::Thermal, StreamKind::Audio),
            Self::EegThermal => (StreamKind::Eeg, StreamKind::Thermal),
        }
    }
}

/// The lags of a station's pairs.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Lags {
    /// EEG against audio.
    pub eeg_audio: Lag,
    /// Thermal against audio.
    pub thermal_audio: Lag,
    /// EEG against thermal: the difference of the two, since the sound keeps the beat for both.
    pub eeg_thermal: Lag,
}

impl Lags {
    /// From the lags against the sound, which tells the time for both.
    #[must_use]
    pub fn by_sound(eeg: Lag, thermal: Lag) -> Self {
        Self {
            eeg_audio: eeg,
            thermal_audio: thermal,
            eeg_thermal: eeg.minus(&thermal),
        }
    }

    /// The lag of a pair.
    #[must_use]
    pub const fn of(&self, pair: Pair) -> &Lag {
        match pair {
            Pair::EegAudio => &self.eeg_audio,
            Pair::ThermalAudio => &self.thermal_audio,
            Pair::EegThermal => &self.eeg_thermal,
        }
    }
}
