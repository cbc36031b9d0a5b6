//! Seeded randomness: one ChaCha8 stream for each independent part of a cook.
//!
//! Streams are separate so that turning a sensor off, or a dial of one sensor, leaves every other
//! part of the same seed's cook unchanged.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1, StandardNormal};

/// The independent random streams of a cook.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
pub(crate) enum Stream {
    /// Loads, burner, kinetics and faults of the cook.
    Cook = 1,
    /// The chef's skill, attention and motion.
    Chef = 2,
    /// Pixels of the thermal camera.
    Thermal = 3,
    /// The microphone's sound field.
    Sound = 4,
    /// The headset's signals.
    Eeg = 5,
    /// Clock and transport of the headset.
    HeadsetLink = 6,
    /// Clock and transport of the camera.
    CameraLink = 7,
    /// Clock and transport of the microphone.
    MicrophoneLink = 8,
    /// The tasters' ratings.
    Tasters = 9,
    /// Device dials that follow from the seed (gain, delays, electrode offsets).
    Dials = 10,
    /// Each device's oscillator and start.
    Clocks = 11,
    /// How the ladle knocks.
    Knocks = 12,
}

/// A random stream of one part of one cook.
#[derive(Debug, Clone)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64, stream: Stream) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream as u64);
        Self(rng)
    }

    /// Uniform in [0, 1).
    #[inline]
    pub(crate) fn unit(&mut self) -> f64 {
        f64::from(self.0.next_u32()) * (1.0 / 4_294_967_296.0)
    }

    /// Uniform in [-1, 1).
    #[inline]
    pub(crate) fn signed(&mut self) -> f32 {
        // The cast keeps the bit pattern: the full i32 range is the wanted symmetric range.
        (self.0.next_u32() as i32) as f32 * (1.0 / 2_147_483_648.0)
    }

    /// Uniform in [low, high).
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Standard normal deviate.
    #[inline]
    pub(crate) fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    /// Standard normal deviate in single precision.
    #[inline]
    pub(crate) fn normal32(&mut self) -> f32 {
        StandardNormal.sample(&mut self.0)
    }

    /// Normal deviate clipped to ±2.5 standard deviations.
    pub(crate) fn normal_clipped(&mut self, mean: f64, sd: f64) -> f64 {
        mean + sd * self.normal().clamp(-2.5, 2.5)
    }

    /// Exponential deviate of the given mean.
    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        let draw: f64 = Exp1.sample(&mut self.0);
        mean * draw
    }

    /// True with probability `p`.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// One random byte.
    pub(crate) fn byte(&mut self) -> u8 {
        (self.0.next_u32() >> 24) as u8
    }
}
