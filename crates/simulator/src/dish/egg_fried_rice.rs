//! 蛋炒饭: a smoking wok, egg for a breath, rice tossed until the grains jump.

use super::{Act, Charge, Dish, Motion, Recipe, Stage, Until};
use crate::taste::Anchors;
use crate::truth::{Cue, Phase};

pub(super) const DISH: Dish = Dish(&Recipe {
    id: "egg-fried-rice",
    name_zh: "蛋炒饭",
    name_en: "Egg fried rice",
    charge: Charge {
        kg: 0.4,
        heat_capacity: 3000.0,
        celsius: 15.0,
        core_tau_s: 22.0,
        loose_water: 0.055,
        release_tau_s: 45.0,
        leach_kg_s: 0.0,
    },
    stages: &[
        Stage {
            phase: Phase::Preheat,
            acts: &[],
            flame: 1.0,
            lid: false,
            motion: Motion::Still,
            until: Until::Wall(235.0),
            at_most_s: 260.0,
            cue: None,
        },
        Stage {
            phase: Phase::Preheat,
            acts: &[Act::Oil(35.0)],
            flame: 0.8,
            lid: false,
            motion: Motion::Still,
            until: Until::Oil(155.0),
            at_most_s: 60.0,
            cue: Some(Cue::Bloom),
        },
        // Egg 6 s (HowToCook).
        Stage {
            phase: Phase::Bloom,
            acts: &[Act::Food(0.22), Act::Aromatics(10.0)],
            flame: 0.8,
            lid: false,
            motion: Motion::Stir(0.8),
            until: Until::For(6.0),
            at_most_s: 30.0,
            cue: None,
        },
        // Rice at full flame, 60–180 s (HowToCook).
        Stage {
            phase: Phase::Sear,
            acts: &[Act::Food(0.78)],
            flame: 1.0,
            lid: false,
            motion: Motion::Toss(2.5),
            until: Until::For(90.0),
            at_most_s: 200.0,
            cue: None,
        },
        // Seasoning 10 s (HowToCook): until its water has boiled off and the grains, long dry by then, jump again.
        Stage {
            phase: Phase::Sear,
            acts: &[Act::Liquid(12.0, 0.0, 25.0), Act::Aromatics(10.0)],
            flame: 1.0,
            lid: false,
            motion: Motion::Toss(2.0),
            until: Until::Liquid(0.25),
            at_most_s: 90.0,
            cue: Some(Cue::FlameOff),
        },
    ],
    smoke_c: 230.0,
    glaze: 4.0,
    saucy: false,
    tolerance_s: [6.0, 20.0, 8.0],
    anchors: Anchors {
        ideal: [2.918, 4.335, 0.064, 42.629, 0.961, 0.000],
        spread: [1.557, 1.011, 0.224, 17.501, 0.071, 0.687],
        mid: 1.320,
        width: 0.680,
    },
});
