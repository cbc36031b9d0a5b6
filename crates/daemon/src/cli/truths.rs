//! The labels of a simulated cook as columns, by the hops that were seen.

use wok_simulator::{Config, CookTruth, DISHES, TruthHop, cook};

use super::shard::Shard;

/// The columns of `latent`, in order, each in the unit of its field in [`TruthHop`].
pub(super) const LATENTS: [&str; 24] = [
    "wall_c",
    "oil_c",
    "food_surface_c",
    "food_core_c",
    "moisture",
    "browning",
    "log_dose",
    "doneness",
    "liquid_fraction",
    "solids",
    "whi",
    "whi_peak",
    "sauce",
    "food_kg",
    "pool_kg",
    "sizzle_g_s",
    "boil_g_s",
    "plume_g_s",
    "burner_w",
    "stagnation",
    "toss_hz",
    "attention",
    "timing_error",
    "so_far",
];

/// Tells the cooks of one simulator from another's: a digest of how a cook of every dish went.
pub(super) fn simulator() -> String {
    let mut digest = crc32fast::Hasher::new();
    for dish in DISHES {
        let done = cook(&Config::physics(dish, 0));
        // Rounded, as machines differ in the last bits of a logarithm.
        let went = format!("{:.1} {:.1?} {:.1?}", done.reference, done.cues, done.acted);
        digest.update(went.as_bytes());
    }
    format!("{:08x}", digest.finalize())
}

fn latents(hop: &TruthHop) -> [f32; LATENTS.len()] {
    [
        hop.wall_c,
        hop.oil_c,
        hop.food_surface_c,
        hop.food_core_c,
        hop.moisture,
        hop.browning,
        hop.dose_s.ln_1p(),
        hop.doneness,
        hop.liquid_fraction,
        hop.solids,
        hop.whi,
        hop.whi_peak,
        hop.sauce,
        hop.food_kg,
        hop.pool_kg,
        hop.sizzle_g_s,
        hop.boil_g_s,
        hop.plume_g_s,
        hop.burner_w,
        hop.stagnation,
        hop.toss_hz,
        hop.attention,
        hop.timing_error,
        hop.so_far,
    ]
}

/// Adds the labels of a cook: of the hops `hops` its phase, aspects and latent state; of the whole cook
/// its scores, its cues' crossings and when the chef acted (s, NaN where never).
pub(super) fn add(shard: &mut Shard, truth: &CookTruth, hops: &[u32]) {
    let rows = hops
        .iter()
        .filter_map(|hop| truth.hops.get(*hop as usize).or(truth.hops.last()));
    for row in rows {
        shard.bytes("true_phase", &[], [row.phase.index() as u8]);
        shard.floats("true_aspects", &[row.aspects.len()], &row.aspects);
        shard.floats("latent", &[LATENTS.len()], &latents(row));
        shard.floats("so_far", &[], &[row.so_far]);
    }
    shard.floats("reference", &[], &[truth.reference]);
    shard.floats("families", &[], &truth.families.each_ref().map(|f| f.score));
    let seconds = |times: [Option<f64>; 3]| times.map(|t| t.map_or(f32::NAN, |t| t as f32));
    shard.floats("cues", &[], &seconds(truth.cues));
    shard.floats("acted", &[], &seconds(truth.acted));
}
