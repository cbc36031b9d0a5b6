//! How well anybody could forecast the reference score: mean absolute error of a dish's median, and
//! of the median of the forks of the true state, without what is in the chef's head, and without the
//! kinetics that no sensor shows, at quarters of the cook and just before the flame is off: `cargo run --release -p wok-simulator --example floor [COOKS [FORKS]]`.

use wok_simulator::oracle::{Sight, forks};
use wok_simulator::{Config, CookTruth, DISHES, Dish, cook};

/// How long before its end a cook's flame is still on: 25 s follow flame-off, and a quarter at most until the next look at the clock.
const BEFORE_OFF_S: f64 = 25.4;

/// Shares of a cook at which the forks begin: quarters, the last moment with a flame, and the end.
fn shares(duration_s: f64) -> [f64; 5] {
    [0.25, 0.5, 0.75, 1.0 - BEFORE_OFF_S / duration_s, 1.0]
}

fn median(sorted: &[f32]) -> f32 {
    sorted[sorted.len() / 2]
}

/// Mean absolute error of the forks' medians at each of [`shares`].
fn errors(configs: &[Config], truths: &[CookTruth], count: u64, sight: Sight) -> [f32; 5] {
    let mut errors = [0.0; 5];
    for (config, truth) in configs.iter().zip(truths) {
        let ends = forks(config, &shares(truth.duration_s), count, sight);
        for (error, scores) in errors.iter_mut().zip(&ends) {
            *error += (median(scores) - truth.reference).abs() / configs.len() as f32;
        }
    }
    errors
}

fn report(dish: Dish, cooks: u64, count: u64) {
    let configs: Vec<Config> = (0..cooks)
        .map(|seed| Config::physics(dish, 700_000 + seed))
        .collect();
    let truths: Vec<CookTruth> = configs.iter().map(cook).collect();
    let scores: Vec<f32> = truths.iter().map(|truth| truth.reference).collect();
    let mut sorted = scores.clone();
    sorted.sort_by(f32::total_cmp);
    let middle = median(&sorted);
    let base = scores.iter().map(|s| (s - middle).abs()).sum::<f32>() / scores.len() as f32;
    let state = errors(&configs, &truths, count, Sight::State);
    let onlooker = errors(&configs, &truths, count, Sight::Onlooker);
    // Every fork of this kind cooks the whole cook again.
    let traces = errors(&configs, &truths, count.min(30), Sight::Traces);
    println!(
        "{:15} median {base:5.2} | whole state {state:5.2?} | without the chef's head {onlooker:5.2?} | without the kinetics {traces:5.2?}",
        dish.id()
    );
}

fn main() {
    let argument = |n| std::env::args().nth(n).and_then(|n| n.parse::<u64>().ok());
    let (cooks, count) = (argument(1).unwrap_or(40), argument(2).unwrap_or(200));
    for dish in DISHES {
        report(dish, cooks, count);
    }
}
