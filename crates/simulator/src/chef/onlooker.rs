//! What somebody who watches a cook may guess of what is in the chef's head.
//!
//! Guesses of skill, of this stage's misjudgement and of how long the chef will linger are kept as
//! weighed particles. Bayes' rule weighs them: a finished stage has shown its misjudgement and its
//! flame, and a chef who has not acted yet is less likely to be one who would have.

use super::judgement::met;
use super::mishap::Mishaps;
use super::{Chef, FULL, HABIT, draw_skill};
use crate::dish::Stage;
use crate::rng::Dice;
use crate::wok::Wok;

/// Guesses kept side by side.
const GUESSES: usize = 400;

#[derive(Debug, Clone)]
struct Guess {
    skill: f64,
    /// Log-likelihood of what the chef has shown.
    shown: f64,
    /// Log-likelihood of not having acted in this stage.
    waited: f64,
    misjudged: f64,
    perceived_s: Option<f64>,
    extra_s: f64,
}

/// The guesses.
#[derive(Debug, Clone)]
pub(crate) struct Onlooker {
    dice: Dice,
    guesses: Vec<Guess>,
}

impl Onlooker {
    pub(crate) fn new(mut dice: Dice) -> Onlooker {
        let guesses = (0..GUESSES)
            .map(|_| Guess {
                skill: draw_skill(&mut dice),
                shown: 0.0,
                waited: 0.0,
                misjudged: 0.0,
                perceived_s: None,
                extra_s: 0.0,
            })
            .collect();
        Onlooker { dice, guesses }
    }

    /// A stage begins: the flame shows a habit unless it is as high as it goes; all else of the stage is guessed anew.
    pub(super) fn begins(&mut self, chef: &Chef, stage: &Stage, wok: &Wok) {
        let size = (2500.0 / wok.hidden.burner_w).ln();
        let set = (chef.flame / stage.flame).ln();
        let full = chef.flame >= FULL;
        for guess in &mut self.guesses {
            // Half a percent of the flame is not seen.
            let spread = HABIT * (1.0 - guess.skill) + 0.005;
            let off = set - 0.9 * guess.skill * size;
            if full {
                // All that is seen is that the chef wanted at least so much.
                guess.shown += upper_tail(off / spread).ln();
            } else if set.is_finite() {
                guess.shown += log_normal_density(off, spread);
            }
            guess.misjudged = self.dice.normal_clipped(0.0, 1.0);
            guess.perceived_s = None;
            guess.waited = 0.0;
            let mishaps = Mishaps::draw(chef.recipe, guess.skill, &mut self.dice);
            guess.extra_s = mishaps.delay(stage);
        }
    }

    /// A step in which the chef has not acted yet; `eager` is the chance that one who wants to acts in it.
    pub(super) fn waits(
        &mut self,
        now_s: f64,
        elapsed_s: f64,
        stage: &Stage,
        wok: &Wok,
        eager: f64,
    ) {
        let held = (1.0 - eager).max(1e-9).ln();
        for guess in &mut self.guesses {
            let z = guess.misjudged * (1.0 - guess.skill);
            if guess.perceived_s.is_none() && met(stage.until, z, wok, elapsed_s, wok.hidden.pace) {
                guess.perceived_s = Some(now_s);
            }
            let due = guess
                .perceived_s
                .is_some_and(|seen| now_s >= seen + guess.extra_s);
            if due {
                guess.waited += held;
            }
            if elapsed_s > stage.at_most_s + guess.extra_s {
                guess.waited = f64::NEG_INFINITY;
            }
        }
    }

    /// The chef acts, and so shows how far the stage was misjudged (already times 1 − skill).
    pub(super) fn acts(&mut self, misjudged: f64) {
        for guess in &mut self.guesses {
            guess.shown += log_normal_density(misjudged, 1.0 - guess.skill);
        }
    }

    /// Puts one guess, drawn by its weight, in the place of what is in the chef's head.
    pub(crate) fn imagine(&self, chef: &mut Chef, dice: &mut Dice) {
        let weights = self.guesses.iter().map(Guess::log_weight);
        let best = weights.fold(f64::NEG_INFINITY, f64::max);
        // Where no guess fits what was seen, any is as good as another.
        let weight = |guess: &Guess| {
            if best.is_finite() {
                (guess.log_weight() - best).exp()
            } else {
                1.0
            }
        };
        let mut left = dice.unit() * self.guesses.iter().map(weight).sum::<f64>();
        let drawn = self.guesses.iter().find(|guess| {
            left -= weight(guess);
            left <= 0.0
        });
        let Some(guess) = drawn.or(self.guesses.last()) else {
            return;
        };
        chef.skill = guess.skill;
        chef.hands.skill = guess.skill;
        chef.misjudged = guess.misjudged;
        chef.perceived_s = guess.perceived_s;
        chef.extra_s = guess.extra_s;
    }
}

impl Guess {
    fn log_weight(&self) -> f64 {
        self.shown + self.waited
    }
}

/// But for a constant.
fn log_normal_density(x: f64, sd: f64) -> f64 {
    -0.5 * (x / sd).powi(2) - sd.ln()
}

/// The chance of a standard normal beyond `x`, to 1e-3 (logistic approximation of Bowling et al. 2009).
fn upper_tail(x: f64) -> f64 {
    1.0 / (1.0 + (0.07056 * x.powi(3) + 1.5976 * x).exp())
}
