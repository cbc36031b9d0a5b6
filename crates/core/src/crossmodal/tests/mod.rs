use core::f64::consts::TAU;

use super::*;
use crate::dsp::audio::LogMel;
use crate::grid::{AUDIO_PER_HOP, EEG_PER_HOP};
use crate::hop::ThermalFrame;
use crate::step::{THERMAL_COLS, THERMAL_PIXELS};
use crate::time::HostTime;

mod knocks;

/// A kitchen that does nothing but toss: bouts of 5–9 tosses, each stream as late as it is told to be.
struct Kitchen {
    bouts: Vec<(f64, f64, u32)>,
    eeg: f64,
    thermal: f64,
    noise: u64,
    /// Pictures a hop.
    pictures: u32,
    /// Tosses that are not heard: the starts of their bouts, and their numbers.
    unheard: Vec<(f64, f64)>,
    /// Amplitude of the muscles' work against rest.
    effort: f32,
}

impl Kitchen {
    fn new(eeg: f64, thermal: f64) -> Self {
        let mut start = 3.137;
        let bouts = (0..18u32)
            .map(|k| {
                let period = 0.31 + 0.005 * f64::from(k * 7 % 11);
                let tosses = 5 + k * 5 % 6;
                let bout = (start, period, tosses);
                start += period * f64::from(tosses) + 2.3 + 0.11 * f64::from(k * 3 % 7);
                bout
            })
            .collect();
        Self {
            bouts,
            eeg,
            thermal,
            noise: 1,
            pictures: 2,
            unheard: Vec::new(),
            effort: 2.0,
        }
    }

    fn random(&mut self) -> f32 {
        self.noise ^= self.noise << 13;
        self.noise ^= self.noise >> 7;
        self.noise ^= self.noise << 17;
        (self.noise >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    /// Cycles since the bout's start at `t`; `None` between bouts.
    fn cycle(&self, t: f64) -> Option<f64> {
        self.bouts.iter().find_map(|&(start, period, tosses)| {
            let cycle = (t - start) / period;
            (0.0..f64::from(tosses)).contains(&cycle).then_some(cycle)
        })
    }

    fn sound(&mut self, t: f64) -> f32 {
        let landed = self.bouts.iter().filter_map(|&(start, period, tosses)| {
            let k = ((t - start) / period - LANDING).floor();
            let since = t - start - (k + LANDING) * period;
            let heard = 0.0..f64::from(tosses);
            (heard.contains(&k) && !self.unheard.contains(&(start, k))).then_some(since)
        });
        let level = landed.map(|since| 0.3 * (-since / 0.05).exp()).sum::<f64>();
        (0.01 + level as f32) * self.random()
    }

    fn picture(&self, t: f64) -> [f32; THERMAL_PIXELS] {
        let sway = self.cycle(t).map_or(0.0, |c| 3.0 * (TAU * c).cos());
        core::array::from_fn(|i| {
            let row = (i / THERMAL_COLS) as f64 - 11.5 - sway;
            let column = (i % THERMAL_COLS) as f64 - 15.5;
            let cover = 20.0 * sway;
            (30.0 + (200.0 - cover) * (-(row * row + column * column) / 40.0).exp()) as f32
        })
    }

    /// Runs everything through the estimator; `without` tells what a hop lacks.
    fn cook(&mut self, without: impl Fn(u64) -> bool) -> Lags {
        let mut crossmodal = Crossmodal::new(50);
        let mut log_mel = LogMel::new();
        let mut mel = Box::new([[0.0; MEL_PER_HOP]; MELS]);
        let mut hop = Hop::empty();
        hop.eeg.wired = [true; 8];
        hop.thermal.presence = Presence::Present;
        for k in 0..500u64 {
            let start = k as f64 * HOP_S;
            hop.index = k;
            hop.start = HostTime::from_nanos(k as i64 * HOP);
            let gone = without(k);
            let presence = if gone {
                Presence::Missing
            } else {
                Presence::Present
            };
            (hop.eeg.presence, hop.audio.presence) = (presence, presence);
            hop.eeg.valid = [!gone; EEG_PER_HOP];
            for i in 0..EEG_PER_HOP {
                let t = start + i as f64 * 0.004 - self.eeg;
                let strength = if self.cycle(t).is_some() {
                    self.effort
                } else {
                    1.0
                };
                hop.eeg.ticks[i] = core::array::from_fn(|_| strength * self.random());
            }
            for i in 0..AUDIO_PER_HOP {
                hop.audio.samples[i] = self.sound(start + i as f64 / 16_000.0);
            }
            hop.thermal.frames.clear();
            for i in 0..self.pictures {
                let at = start + 0.03 + 0.1 * f64::from(i);
                hop.thermal.frames.push(ThermalFrame {
                    at: HostTime::from_nanos((at * 1e9) as i64),
                    celsius: self.picture(at - self.thermal),
                });
            }
            log_mel.hop(&hop.audio.samples, &[!gone; MEL_PER_HOP], &mut mel);
            crossmodal.hop(&hop, &mel);
        }
        *crossmodal.lags()
    }
}

#[test]
fn lags_are_found_near_and_far() {
    for (eeg, thermal) in [(0.0, 0.0), (0.07, -0.12), (-0.9, 0.55)] {
        let lags = Kitchen::new(eeg, thermal).cook(|_| false);
        for (pair, truth) in [
            (Pair::EegAudio, eeg),
            (Pair::ThermalAudio, thermal),
            (Pair::EegThermal, eeg - thermal),
        ] {
            let lag = lags.of(pair).known().copied();
            let near = lag.is_some_and(|lag| {
                (lag.seconds - truth).abs() < 0.01 && lag.low <= truth && truth <= lag.high
            });
            assert!(near, "{pair:?} at {truth}: {:?}", lags.of(pair));
        }
    }
}

#[test]
fn tosses_that_are_not_heard_at_a_bouts_ends_move_no_lag() {
    let mut squares = 0.0f64;
    for seed in 1..=8u32 {
        let mut kitchen = Kitchen::new(0.07, -0.12);
        kitchen.noise = u64::from(seed) << 20 | 1;
        // Of two bouts in three the first toss or the last is too quiet.
        let bouts = kitchen.bouts.iter().enumerate().filter(|(i, _)| i % 3 > 0);
        kitchen.unheard = bouts
            .map(|(i, bout)| {
                let last = f64::from(bout.2) - 1.0;
                (bout.0, if i % 2 == 0 { 0.0 } else { last })
            })
            .collect();
        kitchen.effort = 1.5;
        let lag = kitchen.cook(|_| false).eeg_audio;
        let lag = lag.known().unwrap_or_else(|| panic!("{seed}: {lag:?}"));
        squares += (lag.seconds - 0.07).powi(2) / 8.0;
    }
    // 2.5 ms; 4.1 where a bout counts as one box, as it was heard.
    assert!(squares.sqrt() < 0.0032, "{}", squares.sqrt());
}

#[test]
fn what_is_gone_is_not_known() {
    let mut kitchen = Kitchen::new(0.0, 0.0);
    let lags = kitchen.cook(|hop| hop >= 480);
    assert_eq!(lags.eeg_audio, Lag::Unknown(Unknown::NoStream));
    assert_eq!(lags.thermal_audio, Lag::Unknown(Unknown::NoStream));
}

#[test]
fn without_tosses_nothing_is_said_and_a_few_are_too_few() {
    for bouts in [0, 3] {
        let mut kitchen = Kitchen::new(0.0, 0.0);
        kitchen.bouts.truncate(bouts);
        let lags = kitchen.cook(|_| false);
        for pair in Pair::ALL {
            assert_eq!(*lags.of(pair), Lag::Unknown(Unknown::TooFew), "{bouts}");
        }
    }
}

#[test]
fn an_onset_is_timed_to_a_few_milliseconds() {
    // Noise that grows twentyfold at one moment, wherever within a frame that is.
    let mut kitchen = Kitchen::new(0.0, 0.0);
    let mut errors = Vec::new();
    for shift in 0..20 {
        let at = 4.0 + f64::from(shift) * 0.0013;
        let (mut onsets, mut log_mel) = (Onsets::new(), LogMel::new());
        let mut mel = Box::new([[0.0; MEL_PER_HOP]; MELS]);
        for k in 0..25u64 {
            let samples = core::array::from_fn(|i| {
                let t = k as f64 * HOP_S + i as f64 / 16_000.0;
                let loud = if t < at {
                    0.0
                } else {
                    (-(t - at) / 0.05).exp()
                };
                (0.01 + 0.2 * loud as f32) * kitchen.random()
            });
            log_mel.hop(&samples, &[true; MEL_PER_HOP], &mut mel);
            onsets.hop(k, &mel);
        }
        let (frame, strength) = onsets.near(at, 6);
        assert!(strength > 8.0, "{strength}");
        errors.push(onsets.time(frame) - at);
    }
    let mean = errors.iter().sum::<f64>() / errors.len() as f64;
    assert!(mean.abs() < 0.008, "{mean}: {errors:?}");
    assert!(
        errors.iter().all(|e| (e - mean).abs() < 0.008),
        "{errors:?}"
    );
}

#[test]
fn a_slow_camera_says_so() {
    let mut kitchen = Kitchen::new(0.0, 0.0);
    kitchen.pictures = 1;
    let lags = kitchen.cook(|_| false);
    assert_eq!(lags.thermal_audio, Lag::Unknown(Unknown::TooSlow));
    assert!(lags.eeg_audio.known().is_some(), "{lags:?}");
}
