//! 番茄炒蛋: egg puffed in hot oil and taken out, tomatoes cooked to a sauce, then together.

use super::{Act, Charge, Dish, Motion, Recipe, Stage, Until};
use crate::taste::Anchors;
use crate::truth::{Cue, Phase};

pub(super) const DISH: Dish = Dish(&Recipe {
    id: "tomato-egg",
    name_zh: "番茄炒蛋",
    name_en: "Tomato and egg",
    charge: Charge {
        kg: 0.22,
        heat_capacity: 3300.0,
        celsius: 18.0,
        core_tau_s: 20.0,
        loose_water: 0.05,
        release_tau_s: 60.0,
        leach_kg_s: 0.0,
    },
    stages: &[
        Stage {
            phase: Phase::Preheat,
            acts: &[],
            flame: 0.9,
            lid: false,
            motion: Motion::Still,
            until: Until::Wall(200.0),
            at_most_s: 240.0,
            cue: None,
        },
        Stage {
            phase: Phase::Preheat,
            acts: &[Act::Oil(45.0)],
            flame: 0.8,
            lid: false,
            motion: Motion::Still,
            until: Until::Oil(165.0),
            at_most_s: 60.0,
            cue: None,
        },
        // Egg at 180 °C, 20–40 s, then out (HowToCook).
        Stage {
            phase: Phase::Sear,
            acts: &[Act::Food(1.0)],
            flame: 0.8,
            lid: false,
            motion: Motion::Stir(1.5),
            until: Until::For(28.0),
            at_most_s: 90.0,
            cue: None,
        },
        Stage {
            phase: Phase::Preheat,
            acts: &[Act::TakeOut, Act::Oil(15.0)],
            flame: 0.5,
            lid: false,
            motion: Motion::Still,
            until: Until::Oil(140.0),
            at_most_s: 60.0,
            cue: Some(Cue::Bloom),
        },
        Stage {
            phase: Phase::Bloom,
            acts: &[Act::Aromatics(12.0)],
            flame: 0.35,
            lid: false,
            motion: Motion::Stir(1.5),
            until: Until::For(10.0),
            at_most_s: 40.0,
            cue: None,
        },
        // Tomatoes 20–90 s (HowToCook); they give their juice.
        Stage {
            phase: Phase::Simmer,
            acts: &[Act::Liquid(240.0, 22.0, 20.0)],
            flame: 0.9,
            lid: false,
            motion: Motion::Stir(6.0),
            until: Until::Liquid(0.92),
            at_most_s: 240.0,
            cue: Some(Cue::Reduce),
        },
        // Together 15–30 s; off when the sauce coats.
        Stage {
            phase: Phase::Reduce,
            acts: &[Act::PutBack],
            flame: 0.9,
            lid: false,
            motion: Motion::Toss(4.0),
            until: Until::Liquid(0.68),
            at_most_s: 240.0,
            cue: Some(Cue::FlameOff),
        },
    ],
    smoke_c: 230.0,
    glaze: 4.0,
    saucy: true,
    tolerance_s: [6.0, 25.0, 15.0],
    anchors: Anchors {
        ideal: [0.890, 3.474, 0.009, 4.727, 0.136, 0.000],
        spread: [1.017, 0.655, 0.045, 5.745, 0.050, 0.671],
        mid: 1.600,
        width: 0.650,
    },
});
