//! Measures the taste anchors of every dish over random cooks without sensors and prints the
//! score table: `cargo run --release -p wok-simulator --example calibrate [COOKS]`.
//!
//! The constants go into the dish files by hand, once, before any training.

use wok_simulator::{ChefDial, Config, CookTruth, DISHES, Dish, cook};

fn mean_sd(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let var = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
    (mean, var.sqrt())
}

fn score(distance: f64, mid: f64, width: f64) -> f64 {
    100.0 / (1.0 + ((distance - mid) / width).exp())
}

/// Grid search for the (mid, width) that give a mean of 60 and an SD of 18.
fn fit(distances: &[f64]) -> (f64, f64) {
    let mut best = (f64::MAX, 1.0, 0.3);
    for m in 1..300 {
        for w in 1..120 {
            let (mid, width) = (f64::from(m) * 0.01, f64::from(w) * 0.01);
            let scores: Vec<f64> = distances.iter().map(|&d| score(d, mid, width)).collect();
            let (mean, sd) = mean_sd(&scores);
            let miss = (mean - 60.0).powi(2) + (sd - 18.0).powi(2);
            if miss < best.0 {
                best = (miss, mid, width);
            }
        }
    }
    (best.1, best.2)
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
    for (axis, name) in wok_simulator::TASTE_AXES.iter().enumerate() {
        let best = mean_sd(&ideal.iter().map(|c| c.taste[axis]).collect::<Vec<_>>());
        let all = mean_sd(&cooks.iter().map(|c| c.taste[axis]).collect::<Vec<_>>());
        println!(
            "  {name:>13}: ideal {:8.3} ±{:6.3}   cooks {:8.3} ±{:6.3}",
            best.0, best.1, all.0, all.1
        );
    }
    let column = |f: fn(&CookTruth) -> f64| mean_sd(&cooks.iter().map(f).collect::<Vec<_>>());
    let (minutes, scores) = (
        column(|c| c.duration_s / 60.0),
        column(|c| f64::from(c.reference)),
    );
    let distances: Vec<f64> = cooks
        .iter()
        .map(|c| (-c.families[0].utility).sqrt())
        .collect();
    let (mid, width) = fit(&distances);
    println!(
        "  minutes {:.1} ±{:.1}; score {:.1} ±{:.1}; flawless {:.1}; fit mid {mid:.2} width {width:.2}",
        minutes.0, minutes.1, scores.0, scores.1, ideal[0].reference
    );
    for cue in 0..3 {
        let errors: Vec<f64> = cooks
            .iter()
            .filter_map(|c| Some(c.truth.acted[cue]? - c.truth.cues[cue]?))
            .collect();
        if !errors.is_empty() {
            let (mean, sd) = mean_sd(&errors);
            println!(
                "  cue {cue}: n {:3}, acted − t* = {mean:7.1} ±{sd:6.1} s",
                errors.len()
            );
        }
    }
    let phases: Vec<String> = ideal[0]
        .truth
        .phases
        .iter()
        .map(|(p, s)| format!("{} {s:.0}", p.name()))
        .collect();
    println!("  flawless: {}", phases.join(", "));
    if std::env::var_os("TRACE").is_some() {
        let step = if ideal[0].truth.hops.len() > 5000 {
            300
        } else {
            25
        };
        for (k, h) in ideal[0].truth.hops.iter().enumerate().step_by(step) {
            println!(
                "  {:6.0} {:8} wall {:5.0} oil {:5.0} food {:5.1}/{:5.1} wet {:.2} B {:.2} D {:6.1} don {:5.2} liq {:.2} sol {:.2} whi {:3.0} toss {:.1}",
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
}

fn main() {
    let count = std::env::args()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(200_u64);
    for dish in DISHES {
        let cooks: Vec<CookTruth> = (0..count)
            .map(|seed| cook(&Config::physics(dish, seed)))
            .collect();
        report(dish, &cooks);
    }
}
