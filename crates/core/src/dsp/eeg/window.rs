//! The last two seconds of every channel: spectrum, band powers, quality.

use core::fmt;
use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex, num_complex::Complex};

use crate::dsp::{falling, lanes};
use crate::grid::EEG_PER_HOP;
use crate::step::EEG_CHANNELS;

/// Length of the window in ticks: 2 s at 250 Hz, so that a spectral bin is 0.5 Hz wide.
pub const WINDOW_TICKS: usize = 500;
/// Bins of its spectrum.
const BINS: usize = WINDOW_TICKS / 2 + 1;
/// Width of a bin in Hz.
const BIN_HZ: f32 = 0.5;

/// Ticks of a span, within which range and number are kept: a hop.
const SPAN_TICKS: usize = EEG_PER_HOP;
const SPANS: usize = WINDOW_TICKS / SPAN_TICKS;

/// A window with fewer usable ticks than this says nothing.
const LEAST_TICKS: usize = WINDOW_TICKS / 4;

/// Mean-square amplitude in a frequency band, µV².
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BandPowers {
    /// Theta, 4–7 Hz.
    pub theta: f32,
    /// Alpha, over the motor cortex mu, 8–12 Hz.
    pub alpha: f32,
    /// Beta, 13–30 Hz.
    pub beta: f32,
}

/// What speaks for and against one channel, over the window.
///
/// The limits are design choices around common artefact rules: peak-to-peak above 150 µV, flat
/// below 0.5 µV, mains pickup, and 51–69 Hz as a proxy of muscle (Gasser 2005).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Quality {
    /// Share of usable ticks, 0–1.
    pub usable: f32,
    /// Peak-to-peak of the filtered signal, µV.
    pub peak_to_peak: f32,
    /// Power within 1 Hz of the mains over the power of 1–45 Hz.
    pub line_ratio: f32,
    /// Power of 51–69 Hz, without the mains, over the power of 1–45 Hz.
    pub muscle_ratio: f32,
}

impl Quality {
    /// 0 (useless) to 1 (clean), whatever the share of usable ticks; 0 where too few were.
    #[must_use]
    pub fn score(&self) -> f32 {
        if self.peak_to_peak < 0.5 {
            return 0.0;
        }
        let amplitude = falling(self.peak_to_peak, 150.0, 300.0);
        let line = falling(self.line_ratio, 2.0, 20.0);
        let muscle = falling(self.muscle_ratio, 0.25, 0.75);
        amplitude.min(line).min(muscle)
    }
}

/// Range and number of the usable ticks of one hop's span.
#[derive(Debug, Clone, Copy)]
struct Span {
    low: f32,
    high: f32,
    usable: usize,
}

impl Default for Span {
    fn default() -> Self {
        Self {
            low: f32::INFINITY,
            high: f32::NEG_INFINITY,
            usable: 0,
        }
    }
}

/// A sliding window of 2 s over all channels, updated once a hop.
pub struct Window {
    mains_hz: f32,
    fft: Arc<dyn RealToComplex<f32>>,
    taper: Box<[f32]>,
    /// 2 / (N Σ w²): from |X|² to mean square per bin.
    power_scale: f32,
    broad: Box<[[f32; WINDOW_TICKS]; EEG_CHANNELS]>,
    spans: [[Span; SPANS]; EEG_CHANNELS],
    next: usize,
    input: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    powers: Box<[f32; BINS]>,
}

impl fmt::Debug for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Window")
            .field("mains_hz", &self.mains_hz)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl Window {
    /// An empty window for mains of `mains_hz` (50 or 60).
    #[must_use]
    pub fn new(mains_hz: u8) -> Self {
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(WINDOW_TICKS);
        let taper: Box<[f32]> = hann(WINDOW_TICKS).collect();
        let energy: f32 = taper.iter().map(|w| w * w).sum();
        Self {
            mains_hz: f32::from(mains_hz),
            power_scale: 2.0 / (WINDOW_TICKS as f32 * energy),
            taper,
            broad: Box::new([[0.0; WINDOW_TICKS]; EEG_CHANNELS]),
            spans: [[Span::default(); SPANS]; EEG_CHANNELS],
            next: 0,
            input: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            powers: Box::new([0.0; BINS]),
            fft,
        }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        for channel in 0..EEG_CHANNELS {
            self.broad[channel].fill(0.0);
            self.spans[channel].fill(Span::default());
        }
        self.next = 0;
    }

    /// Puts one tick of one channel in: high-passed and filtered µV, `None` where not usable.
    /// [`Self::advance`] ends the tick.
    pub fn put(&mut self, channel: usize, tick: Option<(f32, f32)>) {
        self.broad[channel][self.next] = tick.map_or(0.0, |(broad, _)| broad);
        let span = &mut self.spans[channel][self.next / SPAN_TICKS];
        if self.next.is_multiple_of(SPAN_TICKS) {
            *span = Span::default();
        }
        if let Some((_, clean)) = tick {
            span.low = span.low.min(clean);
            span.high = span.high.max(clean);
            span.usable += 1;
        }
    }

    /// Ends a tick of all channels.
    pub fn advance(&mut self) {
        self.next = (self.next + 1) % WINDOW_TICKS;
    }

    /// Band powers and quality of a channel over the window. Zero where less than half a second of
    /// it is usable.
    pub fn measure(&mut self, channel: usize) -> (BandPowers, Quality) {
        let spans = &self.spans[channel];
        let count: usize = spans.iter().map(|s| s.usable).sum();
        if count < LEAST_TICKS {
            return (BandPowers::default(), Quality::default());
        }
        let low = spans.iter().fold(f32::INFINITY, |low, s| low.min(s.low));
        let high = spans
            .iter()
            .fold(f32::NEG_INFINITY, |high, s| high.max(s.high));
        // Oldest first. What is not usable is 0 in the ring and stays 0.
        let (new, old) = self.broad[channel].split_at(self.next);
        for ((x, y), w) in self
            .input
            .iter_mut()
            .zip(old.iter().chain(new))
            .zip(&self.taper)
        {
            *x = y * w;
        }
        let done =
            self.fft
                .process_with_scratch(&mut self.input, &mut self.spectrum, &mut self.scratch);
        debug_assert!(done.is_ok(), "the buffers are the plan's own");
        // Unusable ticks are zeros and carry no power.
        let share = count as f32 / WINDOW_TICKS as f32;
        let scale = self.power_scale / share;
        for (p, x) in self.powers.iter_mut().zip(&self.spectrum) {
            *p = x.norm_sqr() * scale;
        }
        let bands = BandPowers {
            theta: self.power(4.0, 7.0),
            alpha: self.power(8.0, 12.0),
            beta: self.power(13.0, 30.0),
        };
        let brain = self.power(1.0, 45.0).max(1e-6);
        let mains = self.mains_hz;
        let line = self.power(mains - 1.0, mains + 1.0);
        let muscle =
            self.power(51.0, (mains - 2.0).min(69.0)) + self.power((mains + 2.0).max(51.0), 69.0);
        let quality = Quality {
            usable: share,
            peak_to_peak: high - low,
            line_ratio: line / brain,
            muscle_ratio: muscle / brain,
        };
        (bands, quality)
    }

    /// Mean square between two frequencies (inclusive), µV²; 0 for an empty range.
    fn power(&self, from_hz: f32, to_hz: f32) -> f32 {
        let from = (from_hz / BIN_HZ).round().max(0.0) as usize;
        let to = ((to_hz / BIN_HZ).round().max(0.0) as usize).min(BINS - 1);
        self.powers.get(from..=to).map_or(0.0, lanes::sum)
    }
}

/// A periodic Hann window.
pub(crate) fn hann(n: usize) -> impl Iterator<Item = f32> {
    (0..n).map(move |i| (0.5 - 0.5 * (core::f64::consts::TAU * i as f64 / n as f64).cos()) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window_of(mains_hz: u8, signal: impl Fn(f32) -> f32) -> (BandPowers, Quality) {
        let mut window = Window::new(mains_hz);
        for i in 0..700 {
            let x = signal(i as f32 / 250.0);
            window.put(3, Some((x, x)));
            window.advance();
        }
        window.measure(3)
    }

    fn sine(amplitude: f32, hz: f32) -> impl Fn(f32) -> f32 {
        move |t| amplitude * (core::f32::consts::TAU * hz * t).sin()
    }

    #[test]
    fn a_sine_has_its_power_in_its_band() {
        // A sine of 10 µV has a mean square of 50 µV².
        for (hz, theta, alpha, beta) in [
            (5.5, 50.0, 0.0, 0.0),
            (10.0, 0.0, 50.0, 0.0),
            (21.0, 0.0, 0.0, 50.0),
            (40.0, 0.0, 0.0, 0.0),
        ] {
            let (bands, _) = window_of(50, sine(10.0, hz));
            for (got, want) in [
                (bands.theta, theta),
                (bands.alpha, alpha),
                (bands.beta, beta),
            ] {
                assert!((got - want).abs() < 0.02 * want + 0.1, "{hz} Hz: {bands:?}");
            }
        }
    }

    #[test]
    fn quality_falls_for_each_fault() {
        let clean = sine(20.0, 10.0);
        let line = |t: f32| sine(20.0, 10.0)(t) + sine(120.0, 50.0)(t);
        let muscle = |t: f32| sine(10.0, 10.0)(t) + sine(10.0, 65.0)(t);
        assert!(window_of(50, clean).1.score() > 0.99);
        let cases: [(&str, f32); 4] = [
            ("flat", window_of(50, |_| 0.1).1.score()),
            ("huge", window_of(50, sine(200.0, 10.0)).1.score()),
            ("line", window_of(50, line).1.score()),
            ("muscle", window_of(50, muscle).1.score()),
        ];
        for (name, score) in cases {
            assert!(score < 0.05, "{name}: {score}");
        }
        // The same 50 Hz is no mains at 60 Hz, nor muscle.
        assert!(window_of(60, line).1.line_ratio < 1e-3);
    }

    #[test]
    fn a_window_without_enough_ticks_says_nothing() {
        let mut window = Window::new(50);
        for i in 0..WINDOW_TICKS {
            window.put(0, (i % 5 == 0).then_some((5.0, 5.0)));
            window.advance();
        }
        assert_eq!(
            window.measure(0),
            (BandPowers::default(), Quality::default())
        );
    }
}
