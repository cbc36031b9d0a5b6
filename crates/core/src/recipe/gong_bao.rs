//! 宫保鸡丁: chilies bloomed, chicken seared, a lidded simmer, the slurry thickens around the peanuts.

use super::{Dish, Recipe};

/// Wall 200–220 °C, sear 30–60 s and a turn, 120 s under the lid, reduce 30–60 s (HowToCook; ranges ±20 %).
pub(super) const DISH: Dish = Dish {
    id: "gong-bao",
    zh: "宫保鸡丁",
    en: "Gong bao chicken",
    recipe: Recipe {
        targets: [
            Some((130.0, 160.0)),
            Some((200.0, 240.0)),
            Some((45.0, 90.0)),
            Some((95.0, 102.0)),
            Some((90.0, 150.0)),
            Some((0.4, 0.7)),
            Some((25.0, 75.0)),
            Some((270.0, 520.0)),
        ],
    },
};
