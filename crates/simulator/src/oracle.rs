//! What may still become of a cook: the floor under every forecast of its score.
//!
//! A cook is forked at a moment and cooked to its end many times, each time with another future:
//! attention, misjudgements, reactions and mishaps are drawn anew, the state is kept. The median of
//! those ends is the best forecast of somebody who sees the whole state; nobody who sees less can do
//! better on average.

use crate::chef::Onlooker;
use crate::config::Config;
use crate::cook::Cook;
use crate::rng::{Dice, Stream};
use crate::wok::Hidden;

/// What the oracle knows of what no sensor shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// The whole state, hidden kinetics included.
    State,
    /// All but what is in the chef's head: skill, what this stage is misjudged by, and how long the
    /// chef will linger are drawn from what an onlooker may conclude who has seen everything that
    /// was done and knows the wok, the burner, the pace and the attention exactly.
    Onlooker,
    /// All but the kinetics: the activation energy and the drying gate are drawn anew for every fork,
    /// with the same course of everything that leaves a trace on a sensor.
    Traces,
}

/// The reference scores (0–100) of `count` ends of a cook, forked after each of `shares` (0–1) of its
/// length, rising. At share 1 only what is hidden is left to differ.
pub fn forks(config: &Config, shares: &[f64], count: u64, sight: Sight) -> Vec<Vec<f32>> {
    let length_s = Cook::new(config, [None; 3]).finish().duration_s;
    let mut ends = vec![Vec::new(); shares.len()];
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|a, b| shares[*a].total_cmp(&shares[*b]));
    match sight {
        Sight::State | Sight::Onlooker => {
            let mut cook = Cook::new(config, [None; 3]);
            let guesses = Dice::new(future(config.seed, count), Stream::Chef);
            cook.chef.onlooker = (sight == Sight::Onlooker).then(|| Onlooker::new(guesses));
            for &slot in &order {
                cook.reach(shares[slot] * length_s);
                let mut now = cook.clone();
                let onlooker = now.chef.onlooker.take();
                let mut dice = Dice::new(future(config.seed, count), Stream::Cook);
                ends[slot] = (0..count)
                    .map(|fork| {
                        let mut cook = now.clone();
                        if let Some(onlooker) = &onlooker {
                            onlooker.imagine(&mut cook.chef, &mut dice);
                        }
                        end(cook, config.seed, fork)
                    })
                    .collect();
            }
        }
        Sight::Traces => {
            for fork in 0..count {
                let mut cook = Cook::new(config, [None; 3]);
                let mut dice = Dice::new(future(config.seed, fork), Stream::Cook);
                let drawn = Hidden::draw(&mut dice, false);
                cook.wok.hidden.activation = drawn.activation;
                cook.wok.hidden.gate = drawn.gate;
                for &slot in &order {
                    cook.reach(shares[slot] * length_s);
                    ends[slot].push(end(cook.clone(), config.seed, fork));
                }
            }
        }
    }
    ends.iter_mut()
        .for_each(|scores| scores.sort_by(f32::total_cmp));
    ends
}

/// A seed for one fork's future that no cook has.
fn future(seed: u64, fork: u64) -> u64 {
    (seed << 20) ^ (fork + 1) ^ 0x0fac_1e00_0000_0000
}

fn end(mut cook: Cook, seed: u64, fork: u64) -> f32 {
    let now = cook.now_s();
    cook.chef
        .fate(Dice::new(future(seed, fork), Stream::Chef), now);
    cook.finish().reference
}
