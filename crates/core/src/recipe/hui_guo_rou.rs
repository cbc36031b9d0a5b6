//! 回锅肉: boiled whole, sliced, rendered until it curls, then bean paste and garlic shoots; nothing is reduced.

use super::{Dish, Recipe};

/// Boiled 15 min, rendered at 164–180 °C for 60–120 s, then 15 + 30 + 60 s (HowToCook; pork optimisation study 2023).
pub(super) const DISH: Dish = Dish {
    id: "hui-guo-rou",
    zh: "回锅肉",
    en: "Twice-cooked pork",
    recipe: Recipe {
        targets: [
            Some((130.0, 160.0)),
            Some((165.0, 200.0)),
            Some((150.0, 260.0)),
            Some((96.0, 101.0)),
            Some((780.0, 1200.0)),
            None,
            None,
            Some((1150.0, 1900.0)),
        ],
    },
};
