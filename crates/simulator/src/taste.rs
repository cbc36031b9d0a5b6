//! Taste: the utility of six families and its map to 0–100.
//!
//! `U = −Σ wⱼ zⱼ² − Σ cⱼₖ zⱼ zₖ` with `zⱼ = (xⱼ − xⱼ*)/sⱼ` over the axes of
//! [`TASTE_AXES`](crate::truth::TASTE_AXES) (design choice). Families draw x* and w from a fixed seed; EEG is no axis: it
//! can inform a score only through the timing errors that the chef's attention causes.

use crate::dish::{DISHES, Dish};
use crate::rng::{Dice, Stream};

/// Number of taste axes.
pub const AXES: usize = 6;

/// Where the reference taste of a dish sits and how its utility becomes a score. Frozen: measured
/// once by `examples/calibrate.rs` over cooks without sensors, before any training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anchors {
    /// The taste of a flawless cook.
    pub ideal: [f64; AXES],
    /// One standard deviation over random cooks.
    pub spread: [f64; AXES],
    /// Distance √(−U) of a score of 50.
    pub mid: f64,
    /// Distance over which the score's log-odds change by one.
    pub width: f64,
}

/// A family's verdict on a cook.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FamilyTruth {
    /// Utility, ≤ 0.
    pub utility: f64,
    /// Score 0–100.
    pub score: f32,
    /// Ratings 1–9 of the family's four tasters (bias SD 0.7, noise 1.0–1.3).
    pub ratings: [u8; 4],
}

/// The seed that the families are drawn from; it never changes.
const FAMILY_SEED: u64 = 0x5eed_0fa1;

/// Relative importance of the axes before a family's own taste.
const IMPORTANCE: [f64; AXES] = [0.8, 1.0, 1.3, 1.3, 1.2, 1.2];

#[derive(Debug, Clone, Copy)]
struct Family {
    shift: [f64; AXES],
    weight: [f64; AXES],
    cross: [[f64; AXES]; AXES],
}

impl Family {
    fn draw(dish: usize, family: usize) -> Family {
        let mut dice = Dice::new(FAMILY_SEED + (dish * 6 + family) as u64, Stream::Tasters);
        let mut shift = [0.0; AXES];
        let mut weight = IMPORTANCE;
        for j in 0..AXES {
            let (taste, care) = (dice.normal_clipped(0.0, 0.8), dice.normal_clipped(0.0, 0.6));
            // Nobody prefers badly timed cooking, and grandmother's taste is the flawless cook.
            if family > 0 {
                shift[j] = if j == AXES - 1 { 0.0 } else { taste };
                weight[j] *= care.exp();
            }
        }
        let total: f64 = weight.iter().sum();
        weight = weight.map(|w| w / total);
        let mut cross = [[0.0; AXES]; AXES];
        for j in 0..AXES {
            for k in j + 1..AXES {
                // |c| ≤ 0.2 √(wⱼ wₖ) with six axes keeps the form positive definite (diagonal
                // dominance after scaling: 5 × 0.1 < 1).
                cross[j][k] = 0.2 * (2.0 * dice.unit() - 1.0) * (weight[j] * weight[k]).sqrt();
            }
        }
        Family {
            shift,
            weight,
            cross,
        }
    }

    fn utility(&self, anchors: &Anchors, taste: &[f64; AXES]) -> f64 {
        let mut z = [0.0; AXES];
        for j in 0..AXES {
            // Beyond four spreads it is simply wrong, not infinitely wrong.
            z[j] = ((taste[j] - anchors.ideal[j]) / anchors.spread[j] - self.shift[j])
                .clamp(-4.0, 4.0);
        }
        let mut sum = 0.0;
        for j in 0..AXES {
            sum += self.weight[j] * z[j] * z[j];
            for k in j + 1..AXES {
                sum += self.cross[j][k] * z[j] * z[k];
            }
        }
        -sum.max(0.0)
    }
}

impl Anchors {
    /// The map utility → 0–100, fixed per dish.
    pub fn score(&self, utility: f64) -> f32 {
        let distance = (-utility).max(0.0).sqrt();
        (100.0 / (1.0 + ((distance - self.mid) / self.width).exp())) as f32
    }
}

/// Utility of the reference family at a dish under trial anchors; what calibration measures.
pub fn reference_utility(dish: Dish, anchors: &Anchors, taste: &[f64; AXES]) -> f64 {
    Family::draw(dish.index(), 0).utility(anchors, taste)
}

/// The six families at one dish.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    anchors: Anchors,
    families: [Family; 6],
}

impl Table {
    pub(crate) fn new(dish: usize) -> Table {
        let families = std::array::from_fn(|family| Family::draw(dish, family));
        Table {
            anchors: DISHES[dish].recipe().anchors,
            families,
        }
    }

    pub(crate) fn reference(&self, taste: &[f64; AXES]) -> f64 {
        self.families[0].utility(&self.anchors, taste)
    }

    pub(crate) fn score(&self, taste: &[f64; AXES]) -> f32 {
        self.anchors.score(self.reference(taste))
    }

    pub(crate) fn verdicts(&self, taste: &[f64; AXES], seed: u64) -> [FamilyTruth; 6] {
        let mut dice = Dice::new(seed, Stream::Tasters);
        std::array::from_fn(|family| {
            let utility = self.families[family].utility(&self.anchors, taste);
            let score = self.anchors.score(utility);
            let ratings = std::array::from_fn(|taster| {
                // A taster's bias belongs to the person, not to the cook.
                let mut person = Dice::new(
                    FAMILY_SEED ^ (1000 + family * 4 + taster) as u64,
                    Stream::Tasters,
                );
                let (bias, noise) = (0.7 * person.normal(), person.between(1.0, 1.3));
                let liking = 1.0 + 0.08 * f64::from(score) + bias + noise * dice.normal();
                liking.round().clamp(1.0, 9.0) as u8
            });
            FamilyTruth {
                utility,
                score,
                ratings,
            }
        })
    }
}
