//! A device's clock and the link that its samples come over.

use std::fs;
use std::io;
use std::path::Path;

/// Nanoseconds of the device's clock between samples.
pub(crate) const TICK: f64 = 4e6;
/// Samples: ten minutes.
pub(crate) const SAMPLES: usize = 150_000;
/// Samples of the first minute, in which no error counts.
pub(crate) const WARM_UP: usize = 15_000;
/// How much slower than the host the device is at first.
const DRIFT: f64 = 40e-6;
/// Scale of the delays, in nanoseconds.
const SCALE: f64 = 2e6;

/// What a link adds to the time of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delay {
    /// Delay that only adds: exponential, 2 ms.
    OneSided,
    /// The same, and a stamp with 50 µs of Gaussian noise.
    Stamped,
    /// Ten samples at a time, as an FTDI adapter hands them over; the tenth has the delay of the first kind.
    Blocks,
    /// Gaussian, 2 ms.
    Gaussian,
}

impl Delay {
    pub(crate) const ALL: [Self; 4] = [Self::OneSided, Self::Stamped, Self::Blocks, Self::Gaussian];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OneSided => "one_sided",
            Self::Stamped => "stamped",
            Self::Blocks => "blocks",
            Self::Gaussian => "gaussian",
        }
    }
}

/// Random numbers (SplitMix64, Steele et al. 2014).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        ((z >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    pub(crate) fn gaussian(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    pub(crate) fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }
}

/// What a link brought, and the truth of it.
pub(crate) struct Link {
    pub(crate) delay: Delay,
    pub(crate) wander: f64,
    /// When each sample was true, in nanoseconds of the host.
    pub(crate) truth: Vec<f64>,
    /// When it was in hand.
    pub(crate) arrivals: Vec<f64>,
}

impl Link {
    pub(crate) fn new(delay: Delay, wander: f64, seed: u64) -> Self {
        let mut random = Random::new(seed ^ (delay as u64) << 48 ^ wander.to_bits());
        let truth = oscillator(wander, DRIFT, SAMPLES, &mut random);
        let mut arrivals: Vec<f64> = truth
            .iter()
            .map(|t| {
                t + match delay {
                    Delay::OneSided | Delay::Blocks => SCALE * random.exponential(),
                    Delay::Stamped => SCALE * random.exponential() + 50e3 * random.gaussian(),
                    Delay::Gaussian => SCALE * random.gaussian(),
                }
            })
            .collect();
        if delay == Delay::Blocks {
            for block in arrivals.chunks_exact_mut(10) {
                block.fill(block[9]);
            }
        }
        Self {
            delay,
            wander,
            truth,
            arrivals,
        }
    }

    /// Writes arrivals, truth and our errors, seconds as little-endian float64.
    pub(crate) fn write(&self, folder: &Path, index: u64, errors: &[f64]) -> io::Result<()> {
        let name = format!("{}_{index}.f64", name(self.delay, self.wander));
        let seconds = self.arrivals.iter().chain(&self.truth).chain(errors);
        let bytes: Vec<u8> = seconds.flat_map(|t| (t / 1e9).to_le_bytes()).collect();
        fs::write(folder.join(name), bytes)
    }
}

/// Host times of a device's ticks: a drift that walks by `wander` ppm/√s.
pub(crate) fn oscillator(wander: f64, drift: f64, samples: usize, random: &mut Random) -> Vec<f64> {
    let (mut at, mut rate) = (1e12, 1.0 + drift);
    let step = wander * 1e-6 * (TICK / 1e9).sqrt();
    (0..samples)
        .map(|_| {
            let now = at;
            at += rate * TICK;
            rate += step * random.gaussian();
            now
        })
        .collect()
}

/// What figures of such links are called: the wander in thousandths of a ppm/√s.
pub(crate) fn name(delay: Delay, wander: f64) -> String {
    format!("{}_w{}", delay.name(), (wander * 1000.0).round())
}
