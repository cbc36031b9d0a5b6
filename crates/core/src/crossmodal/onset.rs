//! Onsets by ear: how suddenly the sound grows, in all bands.

use crate::grid::MEL_PER_HOP;
use crate::step::MELS;

use super::MEMORY;

/// Log-mel frames a second.
const RATE: f64 = 100.0;
/// Frames remembered.
const FRAMES: usize = (MEMORY * RATE) as usize;
/// Frames over which growth is taken: a window of 25 ms is new after two.
const STEP: usize = 2;
/// Time constant of the usual growth and its spread, frames.
const USUAL: f32 = 500.0;
/// Least spread of the growth: digital sameness must not make an onset of a rounding.
const LEAST_SPREAD: f32 = 1e-4;

/// Onset strength: the mean over the log-mel bands of what grew within 20 ms, in spreads above its
/// usual value.
#[derive(Debug)]
pub(super) struct Onsets {
    before: [[f32; MELS]; STEP],
    heard: [bool; STEP],
    strength: Box<[f32]>,
    /// The frame after the newest, counted since the grid opened.
    pub(super) next: u64,
    mean: f32,
    spread: f32,
    count: f32,
}

impl Onsets {
    pub(super) fn new() -> Self {
        Self {
            before: [[0.0; MELS]; STEP],
            heard: [false; STEP],
            strength: vec![0.0; FRAMES].into(),
            next: 0,
            mean: 0.0,
            spread: 0.0,
            count: 0.0,
        }
    }

    /// Takes the frames of hop `index` in.
    pub(super) fn hop(&mut self, index: u64, mel: &[[f32; MEL_PER_HOP]; MELS]) {
        self.next = index * MEL_PER_HOP as u64;
        for j in 0..MEL_PER_HOP {
            let frame: [f32; MELS] = core::array::from_fn(|band| mel[band][j]);
            // A frame that was not heard is all zeros, which no power gives.
            let heard = frame.iter().any(|x| *x != 0.0);
            let strength = if heard && self.heard[0] {
                let grown: f32 = frame
                    .iter()
                    .zip(&self.before[0])
                    .map(|(now, then)| (now - then).max(0.0))
                    .sum();
                self.score(grown / MELS as f32)
            } else {
                0.0
            };
            self.strength[(self.next % FRAMES as u64) as usize] = strength;
            self.before.rotate_left(1);
            self.heard.rotate_left(1);
            self.before[STEP - 1] = frame;
            self.heard[STEP - 1] = heard;
            self.next += 1;
        }
    }

    fn score(&mut self, grown: f32) -> f32 {
        self.count = (self.count + 1.0).min(USUAL);
        if self.count == 1.0 {
            self.mean = grown;
            self.spread = grown / 2.0;
        }
        // Onsets are not usual: they are let in only so far.
        let usual = grown.min(self.mean + 3.0 * self.spread);
        self.mean += (usual - self.mean) / self.count;
        // 1.25 mean deviations are a standard deviation of a normal distribution.
        self.spread += (1.25 * (usual - self.mean).abs() - self.spread) / self.count;
        if self.count < USUAL / 5.0 {
            return 0.0;
        }
        (grown - self.mean) / (self.spread + LEAST_SPREAD)
    }

    /// Strength of a frame; 0 where it is not remembered.
    pub(super) fn at(&self, frame: u64) -> f32 {
        let held = frame < self.next && frame + FRAMES as u64 > self.next;
        if held {
            self.strength[(frame % FRAMES as u64) as usize]
        } else {
            0.0
        }
    }

    /// The strongest frame within `reach` frames of a time, seconds.
    pub(super) fn near(&self, seconds: f64, reach: u64) -> (u64, f32) {
        let middle = (seconds * RATE).round().max(0.0) as u64;
        let frames = middle.saturating_sub(reach)..=middle + reach;
        frames.map(|frame| (frame, self.at(frame))).fold(
            (middle, f32::NEG_INFINITY),
            |best, now| {
                if now.1 > best.1 { now } else { best }
            },
        )
    }

    /// When the onset of a strongest frame was: the top of a parabola through its neighbours, seconds.
    pub(super) fn time(&self, frame: u64) -> f64 {
        let (a, b, c) = (
            self.at(frame.saturating_sub(1)),
            self.at(frame),
            self.at(frame + 1),
        );
        let bend = a - 2.0 * b + c;
        let shift = if bend < -1e-6 {
            (0.5 * (a - c) / bend).clamp(-0.5, 0.5)
        } else {
            0.0
        };
        (frame as f64 + f64::from(shift)) / RATE + DELAY
    }
}

/// From the top of the strength to the onset, seconds: a frame is counted by its first hundredth, ends
/// after it, and its logarithm grows as soon as its window touches what is loud
/// (`an_onset_is_timed_to_a_few_milliseconds`).
pub(super) const DELAY: f64 = -0.0068;
