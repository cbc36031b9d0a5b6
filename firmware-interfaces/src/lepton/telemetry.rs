//! The telemetry words of a Lepton.
//!
//! Rows A, B and C are 80 words each in either model; a Lepton 3 sends A and B side by side in its first row of 160 words. Numbers
//! of two words have their low word first. Words not read here are zero when written.

use super::{NotRadiometric, Scale};

/// What the camera says about a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Telemetry {
    /// Milliseconds since power-up (A 1–2), wraps after 49.7 days.
    pub uptime_ms: u32,
    /// Status bits (A 3–4).
    pub status: Status,
    /// Counts frames since power-up (A 20–21); the same number twice is the same frame sent again.
    pub frame_counter: u32,
    /// Temperature of the focal plane in hundredths of K (A 24).
    pub fpa_centikelvin: u16,
    /// Temperature of the housing in hundredths of K (A 26).
    pub housing_centikelvin: u16,
    /// Uptime at the last flat-field correction in ms (A 30–31).
    pub last_ffc_ms: u32,
    /// The gain state in use (C 6).
    pub gain: Gain,
    /// Whether pixels are linear in temperature (C 48).
    pub tlinear: bool,
    /// Whether TLinear counts 0.01 K rather than 0.1 K (C 49).
    pub tlinear_centi: bool,
}

/// Status bits of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Status {
    /// A flat-field correction is wanted (bit 3).
    pub ffc_desired: bool,
    /// Where the flat-field correction stands (bits 4–5).
    pub ffc: FfcState,
    /// Automatic gain control is on: pixels are a picture, not temperatures (bit 12).
    pub agc: bool,
    /// The shutter is locked out, outside its temperature range (bit 15).
    pub shutter_lockout: bool,
    /// The camera shuts down within 10 s for heat (bit 20).
    pub overtemperature: bool,
}

/// Where the flat-field correction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum FfcState {
    /// Never commanded since power-up.
    #[default]
    Never,
    /// About to begin.
    Imminent,
    /// The shutter is closed: the frames repeat and show no scene.
    InProgress,
    /// Done.
    Complete,
}

impl FfcState {
    const ALL: [Self; 4] = [
        Self::Never,
        Self::Imminent,
        Self::InProgress,
        Self::Complete,
    ];
}

/// Gain state of the sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Gain {
    /// Finer, but saturates between 140 and 180 °C.
    #[default]
    High,
    /// For scenes up to about 400 °C: what a wok needs.
    Low,
}

/// The word at which row C starts.
const ROW_C: usize = 160;
/// Words of the telemetry that are read and written here: three rows of 80.
const WORDS: usize = 240;

impl Telemetry {
    /// What a count of this frame is.
    ///
    /// # Errors
    /// [`NotRadiometric`] when counts are not temperatures.
    pub const fn scale(&self) -> Result<Scale, NotRadiometric> {
        if self.status.agc {
            Err(NotRadiometric::Agc)
        } else if !self.tlinear {
            Err(NotRadiometric::TLinearOff)
        } else if self.tlinear_centi {
            Ok(Scale::Centikelvin)
        } else {
            Ok(Scale::Decikelvin)
        }
    }

    /// Reads the footer's words, or `None` when there are none.
    pub(super) fn parse(footer: &[[u8; 2]]) -> Option<Self> {
        let words = footer.first_chunk::<WORDS>()?;
        let word = |at: usize| words.get(at).copied().map_or(0, u16::from_le_bytes);
        let double = |at: usize| u32::from(word(at)) | u32::from(word(at + 1)) << 16;
        let bits = double(3);
        let bit = |n: u32| bits >> n & 1 == 1;
        Some(Self {
            uptime_ms: double(1),
            status: Status {
                ffc_desired: bit(3),
                ffc: FfcState::ALL
                    .get((bits >> 4 & 3) as usize)
                    .copied()
                    .unwrap_or_default(),
                agc: bit(12),
                shutter_lockout: bit(15),
                overtemperature: bit(20),
            },
            frame_counter: double(20),
            fpa_centikelvin: word(24),
            housing_centikelvin: word(26),
            last_ffc_ms: double(30),
            gain: if word(ROW_C + 6) == 0 {
                Gain::High
            } else {
                Gain::Low
            },
            tlinear: word(ROW_C + 48) != 0,
            tlinear_centi: word(ROW_C + 49) != 0,
        })
    }

    /// Writes the words into a footer.
    pub(super) fn write(&self, footer: &mut [[u8; 2]]) {
        let Status {
            ffc_desired,
            ffc,
            agc,
            shutter_lockout,
            overtemperature,
        } = self.status;
        let bits = u32::from(ffc_desired) << 3
            | (ffc as u32) << 4
            | u32::from(agc) << 12
            | u32::from(shutter_lockout) << 15
            | u32::from(overtemperature) << 20;
        let mut put = |at: usize, value: u16| {
            if let Some(word) = footer.get_mut(at) {
                *word = value.to_le_bytes();
            }
        };
        for (at, double) in [
            (1, self.uptime_ms),
            (3, bits),
            (20, self.frame_counter),
            (30, self.last_ffc_ms),
        ] {
            put(at, double as u16);
            put(at + 1, (double >> 16) as u16);
        }
        put(24, self.fpa_centikelvin);
        put(26, self.housing_centikelvin);
        put(ROW_C + 6, u16::from(self.gain == Gain::Low));
        put(ROW_C + 48, u16::from(self.tlinear));
        put(ROW_C + 49, u16::from(self.tlinear_centi));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_where_the_datasheet_says() {
        let mut footer = [[0; 2]; 320];
        for (at, value) in [
            (1, 0x2345),
            (2, 1),
            (3, 0x9028),
            (4, 0x10),
            (20, 7),
            (21, 2),
            (24, 30_000),
            (26, 30_100),
            (30, 5),
            (166, 1),
            (208, 1),
            (209, 1),
        ] {
            footer[at] = u16::to_le_bytes(value);
        }
        let expect = Telemetry {
            uptime_ms: 0x1_2345,
            status: Status {
                ffc_desired: true,
                ffc: FfcState::InProgress,
                agc: true,
                shutter_lockout: true,
                overtemperature: true,
            },
            frame_counter: 0x2_0007,
            fpa_centikelvin: 30_000,
            housing_centikelvin: 30_100,
            last_ffc_ms: 5,
            gain: Gain::Low,
            tlinear: true,
            tlinear_centi: true,
        };
        assert_eq!(Telemetry::parse(&footer), Some(expect));
        let mut written = [[0; 2]; 320];
        expect.write(&mut written);
        assert_eq!(written, footer);
        assert_eq!(Telemetry::parse(&[]), None);
    }
}
