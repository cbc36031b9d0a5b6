//! 红烧肉: cold-start blanch, caramel, a short fry, fifty minutes just below the boil, then the
//! sauce is taken down until it clings.

use super::{Act, Charge, Dish, Motion, Recipe, Stage, Until};
use crate::taste::Anchors;
use crate::truth::{Cue, Phase};

pub(super) const DISH: Dish = Dish(&Recipe {
    id: "hong-shao-rou",
    name_zh: "红烧肉",
    name_en: "Red-braised pork belly",
    charge: Charge {
        kg: 0.5,
        heat_capacity: 3000.0,
        celsius: 10.0,
        core_tau_s: 150.0,
        loose_water: 0.06,
        release_tau_s: 60.0,
        leach_kg_s: 2.2e-5,
    },
    stages: &[
        // Cold-start blanch 15 min (HowToCook).
        Stage {
            phase: Phase::Simmer,
            acts: &[Act::Liquid(1300.0, 4.0, 20.0), Act::Food(1.0)],
            flame: 1.0,
            lid: false,
            motion: Motion::Still,
            until: Until::For(900.0),
            at_most_s: 1500.0,
            cue: None,
        },
        Stage {
            phase: Phase::Preheat,
            acts: &[Act::TakeOut, Act::Drain],
            flame: 0.6,
            lid: false,
            motion: Motion::Still,
            until: Until::Wall(150.0),
            at_most_s: 240.0,
            cue: None,
        },
        // Sugar at 170–185 °C; the meat goes in at large amber bubbles (HowToCook).
        Stage {
            phase: Phase::Bloom,
            acts: &[Act::Oil(40.0), Act::Sugar(30.0)],
            flame: 0.6,
            lid: false,
            motion: Motion::Stir(1.5),
            until: Until::Caramel(1.0),
            at_most_s: 240.0,
            cue: Some(Cue::Bloom),
        },
        // Fry 60 s (HowToCook).
        Stage {
            phase: Phase::Sear,
            acts: &[Act::PutBack],
            flame: 0.7,
            lid: false,
            motion: Motion::Stir(2.0),
            until: Until::For(60.0),
            at_most_s: 180.0,
            cue: None,
        },
        // 97–99 °C for 50–60 min (HowToCook).
        Stage {
            phase: Phase::Simmer,
            acts: &[Act::Liquid(850.0, 60.0, 95.0)],
            flame: 0.40,
            lid: true,
            motion: Motion::Stir(300.0),
            until: Until::Stewed(5.12, 0.62),
            at_most_s: 5400.0,
            cue: Some(Cue::Reduce),
        },
        Stage {
            phase: Phase::Reduce,
            acts: &[],
            flame: 0.7,
            lid: false,
            motion: Motion::Stir(12.0),
            until: Until::Solids(0.58),
            at_most_s: 1500.0,
            cue: Some(Cue::FlameOff),
        },
    ],
    smoke_c: 230.0,
    glaze: 5.0,
    saucy: true,
    tolerance_s: [8.0, 240.0, 25.0],
    anchors: Anchors {
        ideal: [3.910, 5.234, 0.250, 14.143, 0.586, 0.000],
        spread: [0.949, 0.158, 0.223, 6.365, 0.116, 0.655],
        mid: 1.630,
        width: 0.740,
    },
});
