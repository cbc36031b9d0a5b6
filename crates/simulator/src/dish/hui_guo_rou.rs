//! 回锅肉: pork boiled, cooled and sliced, then rendered until it curls, with bean paste and
//! garlic shoots. No reduction.

use super::{Act, Charge, Dish, Motion, Recipe, Stage, Until};
use crate::taste::Anchors;
use crate::truth::{Cue, Phase};

pub(super) const DISH: Dish = Dish(&Recipe {
    id: "hui-guo-rou",
    name_zh: "回锅肉",
    name_en: "Twice-cooked pork",
    charge: Charge {
        kg: 0.35,
        heat_capacity: 3100.0,
        celsius: 10.0,
        core_tau_s: 260.0,
        loose_water: 0.09,
        release_tau_s: 50.0,
        leach_kg_s: 2.0e-6,
    },
    stages: &[
        // Boil 15 min (HowToCook; the twice-cooked pork optimisation of 2023 prefers 27 min).
        Stage {
            phase: Phase::Simmer,
            acts: &[Act::Liquid(1100.0, 4.0, 20.0), Act::Food(1.0)],
            flame: 0.9,
            lid: true,
            motion: Motion::Still,
            until: Until::For(960.0),
            at_most_s: 1800.0,
            cue: None,
        },
        // Out of the wok, cooled and cut into 3 mm slices.
        Stage {
            phase: Phase::Preheat,
            acts: &[Act::TakeOut, Act::Drain, Act::Slice(7.0)],
            flame: 0.0,
            lid: false,
            motion: Motion::Still,
            until: Until::For(120.0),
            at_most_s: 240.0,
            cue: None,
        },
        Stage {
            phase: Phase::Preheat,
            acts: &[],
            flame: 0.9,
            lid: false,
            motion: Motion::Still,
            until: Until::Wall(180.0),
            at_most_s: 200.0,
            cue: None,
        },
        // Render at 180 °C for 60–120 s until the slices curl.
        Stage {
            phase: Phase::Sear,
            acts: &[Act::Oil(25.0), Act::PutBack],
            flame: 0.9,
            lid: false,
            motion: Motion::Stir(2.5),
            until: Until::Wetness(0.35),
            at_most_s: 220.0,
            cue: Some(Cue::Bloom),
        },
        // Bean paste 15 s (HowToCook).
        Stage {
            phase: Phase::Bloom,
            acts: &[Act::Oil(10.0), Act::Aromatics(30.0)],
            flame: 0.4,
            lid: false,
            motion: Motion::Stir(1.5),
            until: Until::For(15.0),
            at_most_s: 60.0,
            cue: None,
        },
        // Pepper 30 s (HowToCook).
        Stage {
            phase: Phase::Sear,
            acts: &[Act::Aromatics(12.0)],
            flame: 0.9,
            lid: false,
            motion: Motion::Toss(3.0),
            until: Until::For(30.0),
            at_most_s: 90.0,
            cue: None,
        },
        // Garlic shoots 60 s, then off (HowToCook).
        Stage {
            phase: Phase::Sear,
            acts: &[Act::Aromatics(35.0)],
            flame: 0.9,
            lid: false,
            motion: Motion::Toss(3.0),
            until: Until::Softened(0.60),
            at_most_s: 180.0,
            cue: Some(Cue::FlameOff),
        },
    ],
    smoke_c: 190.0,
    glaze: 5.0,
    saucy: false,
    tolerance_s: [10.0, 20.0, 10.0],
    anchors: Anchors {
        ideal: [3.445, 5.375, 0.148, 43.274, 0.775, 0.000],
        spread: [1.039, 0.309, 0.099, 7.931, 0.068, 0.640],
        mid: 1.340,
        width: 0.650,
    },
});
