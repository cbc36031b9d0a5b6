//! The dishes: one file each, and one line in [`DISHES`].
//!
//! A dish is data: what goes into the wok when, at which flame, until what is true, and the taste
//! anchors that its reference score is measured from. Durations marked in the files come from
//! Anduin2017/HowToCook; the rest is common knowledge of the kitchen.

mod egg_fried_rice;
mod gong_bao;
mod hong_shao_rou;
mod hui_guo_rou;
mod mapo_tofu;
mod tomato_egg;

use crate::taste::Anchors;
use crate::truth::{Cue, Phase};

/// Every dish the simulator can cook.
pub const DISHES: [Dish; 6] = [
    gong_bao::DISH,
    hui_guo_rou::DISH,
    hong_shao_rou::DISH,
    mapo_tofu::DISH,
    egg_fried_rice::DISH,
    tomato_egg::DISH,
];

/// A dish of [`DISHES`].
#[derive(Debug, Clone, Copy)]
pub struct Dish(&'static Recipe);

impl Dish {
    /// The dish with this id, such as `gong-bao`.
    pub fn from_id(id: &str) -> Option<Dish> {
        DISHES.into_iter().find(|dish| dish.id() == id)
    }

    /// Stable id in `[a-z0-9-]`.
    pub fn id(self) -> &'static str {
        self.0.id
    }

    /// Name in Chinese.
    pub fn name_zh(self) -> &'static str {
        self.0.name_zh
    }

    /// Name in English.
    pub fn name_en(self) -> &'static str {
        self.0.name_en
    }

    /// Position in [`DISHES`], 0–5.
    pub fn index(self) -> usize {
        DISHES.iter().position(|&dish| dish == self).unwrap_or(0)
    }

    /// The script behind the dish.
    pub fn recipe(self) -> &'static Recipe {
        self.0
    }
}

impl PartialEq for Dish {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for Dish {}

/// A dish as data.
#[derive(Debug)]
pub struct Recipe {
    /// Stable id in `[a-z0-9-]`.
    pub id: &'static str,
    /// Name in Chinese.
    pub name_zh: &'static str,
    /// Name in English.
    pub name_en: &'static str,
    /// The main food.
    pub charge: Charge,
    /// The script, in order.
    pub stages: &'static [Stage],
    /// Smoke point of the oil in °C (Wikipedia's smoke points: peanut 227–232, lard 190).
    pub smoke_c: f64,
    /// Browning speed-up by the sauce's sugar and soy, 1–5 (assumption).
    pub glaze: f64,
    /// Whether the last taste axis is the sauce's solids (true) or the food's dryness (false).
    pub saucy: bool,
    /// Errors tolerated at the bloom, reduce and flame-off cues, in seconds.
    pub tolerance_s: [f64; 3],
    /// Where the reference taste sits and how the utility maps to 0–100.
    pub anchors: Anchors,
}

/// The main food as it goes into the wok.
#[derive(Debug, Clone, Copy)]
pub struct Charge {
    /// Mass in kg.
    pub kg: f64,
    /// Heat capacity in J/(kg K).
    pub heat_capacity: f64,
    /// Temperature when added, °C.
    pub celsius: f64,
    /// Time constant of the heat's way from surface to core, seconds.
    pub core_tau_s: f64,
    /// Water that leaves easily (surface film and drip), kg per kg of food.
    pub loose_water: f64,
    /// Time constant of its release once the core is hot, seconds.
    pub release_tau_s: f64,
    /// Solids that leach into a hot liquid, kg/s.
    pub leach_kg_s: f64,
}

/// Something put into the wok or taken out of it. Masses in grams, temperatures in °C.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// Oil is poured.
    Oil(f64),
    /// Chilies, garlic, ginger, bean paste: things that bloom in oil.
    Aromatics(f64),
    /// A share (0–1) of the main food.
    Food(f64),
    /// The food leaves the wok.
    TakeOut,
    /// The food is sliced: its core follows its surface within this time constant (s).
    Slice(f64),
    /// The food comes back.
    PutBack,
    /// Liquid is poured: grams in all, of which grams of solids, at a temperature.
    Liquid(f64, f64, f64),
    /// The liquid is poured away.
    Drain,
    /// Sugar goes into the oil.
    Sugar(f64),
}

/// What the chef waits for.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// A duration in seconds (jittered ±20 % per cook).
    For(f64),
    /// The wall reaches a temperature, °C.
    Wall(f64),
    /// The oil reaches a temperature, °C.
    Oil(f64),
    /// The food's core has its cook value (log₁₀ over Deng's 0.4 min at 70 °C) and the liquid is down
    /// to a fraction of what was poured.
    Stewed(f64, f64),
    /// The aromatics have lost this share (0–1) of their water.
    Softened(f64),
    /// The liquid is down to a fraction of what was poured.
    Liquid(f64),
    /// The sauce's solids reach a mass fraction.
    Solids(f64),
    /// The food's surface wetness (0–1) falls to a value.
    Wetness(f64),
    /// The sugar has come to large amber bubbles (1 = amber).
    Caramel(f64),
}

/// How the food is moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Motion {
    /// It is left alone.
    Still,
    /// Spatula strokes now and then: mean pause in seconds.
    Stir(f64),
    /// The wok is tossed in bursts: mean pause in seconds.
    Toss(f64),
}

/// One stage of a script.
#[derive(Debug, Clone, Copy)]
pub struct Stage {
    /// The phase it belongs to.
    pub phase: Phase,
    /// What happens at its start.
    pub acts: &'static [Act],
    /// Flame as a fraction of a 2.5 kW (net) home burner.
    pub flame: f64,
    /// Whether the lid is on.
    pub lid: bool,
    /// How the food is moved.
    pub motion: Motion,
    /// What ends it.
    pub until: Until,
    /// It ends after this many seconds at the latest.
    pub at_most_s: f64,
    /// The cue that its end answers.
    pub cue: Option<Cue>,
}
