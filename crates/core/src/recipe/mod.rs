//! What the cook is aiming at: eight targets, each a range, each possibly unknown (适量).

mod egg_fried_rice;
mod gong_bao;
mod hong_shao_rou;
mod hui_guo_rou;
mod mapo_tofu;
mod tomato_egg;

use crate::step::RECIPE;

/// Number of targets.
pub const TARGETS: usize = 8;

/// The targets in the order of [`Recipe::targets`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// Oil when the aromatics go in, °C.
    BloomOil,
    /// Wall when the food goes in, °C.
    SearWall,
    /// Length of the sear, s.
    SearSeconds,
    /// Liquid while it simmers, °C.
    SimmerCelsius,
    /// Length of the simmer, s.
    SimmerSeconds,
    /// Liquid that is left at flame-off, as a fraction of what was poured, 0–1.
    LiquidAtOff,
    /// Length of the reduction, s.
    ReduceSeconds,
    /// Length of the whole cook, s.
    TotalSeconds,
}

impl Target {
    /// All of them, in order.
    pub const ALL: [Self; TARGETS] = [
        Self::BloomOil,
        Self::SearWall,
        Self::SearSeconds,
        Self::SimmerCelsius,
        Self::SimmerSeconds,
        Self::LiquidAtOff,
        Self::ReduceSeconds,
        Self::TotalSeconds,
    ];

    /// The name in configuration and errors.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BloomOil => "bloom_oil_celsius",
            Self::SearWall => "sear_wall_celsius",
            Self::SearSeconds => "sear_seconds",
            Self::SimmerCelsius => "simmer_celsius",
            Self::SimmerSeconds => "simmer_seconds",
            Self::LiquidAtOff => "liquid_fraction_at_off",
            Self::ReduceSeconds => "reduce_seconds",
            Self::TotalSeconds => "total_seconds",
        }
    }

    /// A value on the model's scale, about 0–1: °C by 300, fractions as they are, seconds as
    /// ln(1 + s) / 9 (two hours make 0.99).
    #[must_use]
    pub fn scaled(self, value: f32) -> f32 {
        let scaled = match self {
            Self::BloomOil | Self::SearWall | Self::SimmerCelsius => value / 300.0,
            Self::LiquidAtOff => value,
            Self::SearSeconds | Self::SimmerSeconds | Self::ReduceSeconds | Self::TotalSeconds => {
                value.max(0.0).ln_1p() / 9.0
            }
        };
        if scaled.is_finite() {
            scaled.clamp(-2.0, 2.0)
        } else {
            0.0
        }
    }
}

/// The targets of a dish.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Recipe {
    /// Lowest and highest good value in the target's unit; `None` where it is not known or does not
    /// apply.
    pub targets: [Option<(f32, f32)>; TARGETS],
}

impl Recipe {
    /// Nothing is known.
    #[must_use]
    pub const fn unknown() -> Self {
        Self {
            targets: [None; TARGETS],
        }
    }

    /// One target's range.
    #[must_use]
    pub fn target(&self, target: Target) -> Option<(f32, f32)> {
        self.targets[target as usize]
    }

    /// The model's vector: low, high, known for each target in order; low and high scaled by
    /// [`Target::scaled`], all zero where unknown.
    #[must_use]
    pub fn vector(&self) -> [f32; RECIPE] {
        let mut out = [0.0; RECIPE];
        for ((target, range), slot) in Target::ALL
            .into_iter()
            .zip(self.targets)
            .zip(out.chunks_exact_mut(3))
        {
            if let Some((low, high)) = range {
                slot.copy_from_slice(&[target.scaled(low), target.scaled(high), 1.0]);
            }
        }
        out
    }
}

/// A dish that is known by name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dish {
    /// In topics and configuration.
    pub id: &'static str,
    /// In Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
    /// What it aims at.
    pub recipe: Recipe,
}

/// Every dish that is known by name.
pub const DISHES: [Dish; 6] = [
    gong_bao::DISH,
    hui_guo_rou::DISH,
    hong_shao_rou::DISH,
    mapo_tofu::DISH,
    egg_fried_rice::DISH,
    tomato_egg::DISH,
];

/// The dish of an id.
#[must_use]
pub fn dish(id: &str) -> Option<&'static Dish> {
    DISHES.iter().find(|dish| dish.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vector_is_low_high_known() {
        let mut recipe = Recipe::unknown();
        assert_eq!(recipe.vector(), [0.0; RECIPE]);
        recipe.targets[Target::SearWall as usize] = Some((150.0, 300.0));
        recipe.targets[Target::LiquidAtOff as usize] = Some((0.2, 0.4));
        let vector = recipe.vector();
        assert_eq!(vector[3..6], [0.5, 1.0, 1.0]);
        assert_eq!(vector[15..18], [0.2, 0.4, 1.0]);
        assert_eq!(vector.iter().filter(|v| **v != 0.0).count(), 6);
    }

    #[test]
    fn every_dish_is_sound() {
        for d in &DISHES {
            assert_eq!(dish(d.id), Some(d));
            assert!(d.recipe.target(Target::TotalSeconds).is_some(), "{}", d.id);
            for (target, range) in Target::ALL.into_iter().zip(d.recipe.targets) {
                let Some((low, high)) = range else { continue };
                assert!(low < high, "{} {}", d.id, target.as_str());
                let scaled = (target.scaled(low), target.scaled(high));
                assert!(
                    (0.0..=1.0).contains(&scaled.0) && (0.0..=1.0).contains(&scaled.1),
                    "{}",
                    d.id
                );
            }
        }
        assert_eq!(dish("mapo"), None);
    }

    #[test]
    fn nonsense_is_scaled_to_something_finite() {
        for target in Target::ALL {
            for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, -1.0] {
                assert!(
                    target.scaled(value).is_finite(),
                    "{} {value}",
                    target.as_str()
                );
            }
        }
    }
}
