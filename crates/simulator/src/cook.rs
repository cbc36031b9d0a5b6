//! One cook: wok and chef together, what the sensors see of them, and the truth they leave.

use crate::breath::Breath;
use crate::chef::{Burst, Chef, Impact, Knock, REACH_S};
use crate::config::Config;
use crate::dish::{Dish, Recipe, Until};
use crate::rng::{Dice, Stream};
use crate::tally::Tally;
use crate::taste::{AXES, Table};
use crate::truth::{CookTruth, DeviceClock, HOP_S, Phase, Truth, TruthHop};
use crate::wok::{Agitation, Hidden, STEP_S, Wok};

/// Steps in a truth hop.
const STEPS_PER_HOP: u64 = 4;

/// Steps that sensors may look back: 25.6 s, more than the slowest camera frame.
const HISTORY: usize = 512;

/// The state that sensors see during one physics step.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Snapshot {
    pub(crate) ring_c: [f32; 4],
    pub(crate) wall_c: f32,
    pub(crate) ambient_c: f32,
    pub(crate) oiled: bool,
    pub(crate) oil_c: f32,
    /// Radius of the puddle of oil, m.
    pub(crate) puddle_m: f32,
    pub(crate) food_c: f32,
    pub(crate) wetness: f32,
    pub(crate) cover: f32,
    pub(crate) pool_cover: f32,
    pub(crate) pool_c: f32,
    pub(crate) solids: f32,
    pub(crate) plume_kg_s: f32,
    pub(crate) fog: f32,
    pub(crate) sizzle_kg_s: f32,
    pub(crate) boil_kg_s: f32,
    pub(crate) burner_w: f32,
    pub(crate) lid: bool,
    pub(crate) attention: f32,
    pub(crate) burst: Burst,
    pub(crate) impact: Option<Impact>,
    /// The ladle's knock that is nearest.
    pub(crate) knock: Option<Knock>,
}

/// A cook in progress.
#[derive(Debug, Clone)]
pub(crate) struct Cook {
    recipe: &'static Recipe,
    dish: Dish,
    seed: u64,
    pub(crate) wok: Wok,
    pub(crate) chef: Chef,
    table: Table,
    breath: Breath,
    knocks: Vec<Knock>,
    tally: Tally,
    pub(crate) truth: Truth,
    steps: u64,
    history: Vec<Snapshot>,
    over: bool,
}

impl Cook {
    pub(crate) fn new(config: &Config, clocks: [Option<DeviceClock>; 3]) -> Cook {
        let recipe = config.dish.recipe();
        let mut dice = Dice::new(config.seed, Stream::Cook);
        let mut hidden = Hidden::draw(&mut dice, config.chef.flawless);
        hidden.burner_w *= config.kitchen.burner;
        hidden.ambient_c += config.kitchen.room_k;
        hidden.wok = config.kitchen.wok;
        let chef = Chef::new(recipe, config.chef, Dice::new(config.seed, Stream::Chef));
        hidden.load *= chef.mishaps.overcrowding();
        let planned = planned_s(recipe, hidden.pace);
        let mut knocking = Dice::new(config.seed, Stream::Knocks);
        let knocks = config.knocks.iter();
        let knocks = knocks
            .map(|at_s| Knock::new(*at_s, &mut knocking))
            .collect();
        Cook {
            recipe,
            dish: config.dish,
            seed: config.seed,
            wok: Wok::new(hidden, recipe.charge, recipe.glaze),
            chef,
            table: Table::new(config.dish.index()),
            breath: Breath::default(),
            knocks,
            tally: Tally::default(),
            truth: Truth {
                hops: Vec::with_capacity((planned * 1.5 / HOP_S) as usize),
                phases: Vec::with_capacity(recipe.stages.len() + 1),
                cues: [None; 3],
                acted: [None; 3],
                clocks,
            },
            steps: 0,
            history: vec![Snapshot::default(); HISTORY],
            over: false,
        }
    }

    /// Time that the physics has reached, seconds.
    pub(crate) fn now_s(&self) -> f64 {
        self.steps as f64 * STEP_S
    }

    /// Nominal length in seconds.
    pub(crate) fn planned_s(&self) -> f64 {
        planned_s(self.recipe, self.wok.hidden.pace)
    }

    /// Advances the physics past `t`; false when the cook ended before.
    pub(crate) fn reach(&mut self, t: f64) -> bool {
        while self.now_s() <= t {
            if self.over {
                return false;
            }
            self.step();
        }
        true
    }

    /// The state at `t`, which [`reach`](Self::reach) has passed.
    pub(crate) fn at(&self, t: f64) -> &Snapshot {
        let step = ((t / STEP_S).max(0.0) as u64).min(self.steps.saturating_sub(1));
        &self.history[(step % HISTORY as u64) as usize]
    }

    pub(crate) fn step(&mut self) {
        let now = self.now_s();
        let flame = self.chef.step(now, &mut self.wok);
        let burst = self.chef.hands.burst;
        let active = burst.active(now);
        let cover = if active && burst.is_toss() {
            1.0 + 0.28 * burst.phase(now).cos()
        } else {
            1.0
        };
        let agitation = Agitation {
            cover,
            stagnation: self.chef.hands.stagnation,
        };
        self.wok.step(flame, agitation);
        self.breath.step(&self.wok, &burst, now);
        self.tally.step(self.recipe, &self.wok, &self.chef);
        let knock = self.knock(now);
        let impact = self.chef.impact(now);
        let slot = (self.steps % HISTORY as u64) as usize;
        self.history[slot] = Snapshot {
            knock,
            ..self.snapshot(burst, impact)
        };
        self.steps += 1;

        let phase = self.chef.phase();
        if self.truth.phases.last().map(|last| last.0) != Some(phase) {
            self.truth.phases.push((phase, now));
        }
        self.truth.cues = self.chef.crossings.came;
        self.truth.acted = self.chef.crossings.acted;
        if self.steps.is_multiple_of(STEPS_PER_HOP) {
            let hop = self.hop(phase, now, &burst);
            self.truth.hops.push(hop);
            self.over = self.chef.done(now);
        }
    }

    fn snapshot(&self, burst: Burst, impact: Option<Impact>) -> Snapshot {
        let w = &self.wok;
        let pool = w.pool.water_kg + w.pool.solids_kg;
        Snapshot {
            ring_c: w.metal.ring_c.map(|c| c as f32),
            wall_c: w.metal.zone_c() as f32,
            ambient_c: w.hidden.ambient_c as f32,
            oiled: w.oil.kg > 0.0,
            oil_c: w.oil_c() as f32,
            puddle_m: w.oil.puddle_m() as f32,
            food_c: w.food.surface_c as f32,
            wetness: w.food.wetness() as f32,
            cover: w.food.cover() as f32,
            pool_cover: (pool / (pool + 0.08)) as f32,
            pool_c: w.pool.celsius as f32,
            solids: w.pool.solids() as f32,
            plume_kg_s: w.steam.plume_kg_s as f32,
            fog: w.steam.fog as f32,
            sizzle_kg_s: (w.food.vapour_kg_s + w.aromatics.vapour_kg_s) as f32,
            boil_kg_s: w.pool.vapour_kg_s as f32,
            burner_w: w.burner_w as f32,
            lid: w.lid,
            attention: self.chef.attention.level() as f32,
            burst,
            impact,
            knock: None,
        }
    }

    /// The knock that a step may show.
    fn knock(&self, now: f64) -> Option<Knock> {
        let away = |knock: &Knock| (knock.at_s - now).abs();
        let near = self.knocks.iter().filter(|knock| away(knock) < REACH_S);
        near.min_by(|a, b| away(a).total_cmp(&away(b))).copied()
    }

    /// Where the dish is in taste space.
    pub(crate) fn taste(&self) -> [f64; AXES] {
        let w = &self.wok;
        let sauce = if self.recipe.saucy {
            w.pool.solids()
        } else {
            w.food.dryness()
        };
        [
            (1.0 + w.food.dose_s).ln(),
            w.food.doneness(),
            (w.food.browning + 0.6 * w.bitterness()).min(1.0),
            self.breath.peak,
            sauce,
            self.chef.crossings.timing_error(self.recipe),
        ]
    }

    fn hop(&self, phase: Phase, now: f64, burst: &Burst) -> TruthHop {
        let w = &self.wok;
        let taste = self.taste();
        let tossing = burst.is_toss() && burst.active(now);
        TruthHop {
            phase,
            wall_c: w.metal.zone_c() as f32,
            oil_c: w.oil_c() as f32,
            food_surface_c: w.food.surface_c as f32,
            food_core_c: w.food.core_c as f32,
            moisture: w.food.wetness() as f32,
            browning: taste[2] as f32,
            dose_s: w.food.dose_s as f32,
            doneness: taste[1] as f32,
            liquid_fraction: w.pool.fraction() as f32,
            solids: w.pool.solids() as f32,
            whi: self.breath.whi as f32,
            whi_peak: taste[3] as f32,
            sauce: taste[4] as f32,
            food_kg: if w.food.in_wok { w.food.kg as f32 } else { 0.0 },
            pool_kg: (w.pool.water_kg + w.pool.solids_kg) as f32,
            sizzle_g_s: 1000.0 * (w.food.vapour_kg_s + w.aromatics.vapour_kg_s) as f32,
            boil_g_s: 1000.0 * w.pool.vapour_kg_s as f32,
            plume_g_s: 1000.0 * w.steam.plume_kg_s as f32,
            burner_w: w.burner_w as f32,
            stagnation: self.chef.hands.stagnation as f32,
            toss_hz: if tossing { burst.hz as f32 } else { 0.0 },
            attention: self.chef.attention.level() as f32,
            aspects: self.tally.aspects(self.recipe, &self.breath, &taste),
            timing_error: taste[5] as f32,
            utility: self.table.reference(&taste) as f32,
            so_far: self.table.score(&taste),
        }
    }

    /// Runs to the end and hands over the truth.
    pub(crate) fn finish(mut self) -> CookTruth {
        while !self.over {
            self.step();
        }
        let taste = self.taste();
        let families = self.table.verdicts(&taste, self.seed);
        CookTruth {
            dish: self.dish,
            seed: self.seed,
            duration_s: self.now_s(),
            families,
            reference: families[0].score,
            taste,
            aspects: self.tally.aspects(self.recipe, &self.breath, &taste),
            faults: self.chef.mishaps.all().to_vec(),
            skill: self.chef.skill,
            mean_attention: self.chef.mean_attention,
            hops: self.truth.hops,
            phases: self.truth.phases,
            cues: self.truth.cues,
            acted: self.truth.acted,
            clocks: self.truth.clocks,
        }
    }
}

/// Nominal length of a script: stated durations plus a guess for the conditions.
fn planned_s(recipe: &Recipe, pace: f64) -> f64 {
    let stages: f64 = recipe
        .stages
        .iter()
        .map(|stage| match stage.until {
            Until::For(s) => s * pace,
            Until::Stewed(..) => 0.55 * stage.at_most_s,
            _ => 0.35 * stage.at_most_s,
        })
        .sum();
    stages + crate::chef::AFTER_S
}
