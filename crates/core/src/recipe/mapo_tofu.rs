//! 麻婆豆腐: aromatics and mince in oil, tofu simmered in boiling water, taken down to a fifth.

use super::{Dish, Recipe};

/// Aromatics 20 s, mince 60 s, 10 min at half flame, off at a fifth of the liquid (HowToCook).
pub(super) const DISH: Dish = Dish {
    id: "mapo-tofu",
    zh: "麻婆豆腐",
    en: "Mapo tofu",
    recipe: Recipe {
        targets: [
            Some((130.0, 155.0)),
            Some((150.0, 200.0)),
            Some((45.0, 80.0)),
            Some((96.0, 101.0)),
            Some((300.0, 660.0)),
            Some((0.15, 0.3)),
            Some((60.0, 240.0)),
            Some((560.0, 1150.0)),
        ],
    },
};
