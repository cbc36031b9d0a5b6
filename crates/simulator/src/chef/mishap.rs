//! Cooking faults: what goes wrong in a home kitchen, and how often.

use crate::dish::{Recipe, Stage, Until};
use crate::rng::Dice;
use crate::truth::{CookingFault, Cue, Phase};

/// The faults of one cook: some from the beginning, some to come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mishaps(Vec<CookingFault>);

impl Mishaps {
    /// At the odds of a home kitchen; a skilled chef has half of them.
    pub(super) fn draw(recipe: &Recipe, skill: f64, dice: &mut Dice) -> Mishaps {
        let odds = 1.5 - skill;
        let mut faults = Vec::new();
        let late = dice.between(6.0, 20.0);
        if dice.chance(0.10 * odds) {
            faults.push(CookingFault::LateBloom(late));
        }
        let crowd = dice.between(1.35, 1.8);
        if dice.chance(0.12 * odds) {
            faults.push(CookingFault::Overcrowding(crowd));
        }
        let scorched = dice.between(6.0, 22.0);
        if dice.chance(0.10 * odds) {
            faults.push(CookingFault::ScorchedSugar(scorched));
        }
        let dry = recipe.tolerance_s[2] * dice.between(2.0, 5.0);
        if dice.chance(0.10 * odds) {
            faults.push(CookingFault::DryOut(dry));
        }
        let (from, length) = (dice.between(60.0, 300.0), dice.between(6.0, 40.0));
        if dice.chance(0.06 * odds) {
            faults.push(CookingFault::FlameOut(from, length));
        }
        Mishaps(faults)
    }

    /// Puts what of `drawn` may still come in the place of what has not struck by `now_s`; what has, stays.
    pub(super) fn replace_to_come(&mut self, drawn: Mishaps, now_s: f64) {
        let struck = |fault: &CookingFault| match *fault {
            CookingFault::FlameOut(from, _) => from <= now_s,
            CookingFault::Overcrowding(_) => true,
            // A delay is taken once its stage has begun, and not asked for again.
            _ => false,
        };
        self.0.retain(struck);
        let blown_out = (self.0.iter()).any(|f| matches!(f, CookingFault::FlameOut(..)));
        let to_come = |fault: &CookingFault| match *fault {
            // It strikes once in a cook.
            CookingFault::FlameOut(from, _) => from > now_s && !blown_out,
            CookingFault::Overcrowding(_) => false,
            _ => true,
        };
        self.0.extend(drawn.0.into_iter().filter(to_come));
    }

    /// Factor on the food's mass by overcrowding.
    pub(crate) fn overcrowding(&self) -> f64 {
        (self.0.iter())
            .find_map(|fault| match fault {
                CookingFault::Overcrowding(factor) => Some(*factor),
                _ => None,
            })
            .unwrap_or(1.0)
    }

    /// Whether the flame is out by mishap.
    pub(super) fn blown_out(&self, now_s: f64) -> bool {
        self.0.iter().any(|fault| {
            matches!(fault, CookingFault::FlameOut(from, length)
                if now_s >= *from && now_s < from + length)
        })
    }

    /// Seconds that the faults hold the chef in a stage after the condition is seen.
    pub(super) fn delay(&self, stage: &Stage) -> f64 {
        let sugar = matches!(stage.until, Until::Caramel(_));
        self.0
            .iter()
            .map(|fault| match *fault {
                CookingFault::LateBloom(s) if stage.cue == Some(Cue::Bloom) && !sugar => s,
                CookingFault::ScorchedSugar(s) if sugar || stage.phase == Phase::Bloom => s,
                CookingFault::DryOut(s) if stage.cue == Some(Cue::FlameOff) => s,
                _ => 0.0,
            })
            .sum()
    }

    /// What struck or may strike, for the record.
    pub(crate) fn all(&self) -> &[CookingFault] {
        &self.0
    }
}
