//! 蛋炒饭: a smoking wok, egg for six seconds, rice until the grains jump; no liquid.

use super::{Dish, Recipe};

/// Smoking wok, egg 6 s, rice 60–180 s at full flame, seasoning and scallion 10 s each (HowToCook).
pub(super) const DISH: Dish = Dish {
    id: "egg-fried-rice",
    zh: "蛋炒饭",
    en: "Egg fried rice",
    recipe: Recipe {
        targets: [
            Some((140.0, 170.0)),
            Some((210.0, 260.0)),
            Some((80.0, 200.0)),
            None,
            None,
            None,
            None,
            Some((180.0, 420.0)),
        ],
    },
};
