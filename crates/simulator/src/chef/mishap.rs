//! Cooking faults: what goes wrong in a home kitchen, and how often.

use crate::dish::{Recipe, Stage, Until};
use crate::rng::Dice;
use crate::truth::{CookingFault, Cue, Phase};

/// Cooking faults at the odds of a home kitchen; a skilled chef has half of them.
pub(super) fn draw_faults(recipe: &Recipe, skill: f64, dice: &mut Dice) -> Vec<CookingFault> {
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
    faults
}

/// Seconds that the faults hold the chef in a stage after the condition is seen.
pub(super) fn fault_delay(faults: &[CookingFault], stage: &Stage) -> f64 {
    let sugar = matches!(stage.until, Until::Caramel(_));
    faults
        .iter()
        .map(|fault| match *fault {
            CookingFault::LateBloom(s) if stage.cue == Some(Cue::Bloom) && !sugar => s,
            CookingFault::ScorchedSugar(s) if sugar || stage.phase == Phase::Bloom => s,
            CookingFault::DryOut(s) if stage.cue == Some(Cue::FlameOff) => s,
            _ => 0.0,
        })
        .sum()
}
