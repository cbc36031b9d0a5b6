//! The filter that every EEG channel runs through.

use biquad::{Biquad, Coefficients, DirectForm2Transposed, Type};

/// Sampling rate of the EEG grid in Hz.
pub const RATE_HZ: f64 = 250.0;

/// Ticks after a restart whose output is not used: 0.5 s. The slowest pole pair is the 1 Hz
/// high-pass (time constant 0.23 s); the filter starts on the first sample as its baseline, so that
/// what remains is a tenth of the background's own slow part (design choice).
pub const SETTLE_TICKS: u32 = 125;

/// Values beyond this are not EEG, µV: the Cyton's whole range at gain 1 is ±4.5 V.
const LIMIT_MICROVOLTS: f64 = 5.0e6;

/// Pole-pair quality of a second-order Butterworth filter.
const BUTTERWORTH_2: f64 = core::f64::consts::FRAC_1_SQRT_2;

/// Pole-pair qualities of a fourth-order Butterworth filter: 1 / (2 cos(π/8)), 1 / (2 cos(3π/8)).
const BUTTERWORTH_4: [f64; 2] = [0.541_196_100_146_197, 1.306_562_964_876_377];

/// Quality of the mains notch: 2 Hz wide at 50 Hz.
const NOTCH_Q: f64 = 25.0;

type Section = DirectForm2Transposed<f64>;

/// One second-order section; a corner outside the Nyquist range passes everything through.
fn section(kind: Type<f64>, hz: f64, q: f64) -> Section {
    let pass = Coefficients {
        a1: 0.0,
        a2: 0.0,
        b0: 1.0,
        b1: 0.0,
        b2: 0.0,
    };
    Section::new(Coefficients::from_normalized_params(kind, 2.0 * hz / RATE_HZ, q).unwrap_or(pass))
}

/// The filter of one channel: a second-order Butterworth high-pass at 1 Hz, then a fourth-order
/// Butterworth low-pass at 45 Hz and a notch at the mains frequency.
///
/// 1–45 Hz with a notch is the common EEG pass band; the notch still matters behind the low-pass,
/// because mains pickup of a dry electrode is larger than the brain by orders of magnitude.
#[derive(Debug, Clone)]
pub struct Filter {
    high_pass: Section,
    rest: [Section; 3],
    baseline: Option<f64>,
    settle: u32,
}

impl Filter {
    /// A filter for mains of `mains_hz` (50 or 60).
    #[must_use]
    pub fn new(mains_hz: u8) -> Self {
        let low = |q| section(Type::LowPass, 45.0, q);
        Self {
            high_pass: section(Type::HighPass, 1.0, BUTTERWORTH_2),
            rest: [
                section(Type::Notch, f64::from(mains_hz), NOTCH_Q),
                low(BUTTERWORTH_4[0]),
                low(BUTTERWORTH_4[1]),
            ],
            baseline: None,
            settle: SETTLE_TICKS,
        }
    }

    /// Forgets everything: after a gap, or at an epoch.
    pub fn reset(&mut self) {
        self.high_pass.reset_state();
        self.rest.iter_mut().for_each(Section::reset_state);
        self.baseline = None;
        self.settle = SETTLE_TICKS;
    }

    /// Whether the output may be used: [`SETTLE_TICKS`] ticks have passed since the last restart.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.settle == 0
    }

    /// Filters one sample in µV. Gives the high-passed sample (for spectra and quality) and the
    /// fully filtered one, both in µV; `None`, with a restart, where the sample is no number or
    /// beyond ±5 V.
    pub fn run(&mut self, microvolts: f32) -> Option<(f32, f32)> {
        let x = f64::from(microvolts);
        if !(-LIMIT_MICROVOLTS..=LIMIT_MICROVOLTS).contains(&x) {
            self.reset();
            return None;
        }
        let baseline = *self.baseline.get_or_insert(x);
        let broad = self.high_pass.run(x - baseline);
        let clean = self
            .rest
            .iter_mut()
            .fold(broad, |y, section| section.run(y));
        self.settle = self.settle.saturating_sub(1);
        #[expect(clippy::cast_possible_truncation, reason = "microvolts fit")]
        Some((broad as f32, clean as f32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gain of the full filter on a sine after 8 s, in dB.
    fn gain_db(mains_hz: u8, hz: f64) -> f64 {
        let mut filter = Filter::new(mains_hz);
        let mut power = 0.0;
        let n = 2000;
        for i in 0..2 * n {
            let x = (core::f64::consts::TAU * hz * f64::from(i) / RATE_HZ).sin() * 100.0;
            let y = filter
                .run(x as f32)
                .map_or(f64::NAN, |(_, clean)| f64::from(clean));
            if i >= n {
                power += y * y;
            }
        }
        10.0 * (power / f64::from(n) / 5000.0).log10()
    }

    #[test]
    fn the_response_is_flat_inside_and_falls_outside() {
        for (mains, hz, low, high) in [
            (50, 0.1, -60.0, -38.0),
            (50, 1.0, -3.3, -2.7),
            (50, 3.0, -0.2, 0.1),
            (50, 6.0, -0.1, 0.1),
            (50, 10.0, -0.1, 0.1),
            (50, 30.0, -0.6, 0.1),
            (50, 45.0, -3.6, -2.8),
            (50, 50.0, -300.0, -60.0),
            (60, 60.0, -300.0, -60.0),
            (60, 50.0, -9.0, -4.0),
            (50, 100.0, -300.0, -40.0),
        ] {
            let gain = gain_db(mains, hz);
            assert!(
                (low..=high).contains(&gain),
                "{hz} Hz with {mains} Hz mains: {gain:.2} dB"
            );
        }
    }

    #[test]
    fn an_electrode_offset_leaves_no_transient() {
        let mut filter = Filter::new(50);
        for _ in 0..500 {
            let (_, clean) = filter.run(187_500.0).expect("in range");
            assert!(clean.abs() < 1e-3, "{clean}");
        }
    }

    #[test]
    fn what_is_no_number_restarts_the_filter() {
        let mut filter = Filter::new(50);
        for _ in 0..SETTLE_TICKS {
            filter.run(1.0);
        }
        assert!(filter.is_settled());
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX] {
            assert!(filter.run(bad).is_none());
            assert!(!filter.is_settled());
            assert!(
                filter
                    .run(3.0)
                    .is_some_and(|(a, b)| a.is_finite() && b.is_finite())
            );
        }
    }
}
