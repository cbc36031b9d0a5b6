//! 麻婆豆腐: bean paste bloomed gently, mince fried dry, tofu simmered, thickened at the end.

use super::{Act, Charge, Dish, Motion, Recipe, Stage, Until};
use crate::taste::Anchors;
use crate::truth::{Cue, Phase};

pub(super) const DISH: Dish = Dish(&Recipe {
    id: "mapo-tofu",
    name_zh: "麻婆豆腐",
    name_en: "Mapo tofu",
    charge: Charge {
        kg: 0.5,
        heat_capacity: 3700.0,
        celsius: 15.0,
        core_tau_s: 60.0,
        loose_water: 0.05,
        release_tau_s: 60.0,
        leach_kg_s: 8.0e-6,
    },
    stages: &[
        Stage {
            phase: Phase::Preheat,
            acts: &[],
            flame: 0.9,
            lid: false,
            motion: Motion::Still,
            until: Until::Wall(190.0),
            at_most_s: 240.0,
            cue: None,
        },
        // Oil 10 s (HowToCook).
        Stage {
            phase: Phase::Preheat,
            acts: &[Act::Oil(50.0)],
            flame: 0.5,
            lid: false,
            motion: Motion::Still,
            until: Until::Oil(140.0),
            at_most_s: 60.0,
            cue: Some(Cue::Bloom),
        },
        // Aromatics at a low flame, 20 s (HowToCook).
        Stage {
            phase: Phase::Bloom,
            acts: &[Act::Aromatics(35.0)],
            flame: 0.25,
            lid: false,
            motion: Motion::Stir(1.5),
            until: Until::For(20.0),
            at_most_s: 60.0,
            cue: None,
        },
        // Mince 60 s (HowToCook).
        Stage {
            phase: Phase::Sear,
            acts: &[Act::Food(0.2)],
            flame: 0.9,
            lid: false,
            motion: Motion::Stir(1.5),
            until: Until::For(60.0),
            at_most_s: 180.0,
            cue: None,
        },
        // Boiling water and tofu, half flame, up to 10 min (HowToCook).
        Stage {
            phase: Phase::Simmer,
            acts: &[Act::Liquid(320.0, 16.0, 97.0), Act::Food(0.8)],
            flame: 0.6,
            lid: false,
            motion: Motion::Stir(60.0),
            until: Until::Stewed(3.8, 0.62),
            at_most_s: 900.0,
            cue: Some(Cue::Reduce),
        },
        // Starch slurry; off at a fifth of the liquid (HowToCook).
        Stage {
            phase: Phase::Reduce,
            acts: &[Act::Liquid(30.0, 12.0, 25.0)],
            flame: 0.9,
            lid: false,
            motion: Motion::Stir(8.0),
            until: Until::Liquid(0.27),
            at_most_s: 420.0,
            cue: Some(Cue::FlameOff),
        },
    ],
    smoke_c: 230.0,
    glaze: 4.0,
    saucy: true,
    tolerance_s: [6.0, 40.0, 15.0],
    anchors: Anchors {
        ideal: [1.658, 4.254, 0.029, 12.731, 0.356, 0.000],
        spread: [1.034, 0.172, 0.138, 8.826, 0.132, 0.597],
        mid: 1.450,
        width: 0.740,
    },
});
