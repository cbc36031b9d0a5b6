//! The chef's attention: a latent process in 0–1 with slow wandering and distractions.

use crate::rng::Dice;

/// Time constant of the wandering, seconds.
const TAU_S: f64 = 40.0;

/// The process.
#[derive(Debug, Clone)]
pub(crate) struct Attention {
    mean: f64,
    wander: f64,
    distracted_until_s: f64,
    level: f64,
    fixed: bool,
}

impl Attention {
    pub(crate) fn new(mean: f64, fixed: bool) -> Attention {
        Attention {
            mean,
            wander: 0.0,
            distracted_until_s: -1.0,
            level: mean,
            fixed,
        }
    }

    /// Level 0–1.
    pub(crate) fn level(&self) -> f64 {
        self.level
    }

    pub(crate) fn step(&mut self, now_s: f64, dt: f64, dice: &mut Dice) {
        if self.fixed {
            return;
        }
        self.wander += -self.wander * dt / TAU_S + 0.12 * (2.0 * dt / TAU_S).sqrt() * dice.normal();
        // A phone, a guest, another pot: about one in four minutes for an average chef.
        let per_s = (1.1 - self.mean).max(0.05) / 100.0;
        if now_s > self.distracted_until_s && dice.chance(per_s * dt) {
            self.distracted_until_s = now_s + dice.between(8.0, 30.0);
        }
        let distracted = now_s < self.distracted_until_s;
        let target = if distracted {
            0.12
        } else {
            self.mean + self.wander
        };
        self.level += (target.clamp(0.02, 1.0) - self.level) * dt / 1.5;
    }
}
