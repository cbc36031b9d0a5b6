//! 番茄炒蛋: egg puffed in hot oil and taken out, tomato cooked down, both combined until the sauce coats.

use super::{Dish, Recipe};

/// Egg at 180 °C for 20–40 s, tomato 20–90 s, combined for 15–30 s (HowToCook).
pub(super) const DISH: Dish = Dish {
    id: "tomato-egg",
    zh: "番茄炒蛋",
    en: "Tomato and egg",
    recipe: Recipe {
        targets: [
            Some((130.0, 160.0)),
            Some((180.0, 220.0)),
            Some((20.0, 40.0)),
            Some((92.0, 101.0)),
            Some((20.0, 100.0)),
            Some((0.4, 0.8)),
            Some((15.0, 90.0)),
            Some((220.0, 480.0)),
        ],
    },
};
