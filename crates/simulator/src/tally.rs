//! The aspects: how well heat, tossing, timing and attention were kept so far.

use crate::breath::Breath;
use crate::chef::Chef;
use crate::dish::{Motion, Recipe};
use crate::taste::AXES;
use crate::truth::Phase;
use crate::wok::{STEP_S, Wok};

/// Running means behind the aspects.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    heat: Mean,
    toss: Mean,
    focus: Mean,
}

/// A running mean over time.
#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    sum: f64,
    seconds: f64,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value * STEP_S;
        self.seconds += STEP_S;
    }

    fn get(&self) -> f64 {
        if self.seconds > 0.0 {
            self.sum / self.seconds
        } else {
            0.0
        }
    }
}

impl Tally {
    /// Adds a step.
    pub(crate) fn step(&mut self, recipe: &Recipe, wok: &Wok, chef: &Chef) {
        let (wall, oil) = (wok.metal.zone_c(), wok.oil_c());
        // Bands of a home stove: bloom oil 130–160 with margin, sear wall, a liquid near its boil.
        let (value, low, high) = match chef.phase() {
            Phase::Preheat => (oil, 0.0, recipe.smoke_c),
            Phase::Bloom => (oil, 128.0, 165.0),
            Phase::Sear => (wall, 138.0, 185.0),
            Phase::Simmer | Phase::Reduce => (wok.pool.celsius, 95.0, 106.0),
            Phase::Off => return,
        };
        let outside = (low - value).max(value - high).max(0.0) / 15.0;
        self.heat.add((-outside * outside).exp());
        self.focus.add(chef.attention.level());
        // Only where the script wants movement: a braise that is stirred twice is not a failure.
        let wanted = match chef.stage_motion() {
            Motion::Toss(_) => true,
            Motion::Stir(pause) => pause < 20.0,
            Motion::Still => false,
        };
        if wok.food.in_wok && wanted {
            let burst = &chef.hands.burst;
            let off = if burst.is_toss() {
                (burst.hz - 3.0).abs()
            } else {
                0.0
            };
            self.toss
                .add((1.0 - chef.hands.stagnation) * (1.0 - 0.5 * off));
        }
    }

    /// The aspects 0–1 in the order of [`ASPECTS`](crate::truth::ASPECTS).
    pub(crate) fn aspects(
        &self,
        recipe: &Recipe,
        breath: &Breath,
        taste: &[f64; AXES],
    ) -> [f32; 6] {
        let anchors = &recipe.anchors;
        let browning = (taste[2] - anchors.ideal[2]) / (2.0 * anchors.spread[2]);
        [
            breath.peak / 100.0,
            self.heat.get(),
            ((self.toss.get() - 0.35) / 0.5).clamp(0.0, 1.0),
            (-0.5 * browning * browning).exp(),
            (-taste[5] / 1.5).exp(),
            self.focus.get(),
        ]
        .map(|aspect| aspect as f32)
    }
}
