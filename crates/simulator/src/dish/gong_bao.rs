//! 宫保鸡丁: hot wok and cool oil, chilies bloomed, diced chicken tossed, a short lidded simmer,
//! then the slurry thickens around the peanuts.

use super::{Act, Charge, Dish, Motion, Recipe, Stage, Until};
use crate::taste::Anchors;
use crate::truth::{Cue, Phase};

pub(super) const DISH: Dish = Dish(&Recipe {
    id: "gong-bao",
    name_zh: "宫保鸡丁",
    name_en: "Gong bao chicken",
    charge: Charge {
        kg: 0.35,
        heat_capacity: 3400.0,
        celsius: 12.0,
        core_tau_s: 32.0,
        loose_water: 0.07,
        release_tau_s: 90.0,
        leach_kg_s: 0.0,
    },
    stages: &[
        Stage {
            phase: Phase::Preheat,
            acts: &[],
            flame: 1.0,
            lid: false,
            motion: Motion::Still,
            until: Until::Wall(230.0),
            at_most_s: 240.0,
            cue: None,
        },
        Stage {
            phase: Phase::Preheat,
            acts: &[Act::Oil(45.0)],
            flame: 0.6,
            lid: false,
            motion: Motion::Still,
            until: Until::Oil(145.0),
            at_most_s: 60.0,
            cue: Some(Cue::Bloom),
        },
        Stage {
            phase: Phase::Bloom,
            acts: &[Act::Aromatics(15.0)],
            flame: 0.35,
            lid: false,
            motion: Motion::Stir(1.5),
            until: Until::For(14.0),
            at_most_s: 60.0,
            cue: None,
        },
        // Sear 30–60 s, turned at 30 s (HowToCook).
        Stage {
            phase: Phase::Sear,
            acts: &[Act::Food(1.0)],
            flame: 1.0,
            lid: false,
            motion: Motion::Toss(3.0),
            until: Until::For(85.0),
            at_most_s: 180.0,
            cue: None,
        },
        // Scallion and 100 g of water, lid, low flame, 120 s (HowToCook).
        Stage {
            phase: Phase::Simmer,
            acts: &[Act::Liquid(85.0, 4.0, 25.0)],
            flame: 0.5,
            lid: true,
            motion: Motion::Still,
            until: Until::Stewed(3.35, 0.78),
            at_most_s: 300.0,
            cue: Some(Cue::Reduce),
        },
        Stage {
            phase: Phase::Reduce,
            acts: &[Act::Liquid(45.0, 26.0, 25.0)],
            flame: 1.0,
            lid: false,
            motion: Motion::Toss(2.5),
            until: Until::Solids(0.48),
            at_most_s: 240.0,
            cue: Some(Cue::FlameOff),
        },
    ],
    smoke_c: 230.0,
    glaze: 5.0,
    saucy: true,
    tolerance_s: [6.0, 20.0, 8.0],
    anchors: Anchors {
        ideal: [1.595, 3.776, 0.031, 29.538, 0.511, 0.000],
        spread: [1.642, 0.633, 0.202, 20.052, 0.107, 0.587],
        mid: 1.460,
        width: 0.700,
    },
});
