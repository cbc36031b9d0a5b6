//! 红烧肉: blanched, fried in caramel, braised for most of an hour, taken down to a thick sauce.

use super::{Dish, Recipe};

/// Blanch 15 min, sugar at 170–185 °C, fry 60 s, 97–99 °C for 50–60 min, a third to three fifths of the liquid left (HowToCook).
pub(super) const DISH: Dish = Dish {
    id: "hong-shao-rou",
    zh: "红烧肉",
    en: "Red-braised pork belly",
    recipe: Recipe {
        targets: [
            Some((170.0, 185.0)),
            Some((150.0, 190.0)),
            Some((45.0, 90.0)),
            Some((97.0, 99.0)),
            Some((2700.0, 3600.0)),
            Some((0.33, 0.6)),
            Some((300.0, 720.0)),
            Some((4000.0, 6300.0)),
        ],
    },
};
