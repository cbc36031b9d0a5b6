//! When a condition of the script holds, in truth or as someone misjudges it.

use crate::dish::Until;
use crate::wok::Wok;

/// Whether a condition holds for someone who misjudges it by `z` (signed, 0 = the truth).
pub(super) fn met(until: Until, z: f64, wok: &Wok, elapsed_s: f64, pace: f64) -> bool {
    match until {
        Until::For(s) => elapsed_s >= s * pace * (0.40 * z).exp(),
        Until::Wall(c) => wok.metal.zone_c() >= c + 45.0 * z,
        Until::Oil(c) => wok.oil_c() >= c + 22.0 * z,
        // A time misjudged by exp(0.3 z) is a cook value misjudged by 0.13 z decades.
        Until::Stewed(done, fraction) => {
            wok.food.doneness() >= done + 0.13 * z
                && wok.pool.fraction() <= fraction * (-0.25 * z).exp()
        }
        Until::Softened(share) => wok.aromatics.softened() >= (share + 0.15 * z).clamp(0.05, 0.97),
        Until::Liquid(fraction) => wok.pool.fraction() <= fraction * (-0.45 * z).exp(),
        Until::Solids(x) => wok.pool.solids() >= (x + 0.14 * z).clamp(0.05, 0.92),
        Until::Wetness(x) => wok.food.wetness() <= (x * (-0.6 * z).exp()).min(0.9),
        Until::Caramel(x) => wok.caramel.degree >= x + 0.45 * z,
    }
}
