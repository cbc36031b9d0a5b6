//! Tosses by EEG: the muscles of head and neck work, and electrodes rub.
//!
//! The harmonics of the toss itself are larger, but their phase is that of this head, this fit and this
//! arm, and a wave that happens to be small where its cycle begins hides when the bout began. Muscle has
//! no such phase: its power from 20 Hz on (Muthukumaraswamy 2013) is up for as long as the work lasts.

use core::f64::consts::TAU;

use super::MEMORY;
use super::edges::Edges;
use crate::grid::{EEG_PER_HOP, EEG_TICK};
use crate::hop::{EegHop, Presence};
use crate::step::EEG_CHANNELS;

/// Ticks remembered.
const TICKS: usize = (MEMORY * 250.0) as usize;
/// Seconds of a tick.
const TICK_S: f64 = EEG_TICK as f64 * 1e-9;
/// Taps of the filter: a second difference and a notch.
const TAPS: usize = 5;
/// The filter answers for the tick this far back.
const BACK: u64 = (TAPS / 2) as u64;
/// Time constant of a channel's usual power, ticks.
const USUAL: f32 = 3750.0;
/// A channel's power counts up to so many times its usual one: a loose electrode is not the head.
const MOST: f32 = 15.0;
/// The usual power learns of no more than so many times itself: a clenched jaw must not hush what comes
/// after it.
const LEARNS: f32 = 4.0;
/// Ticks to either side over which a clenched jaw is told from a toss.
const JAW: usize = 12;

/// Power above 20 Hz, in units of each channel's usual power, the mean over the wired ones.
#[derive(Debug)]
pub(super) struct Muscle {
    /// Notch on the mains' first harmonic: −2 cos of its angle per tick.
    notch: f32,
    recent: [[f32; EEG_CHANNELS]; TAPS],
    /// Ticks in a row that were measured.
    run: usize,
    usual: [f32; EEG_CHANNELS],
    count: f32,
    power: Box<[f32]>,
    /// The tick after the newest, counted since the grid opened.
    next: u64,
    wired: f32,
}

impl Muscle {
    pub(super) fn new(mains_hz: u8) -> Self {
        Self {
            notch: (-2.0 * (TAU * f64::from(mains_hz) * TICK_S).cos()) as f32,
            recent: [[0.0; EEG_CHANNELS]; TAPS],
            run: 0,
            usual: [0.0; EEG_CHANNELS],
            count: 0.0,
            power: vec![f32::NAN; TICKS].into(),
            next: 0,
            wired: 0.0,
        }
    }

    /// Takes the EEG of hop `index` in.
    pub(super) fn hop(&mut self, index: u64, hop: &EegHop) {
        let here = !matches!(hop.presence, Presence::Absent | Presence::Missing);
        self.next = index * EEG_PER_HOP as u64;
        self.wired = hop.wired.iter().filter(|w| **w).count() as f32;
        for (tick, valid) in hop.ticks.iter().zip(&hop.valid) {
            let good = here && *valid && tick.iter().all(|x| x.is_finite());
            self.run = if good { self.run + 1 } else { 0 };
            self.recent.rotate_left(1);
            self.recent[TAPS - 1] = *tick;
            let power = if self.run >= TAPS && self.wired > 0.0 {
                self.measure(&hop.wired)
            } else {
                f32::NAN
            };
            // Until the filter's next answer, the newest ticks have none.
            if let Some(at) = self.next.checked_sub(BACK) {
                self.power[(at % TICKS as u64) as usize] = power;
            }
            self.power[(self.next % TICKS as u64) as usize] = f32::NAN;
            self.next += 1;
        }
    }

    fn measure(&mut self, wired: &[bool; EEG_CHANNELS]) -> f32 {
        self.count = (self.count + 1.0).min(USUAL);
        // (1 − z)² (1 + c z + z²)
        let c = self.notch;
        let taps = [1.0, c - 2.0, 2.0 - 2.0 * c, c - 2.0, 1.0];
        let mut sum = 0.0;
        for channel in (0..EEG_CHANNELS).filter(|channel| wired[*channel]) {
            let y: f32 = taps
                .iter()
                .zip(&self.recent)
                .map(|(t, x)| t * x[channel])
                .sum();
            let power = y * y;
            let usual = &mut self.usual[channel];
            if self.count == 1.0 {
                *usual = power;
            }
            *usual += (power.min(LEARNS * *usual) - *usual) / self.count;
            sum += (power / usual.max(1e-6)).min(MOST);
        }
        sum / self.wired
    }

    /// The powers between two times, seconds since the grid opened, as far as they are remembered.
    pub(super) fn around(&self, (from, to): (f64, f64), edges: &mut Edges) {
        let tick = |s: f64| (s / TICK_S).ceil().max(0.0) as u64;
        let oldest = self.next.saturating_sub(TICKS as u64);
        for at in tick(from).max(oldest)..tick(to).min(self.next) {
            let power = self.power[(at % TICKS as u64) as usize];
            if power.is_finite() {
                edges.push(at as f64 * TICK_S, power);
            }
        }
        // A channel's power of one tick has one degree of freedom; neighbours share a half.
        edges.freedom = self.wired / 2.0;
        edges.trust = f32::INFINITY;
        edges.loud = Some(JAW);
    }
}
