//! Knocks: the ladle strikes the wok's rim, hard, so that every sensor has a moment in common, as a film's
//! clapperboard gives picture and sound one.
//!
//! The arm's muscles work before the hit and let go at it (drummers' wrists: Fujii et al. 2009,
//! Neurosci Lett 459:69); the shock runs through arm and head and shakes electrodes, as a heel strike does (Kline et
//! al. 2015, J Neural Eng 12:046022). How long and how strongly is a design choice.

use core::f64::consts::{PI, TAU};

use crate::rng::Dice;

/// Seconds to either side of a knock in which anything shows.
pub(crate) const REACH_S: f64 = 0.6;
/// How long before and after the hit the hand is near the rim, seconds.
const NEAR_S: f64 = 0.25;
/// From the hit to the head: a wave of a few hundred metres a second and loose joints, seconds.
const TO_HEAD_S: f64 = 0.008;

/// One strike of the ladle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Knock {
    /// When the ladle hits, seconds since the start of the cook.
    pub(crate) at_s: f64,
    /// How long the arm works before.
    swing_s: f64,
}

impl Knock {
    pub(crate) fn new(at_s: f64, dice: &mut Dice) -> Knock {
        Knock {
            at_s,
            swing_s: dice.between(0.11, 0.21),
        }
    }

    /// How hard the arm works, 0–1: rises fast, and lets go within 30 ms of the hit.
    pub(crate) fn work(&self, t: f64) -> f64 {
        let since = t - self.at_s;
        if since < -self.swing_s || since > 0.03 {
            0.0
        } else if since > 0.0 {
            1.0 - since / 0.03
        } else {
            ((since + self.swing_s) / (0.4 * self.swing_s)).min(1.0)
        }
    }

    /// The shock at the head, −1 to 1.
    pub(crate) fn shock(&self, t: f64) -> f64 {
        let since = t - self.at_s - TO_HEAD_S;
        if since < 0.0 {
            0.0
        } else {
            (-since / 0.05).exp() * (TAU * 17.0 * since).sin()
        }
    }

    /// How far the struck wok stands from its place, −1 to 1: it rocks on the stove.
    pub(crate) fn rock(&self, t: f64) -> f64 {
        let since = t - self.at_s;
        if since < 0.0 {
            0.0
        } else {
            (-since / 0.18).exp() * (TAU * 3.5 * since).sin()
        }
    }

    /// How near the hand with the ladle is to the rim, 0 (out of the picture) to 1.
    pub(crate) fn hand(&self, t: f64) -> f64 {
        let away = (t - self.at_s).abs() / NEAR_S;
        if away < 1.0 {
            0.5 + 0.5 * (PI * away).cos()
        } else {
            0.0
        }
    }
}
