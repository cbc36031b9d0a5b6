//! Measures the taste anchors of every dish over random cooks without sensors and prints the
//! score table: `cargo run --release -p wok-simulator --example calibrate [COOKS
//! [FIRST_SEED]]`.
//! `TRACE=1` adds a flawless cook's course.
//!
//! The constants go into the dish files by hand, once, before any training.

use wok_simulator::taste::{Anchors, reference_utility};
use wok_simulator::{ChefDial, Config, CookTruth, DISHES, Dish, TASTE_AXES, cook};

/// Mean and SD that the map utility → 0–100 aims at.
const AIM: (f64, f64) = (60.0, 18.0);

/// Spreads below these are taken as these: an axis that hardly varies must not decide the score.
const FLOOR: [f64; 6] = [0.15, 0.1, 0.04, 4.0, 0.04, 0.5];

fn mean_sd(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / count;
    let variance = values.map(|v| (v - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt())
}

fn correlation(
    cooks: &[CookTruth],
    a: impl Fn(&CookTruth) -> f64 + Clone,
    b: impl Fn(&CookTruth) -> f64 + Clone,
) -> f64 {
    let ((ma, sa), (mb, sb)) = (
        mean_sd(cooks.iter().map(a.clone())),
        mean_sd(cooks.iter().map(b.clone())),
    );
    let sum: f64 = cooks.iter().map(|c| (a(c) - ma) * (b(c) - mb)).sum();
    sum / cooks.len() as f64 / (sa * sb).max(1e-12)
}

fn axis(cooks: &[CookTruth], axis: usize) -> (f64, f64) {
    mean_sd(cooks.iter().map(|c| c.taste[axis]))
}

/// Grid search for the map's middle and width.
fn fit(distances: &[f64]) -> (f64, f64) {
    let mut best = (f64::MAX, 1.0, 0.3);
    for m in 1..300 {
        for w in 1..120 {
            let (mid, width) = (f64::from(m) * 0.01, f64::from(w) * 0.01);
            let (mean, sd) = mean_sd(
                distances
                    .iter()
                    .map(|d| 100.0 / (1.0 + ((d - mid) / width).exp())),
            );
            let miss = (mean - AIM.0).powi(2) + (sd - AIM.1).powi(2);
            if miss < best.0 {
                best = (miss, mid, width);
            }
        }
    }
    (best.1, best.2)
}

/// The anchors that these cooks suggest.
fn suggest(dish: Dish, ideal: &[CookTruth], cooks: &[CookTruth]) -> Anchors {
    let mut found = Anchors {
        ideal: [0.0; 6],
        spread: FLOOR,
        mid: 1.0,
        width: 0.3,
    };
    for (j, floor) in FLOOR.into_iter().enumerate() {
        found.ideal[j] = axis(ideal, j).0;
        found.spread[j] = axis(cooks, j).1.max(floor);
    }
    found.ideal[5] = 0.0;
    let distances: Vec<f64> = cooks
        .iter()
        .map(|c| (-reference_utility(dish, &found, &c.taste)).sqrt())
        .collect();
    (found.mid, found.width) = fit(&distances);
    found
}

fn report(dish: Dish, cooks: &[CookTruth]) {
    println!("== {} {} ==", dish.id(), dish.name_zh());
    let flawless = ChefDial {
        flawless: true,
        ..ChefDial::default()
    };
    let ideal: Vec<CookTruth> = (0..8)
        .map(|seed| {
            cook(&Config {
                chef: flawless,
                ..Config::physics(dish, 1_000_000 + seed)
            })
        })
        .collect();
    for (j, name) in TASTE_AXES.iter().enumerate() {
        let (best, all) = (axis(&ideal, j), axis(cooks, j));
        println!(
            "  {name:>13}: flawless {:8.3} ±{:6.3}   cooks {:8.3} ±{:6.3}",
            best.0, best.1, all.0, all.1
        );
    }
    println!("  suggested: {:.3?}", suggest(dish, &ideal, cooks));
    let minutes = mean_sd(cooks.iter().map(|c| c.duration_s / 60.0));
    println!("  minutes {:.1} ±{:.1}", minutes.0, minutes.1);
    for family in 0..6 {
        let scores = mean_sd(cooks.iter().map(|c| f64::from(c.families[family].score)));
        print!("  family {family}: {:.1} ±{:.1}", scores.0, scores.1);
    }
    println!("\n  flawless scores {:.1}", ideal[0].reference);
    let r = |f: fn(&CookTruth) -> f64| correlation(cooks, f, |c| f64::from(c.reference));
    println!(
        "  r(score, ·): skill {:.2}, attention {:.2}, faults {:.2}, minutes {:.2}",
        r(|c| c.skill),
        r(|c| c.mean_attention),
        r(|c| c.faults.len() as f64),
        r(|c| c.duration_s)
    );
    let means: Vec<String> = (0..6)
        .map(|a| mean_sd(cooks.iter().map(|c| f64::from(c.aspects[a]))))
        .zip(wok_simulator::ASPECTS)
        .map(|((mean, sd), name)| format!("{name} {mean:.2} ±{sd:.2}"))
        .collect();
    println!("  aspects: {}", means.join(", "));
    for cue in 0..3 {
        let errors = cooks
            .iter()
            .filter_map(|c| Some(c.acted[cue]? - c.cues[cue]?));
        let (mean, sd) = mean_sd(errors.clone());
        if errors.clone().next().is_some() {
            println!(
                "  cue {cue}: n {:3}, acted − t* = {mean:7.1} ±{sd:6.1} s",
                errors.count()
            );
        }
    }
    let phases: Vec<String> = ideal[0]
        .phases
        .iter()
        .map(|(p, s)| format!("{} {s:.0}", p.name()))
        .collect();
    println!("  flawless: {}", phases.join(", "));
    if std::env::var_os("TRACE").is_some() {
        trace(&ideal[0]);
    }
}

fn trace(cook: &CookTruth) {
    let step = if cook.hops.len() > 5000 { 300 } else { 25 };
    for (k, h) in cook.hops.iter().enumerate().step_by(step) {
        println!(
            "  {:6.0} {:8} wall {:5.0} oil {:5.0} food {:5.1}/{:5.1} wet {:.2} B {:.2} D {:6.1} \
             done {:5.2} liquid {:.2} solids {:.2} whi {:3.0} toss {:.1}",
            k as f64 * 0.2,
            h.phase.name(),
            h.wall_c,
            h.oil_c,
            h.food_surface_c,
            h.food_core_c,
            h.moisture,
            h.browning,
            h.dose_s,
            h.doneness,
            h.liquid_fraction,
            h.solids,
            h.whi,
            h.toss_hz
        );
    }
}

fn main() {
    let argument = |n| std::env::args().nth(n).and_then(|n| n.parse::<u64>().ok());
    let (count, first) = (argument(1).unwrap_or(200), argument(2).unwrap_or(0));
    for dish in DISHES {
        let cooks: Vec<CookTruth> = (first..first + count)
            .map(|seed| cook(&Config::physics(dish, seed)))
            .collect();
        report(dish, &cooks);
    }
}
