//! Tosses and spatula strokes.
//!
//! Toss kinematics after Ko & Hu 2020: about 3 Hz, the wok swings on the stove's rim, translation
//! and tilt one radian apart; food flies ~0.22 s. Bursts of 4–12 tosses, rests of 2–10 s (design
//! choice).

use crate::dish::Motion;
use crate::rng::Dice;

/// Time before a movement in which the motor cortex already prepares it (Pfurtscheller 1997).
pub(crate) const READINESS_S: f64 = 1.6;

/// A burst of tosses or strokes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Burst {
    pub(crate) start_s: f64,
    pub(crate) end_s: f64,
    /// Cycles per second.
    pub(crate) hz: f64,
    /// Translation amplitude of a toss in metres, 0 for spatula strokes.
    pub(crate) swing_m: f64,
}

impl Burst {
    pub(crate) fn is_toss(&self) -> bool {
        self.swing_m > 0.0
    }

    pub(crate) fn active(&self, t: f64) -> bool {
        t >= self.start_s && t < self.end_s
    }

    /// Phase in radians since the start.
    #[inline]
    pub(crate) fn phase(&self, t: f64) -> f64 {
        std::f64::consts::TAU * self.hz * (t - self.start_s)
    }

    /// 1 from the preparation until the end of the movement.
    pub(crate) fn readiness(&self, t: f64) -> bool {
        self.end_s > self.start_s && t >= self.start_s - READINESS_S && t < self.end_s
    }
}

/// Something that hits something.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Impact {
    /// Seconds since the start of the cook.
    pub(crate) at_s: f64,
    /// Strength, 1 = an ordinary spatula stroke.
    pub(crate) strength: f32,
    /// Metal on metal rather than food on metal.
    pub(crate) metal: bool,
}

/// The chef's hands.
#[derive(Debug, Clone)]
pub(crate) struct Hands {
    style: Motion,
    /// The current or the next burst.
    pub(crate) burst: Burst,
    /// Time since the food was last moved, as 0–1.
    pub(crate) stagnation: f64,
    toss_hz: f64,
    pub(super) skill: f64,
}

impl Hands {
    pub(crate) fn new(toss_hz: f64, skill: f64) -> Hands {
        Hands {
            style: Motion::Still,
            burst: Burst::default(),
            stagnation: 1.0,
            toss_hz,
            skill,
        }
    }

    /// Begins a stage's way of moving.
    pub(crate) fn set_style(&mut self, style: Motion, now_s: f64, dice: &mut Dice) {
        self.style = style;
        if self.burst.end_s > now_s {
            self.burst.end_s = now_s;
        }
        if style == Motion::Still {
            self.burst = Burst::default();
        } else {
            self.plan(now_s + dice.between(1.8, 3.0), dice);
        }
    }

    fn plan(&mut self, start_s: f64, dice: &mut Dice) {
        self.burst = match self.style {
            Motion::Still => Burst::default(),
            Motion::Toss(_) => {
                let hz = dice.normal_clipped(self.toss_hz, 0.06 + 0.14 * (1.0 - self.skill));
                let hz = hz.clamp(2.0, 4.0);
                let count = dice.between(4.0, 13.0).floor();
                Burst {
                    start_s,
                    end_s: start_s + count / hz,
                    hz,
                    swing_m: dice.between(0.06, 0.10),
                }
            }
            Motion::Stir(_) => {
                let hz = dice.between(1.3, 2.4);
                let count = dice.between(2.0, 6.0).floor();
                Burst {
                    start_s,
                    end_s: start_s + count / hz,
                    hz,
                    swing_m: 0.0,
                }
            }
        };
    }

    /// Advances by one step; an inattentive chef pauses longer.
    pub(crate) fn step(&mut self, now_s: f64, dt: f64, attention: f64, dice: &mut Dice) {
        if self.burst.active(now_s) {
            self.stagnation -= self.stagnation * dt / 0.4;
        } else {
            self.stagnation += (1.0 - self.stagnation) * dt / 9.0;
        }
        let pause = match self.style {
            Motion::Still => return,
            Motion::Stir(pause) | Motion::Toss(pause) => pause,
        };
        if self.burst.end_s <= now_s {
            let lazy = 0.6 + 1.6 * (1.0 - attention).powi(2) + 0.5 * (1.0 - self.skill);
            let rest = (pause * lazy * dice.between(0.6, 1.5)).max(1.8);
            self.plan(now_s + rest, dice);
        }
    }

    /// Impacts of the interval [now, now + dt): at most one.
    pub(crate) fn impact(&self, now_s: f64, dt: f64, dice: &mut Dice) -> Option<Impact> {
        let b = self.burst;
        if b.end_s <= b.start_s || now_s + dt <= b.start_s || now_s >= b.end_s {
            return None;
        }
        // Food lands at 0.6 of a toss cycle; a stroke begins with the spatula on the metal.
        let at = if b.is_toss() { 0.6 } else { 0.05 };
        let cycle = ((now_s - b.start_s) * b.hz - at).ceil().max(0.0);
        let at_s = b.start_s + (cycle + at) / b.hz;
        if at_s < now_s || at_s >= now_s + dt || at_s >= b.end_s {
            return None;
        }
        let strength = (0.45 * dice.normal()).exp() as f32;
        Some(Impact {
            at_s,
            strength,
            metal: !b.is_toss() || dice.chance(0.25),
        })
    }
}
