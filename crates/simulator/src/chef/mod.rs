//! The chef: follows the script with a skill and an attention of their own.
//!
//! Every error of a cook begins here: thresholds are misjudged by skill, reactions wait for
//! attention, the flame is off by habit, and cooking faults strike at realistic odds.

mod attention;
mod crossings;
mod judgement;
mod knock;
mod mishap;
mod motion;
mod onlooker;

pub(crate) use attention::Attention;
pub(crate) use knock::{Knock, REACH_S};
pub(crate) use motion::{Burst, Hands, Impact};
pub(crate) use onlooker::Onlooker;

use crossings::{Crossings, WORST};
use judgement::met;
use mishap::Mishaps;

use crate::config::ChefDial;
use crate::dish::{Motion, Recipe, Stage, Until};
use crate::rng::Dice;
use crate::truth::{Cue, Phase};
use crate::wok::{Agitation, STEP_S, Wok};

/// Seconds that the simulation goes on after the flame is off.
pub(crate) const AFTER_S: f64 = 25.0;

/// Deviation of the flame's logarithm that habit makes of a chef without skill.
const HABIT: f64 = 0.28;

/// The highest flame, of the burner's.
const FULL: f64 = 1.15;

/// The chef at work.
#[derive(Debug, Clone)]
pub(crate) struct Chef {
    recipe: &'static Recipe,
    dice: Dice,
    pub(crate) skill: f64,
    pub(crate) mean_attention: f64,
    pub(crate) attention: Attention,
    pub(crate) hands: Hands,
    pub(crate) mishaps: Mishaps,
    flawless: bool,
    stage: usize,
    stage_start_s: f64,
    begun: bool,
    /// This stage's misjudgement, in standard deviations.
    misjudged: f64,
    perceived_s: Option<f64>,
    extra_s: f64,
    flame: f64,
    off_s: Option<f64>,
    pub(crate) crossings: Crossings,
    /// A clang of this step from pouring or ladling.
    clang: Option<f64>,
    /// Somebody who watches, if anybody.
    pub(crate) onlooker: Option<Onlooker>,
}

impl Chef {
    pub(crate) fn new(recipe: &'static Recipe, dial: ChefDial, mut dice: Dice) -> Chef {
        let drawn_skill = draw_skill(&mut dice);
        let drawn_attention = dice.normal_clipped(0.68, 0.15).clamp(0.25, 0.97);
        let drawn_hz = dice.normal_clipped(3.0, 0.3).clamp(2.0, 4.0);
        let (skill, mean, hz) = if dial.flawless {
            (1.0, 1.0, 3.0)
        } else {
            (
                dial.skill.unwrap_or(drawn_skill).clamp(0.0, 1.0),
                dial.attention.unwrap_or(drawn_attention).clamp(0.0, 1.0),
                dial.toss_hz.unwrap_or(drawn_hz).clamp(2.0, 4.0),
            )
        };
        let mishaps = draw_mishaps(recipe, skill, dial.flawless, &mut dice);
        Chef {
            recipe,
            skill,
            mean_attention: mean,
            attention: Attention::new(mean, dial.flawless),
            hands: Hands::new(hz, skill),
            mishaps,
            flawless: dial.flawless,
            dice,
            stage: 0,
            stage_start_s: 0.0,
            begun: false,
            misjudged: 0.0,
            perceived_s: None,
            extra_s: 0.0,
            flame: 0.0,
            off_s: None,
            crossings: Crossings::default(),
            clang: None,
            onlooker: None,
        }
    }

    /// Draws the future anew: what happens by chance from now on, mishaps included. What has struck
    /// stays.
    pub(crate) fn fate(&mut self, mut dice: Dice, now_s: f64) {
        let drawn = draw_mishaps(self.recipe, self.skill, self.flawless, &mut dice);
        self.mishaps.replace_to_come(drawn, now_s);
        self.dice = dice;
    }

    pub(crate) fn phase(&self) -> Phase {
        if self.off_s.is_some() {
            Phase::Off
        } else {
            self.recipe.stages[self.stage].phase
        }
    }

    /// Whether the cook is over.
    pub(crate) fn done(&self, now_s: f64) -> bool {
        self.off_s.is_some_and(|off| now_s >= off + AFTER_S)
    }

    pub(crate) fn stage_motion(&self) -> Motion {
        if self.off_s.is_some() {
            Motion::Still
        } else {
            self.recipe.stages[self.stage].motion
        }
    }

    /// One step: attention, hands, and the script's next act when the chef finds it is time.
    /// Returns the flame (fraction of the full burner).
    pub(crate) fn step(&mut self, now_s: f64, wok: &mut Wok) -> f64 {
        self.clang = None;
        self.attention.step(now_s, STEP_S, &mut self.dice);
        let attention = self.attention.level();
        if !self.begun {
            self.begun = true;
            self.begin(0, now_s, wok);
        }
        self.hands.step(now_s, STEP_S, attention, &mut self.dice);
        if self.off_s.is_none() {
            let stage = &self.recipe.stages[self.stage];
            let elapsed = now_s - self.stage_start_s;
            self.crossings.observe(now_s, elapsed, stage, wok);
            if self.perceived_s.is_none()
                && met(stage.until, self.misjudge(), wok, elapsed, wok.hidden.pace)
            {
                self.perceived_s = Some(now_s);
            }
            if self.acts_now(now_s, attention, stage) || elapsed > stage.at_most_s + self.extra_s {
                self.advance(now_s, wok);
            } else if let Some(onlooker) = &mut self.onlooker {
                onlooker.waits(now_s, elapsed, stage, wok, eagerness(attention, stage));
            }
        }
        if self.mishaps.blown_out(now_s) {
            0.0
        } else {
            self.flame
        }
    }

    /// Impacts of this step.
    pub(crate) fn impact(&mut self, now_s: f64) -> Option<Impact> {
        match self.clang {
            Some(at_s) => Some(Impact {
                at_s,
                strength: 1.4,
                metal: true,
            }),
            None => self.hands.impact(now_s, STEP_S, &mut self.dice),
        }
    }

    fn misjudge(&self) -> f64 {
        self.misjudged * (1.0 - self.skill)
    }

    fn acts_now(&mut self, now_s: f64, attention: f64, stage: &Stage) -> bool {
        let Some(seen) = self.perceived_s else {
            return false;
        };
        if now_s < seen + self.extra_s {
            return false;
        }
        if self.flawless {
            return true;
        }
        self.dice.chance(eagerness(attention, stage))
    }

    fn advance(&mut self, now_s: f64, wok: &mut Wok) {
        let misjudged = self.misjudge();
        if let Some(onlooker) = &mut self.onlooker {
            onlooker.acts(misjudged);
        }
        if let Some(cue) = self.recipe.stages[self.stage].cue {
            self.crossings.acted[cue.index()] = Some(now_s);
            if self.crossings.came[cue.index()].is_none() {
                self.crossings.came[cue.index()] = self.foresee(cue, now_s, wok);
            }
        }
        if self.stage + 1 < self.recipe.stages.len() {
            self.begin(self.stage + 1, now_s, wok);
        } else {
            self.off_s = Some(now_s);
            self.flame = 0.0;
            self.hands.set_style(Motion::Still, now_s, &mut self.dice);
        }
    }

    fn begin(&mut self, index: usize, now_s: f64, wok: &mut Wok) {
        let stage = &self.recipe.stages[index];
        self.stage = index;
        self.stage_start_s = now_s;
        self.perceived_s = None;
        self.misjudged = self.dice.normal_clipped(0.0, 1.0);
        for &act in stage.acts {
            wok.act(act);
        }
        if !stage.acts.is_empty() {
            self.clang = Some(now_s);
        }
        wok.lid = stage.lid;
        // A good chef knows the stove and corrects for its size; habits make the rest.
        let known = (2500.0 / wok.hidden.burner_w).powf(0.9 * self.skill);
        let habit = (HABIT * (1.0 - self.skill) * self.dice.normal_clipped(0.0, 1.0)).exp();
        self.flame = (stage.flame * known * habit).min(FULL);
        if stage.motion != self.hands_style(index) || index == 0 {
            self.hands.set_style(stage.motion, now_s, &mut self.dice);
        }
        self.extra_s = self.mishaps.delay(stage);
        if let Some(mut onlooker) = self.onlooker.take() {
            onlooker.begins(self, stage, wok);
            self.onlooker = Some(onlooker);
        }
    }

    fn hands_style(&self, index: usize) -> Motion {
        if index == 0 {
            Motion::Still
        } else {
            self.recipe.stages[index - 1].motion
        }
    }

    /// When the crossing would have come had nobody acted now: the same flame, the food left alone.
    fn foresee(&self, cue: Cue, now_s: f64, wok: &Wok) -> Option<f64> {
        let stage = &self.recipe.stages[self.stage];
        let rest = Agitation {
            cover: 1.0,
            stagnation: self.hands.stagnation,
        };
        let mut wok = wok.clone();
        let steps = (WORST * self.recipe.tolerance_s[cue.index()] / STEP_S) as u64;
        (1..=steps)
            .map(|step| now_s + step as f64 * STEP_S)
            .find(|&t| {
                wok.step(self.flame, rest);
                met(
                    stage.until,
                    0.0,
                    &wok,
                    t - self.stage_start_s,
                    wok.hidden.pace,
                )
            })
    }
}

/// A flawless chef has no mishaps, and rolls no dice for them.
fn draw_mishaps(recipe: &Recipe, skill: f64, flawless: bool, dice: &mut Dice) -> Mishaps {
    if flawless {
        Mishaps::default()
    } else {
        Mishaps::draw(recipe, skill, dice)
    }
}

fn draw_skill(dice: &mut Dice) -> f64 {
    dice.normal_clipped(0.62, 0.20).clamp(0.1, 0.97)
}

/// The chance that a chef who has seen the condition acts in a step. An attentive one does within a
/// second or two; the long stages of a braise are looked after less often.
fn eagerness(attention: f64, stage: &Stage) -> f64 {
    let nominal = match stage.until {
        Until::For(s) => s,
        _ => stage.at_most_s * 0.4,
    };
    let unhurried = (nominal / 60.0).clamp(1.0, 20.0);
    STEP_S * (0.03 + 1.1 * attention.powi(3)) / unhurried
}
