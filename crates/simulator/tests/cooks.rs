//! Whole cooks without sensors: every dish completes, cues are in order, scores spread.

use wok_simulator::oracle::{Sight, forks};
use wok_simulator::{
    ChefDial, Config, CookTruth, Cue, DISHES, Dish, FamilyTruth, HOP_S, Kitchen, Phase, TASTE_AXES,
    cook,
};

fn cooks(dish: Dish, seeds: std::ops::Range<u64>) -> Vec<CookTruth> {
    seeds
        .map(|seed| cook(&Config::physics(dish, seed)))
        .collect()
}

fn mean_sd(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
    (mean, variance.sqrt())
}

/// Fewer cooks of the hour-long braise keep the test quick.
fn seeds(dish: Dish) -> std::ops::Range<u64> {
    if dish.id() == "hong-shao-rou" {
        0..80
    } else {
        0..400
    }
}

#[test]
fn six_dishes_have_ids_and_names() {
    let ids = DISHES.map(Dish::id);
    assert_eq!(
        ids,
        [
            "gong-bao",
            "hui-guo-rou",
            "hong-shao-rou",
            "mapo-tofu",
            "egg-fried-rice",
            "tomato-egg"
        ]
    );
    for dish in DISHES {
        assert_eq!(Dish::from_id(dish.id()), Some(dish));
        assert!(!dish.name_zh().is_ascii() && dish.name_en().is_ascii());
    }
    assert_eq!(Dish::from_id("hot-pot"), None);
}

#[test]
fn reference_scores_spread_within_each_dish() {
    for dish in DISHES {
        let scores: Vec<f64> = cooks(dish, seeds(dish))
            .iter()
            .map(|c| f64::from(c.reference))
            .collect();
        let (mean, sd) = mean_sd(&scores);
        assert!(
            (55.0..=65.0).contains(&mean),
            "{}: mean {mean:.1}",
            dish.id()
        );
        // 18 ± 2 with the sampling error of so few cooks; 18,700 training cooks have 17.3 to 18.7 by dish (`training/README.md`).
        assert!((15.0..=21.0).contains(&sd), "{}: SD {sd:.1}", dish.id());
    }
}

#[test]
fn families_agree_in_the_large_and_differ_in_the_small() {
    let all = cooks(DISHES[0], 0..150);
    let column = |family: usize| -> Vec<f64> {
        all.iter()
            .map(|c| f64::from(c.families[family].score))
            .collect()
    };
    let grandmother = column(0);
    for family in 1..6 {
        let other = column(family);
        let ((ma, sa), (mb, sb)) = (mean_sd(&grandmother), mean_sd(&other));
        let covariance = grandmother
            .iter()
            .zip(&other)
            .map(|(a, b)| (a - ma) * (b - mb));
        let r = covariance.sum::<f64>() / all.len() as f64 / (sa * sb);
        assert!((0.4..0.995).contains(&r), "family {family}: r = {r:.3}");
    }
}

#[test]
fn a_skilled_and_attentive_chef_cooks_better() {
    let mean = |level: f64| -> f64 {
        let chef = ChefDial {
            attention: Some(level),
            skill: Some(level),
            ..ChefDial::default()
        };
        let scores: Vec<f64> = (0..60)
            .map(|seed| {
                cook(&Config {
                    chef,
                    ..Config::physics(DISHES[0], seed)
                })
            })
            .map(|c| f64::from(c.reference))
            .collect();
        mean_sd(&scores).0
    };
    let (poor, good) = (mean(0.3), mean(0.9));
    assert!(good > poor + 10.0, "poor {poor:.1}, good {good:.1}");
}

#[test]
fn a_flawless_cook_scores_high_and_hits_its_cues() {
    for dish in DISHES {
        let chef = ChefDial {
            flawless: true,
            ..ChefDial::default()
        };
        let done = cook(&Config {
            chef,
            ..Config::physics(dish, 5)
        });
        assert!(
            done.reference > 85.0,
            "{}: {:.1}",
            dish.id(),
            done.reference
        );
        assert!(done.faults.is_empty());
        let cues = done.cues.iter().zip(done.acted);
        for (crossed, acted) in cues.filter_map(|(&t, acted)| t.zip(acted)) {
            assert!(
                (acted - crossed).abs() < 0.2,
                "{}: {acted} s, t* {crossed} s",
                dish.id()
            );
        }
    }
}

#[test]
fn every_cook_ends_with_sane_states_and_cues_in_order() {
    for dish in DISHES {
        for done in cooks(dish, 0..12) {
            let truth = &done;
            let what = format!("{} seed {}", dish.id(), done.seed);
            assert_eq!(truth.phases.last().map(|p| p.0), Some(Phase::Off), "{what}");
            assert!(truth.phases.windows(2).all(|p| p[0].1 < p[1].1), "{what}");
            assert!(
                (90.0..3.0 * 3600.0).contains(&done.duration_s),
                "{what}: {}",
                done.duration_s
            );
            assert!(
                (truth.hops.len() as f64 * 0.2 - done.duration_s).abs() < 0.3,
                "{what}"
            );
            let acted: Vec<f64> = Cue::ALL
                .iter()
                .filter_map(|c| truth.acted[c.index()])
                .collect();
            assert!(acted.is_sorted(), "{what}: {acted:?}");
            let crossed: Vec<f64> = Cue::ALL
                .iter()
                .filter_map(|c| truth.cues[c.index()])
                .collect();
            assert!(crossed.iter().all(|t| *t >= 0.0), "{what}");
            for cue in 0..3 {
                let Some((t, acted)) = truth.cues[cue].zip(truth.acted[cue]) else {
                    continue;
                };
                // Where the chef was early, what would have come is known as far as it counts.
                let counts = 3.0 * dish.recipe().tolerance_s[cue] + 0.1;
                assert!(t <= acted + counts, "{what}: {t} {acted}");
            }
            // Bloom belongs before flame-off even when the chef misjudged.
            if let (Some(bloom), Some(off)) = (truth.cues[0], truth.acted[2]) {
                assert!(bloom < off, "{what}: {bloom} {off}");
            }
            for hop in &truth.hops {
                let ok = hop.wall_c.is_finite()
                    && (10.0..450.0).contains(&hop.wall_c)
                    && (0.0..=1.0).contains(&hop.browning)
                    && (0.0..=1.0).contains(&hop.moisture)
                    && (0.0..=100.0).contains(&hop.whi)
                    && (0.0..=1.0).contains(&hop.attention)
                    && (hop.toss_hz == 0.0 || (2.0..=4.0).contains(&hop.toss_hz))
                    && hop.aspects.iter().all(|a| (0.0..=1.0).contains(a))
                    && hop.utility <= 0.0
                    && (hop.food_surface_c < 103.0 || hop.moisture < 0.3);
                assert!(ok, "{what}: {hop:?}");
            }
            assert_eq!(done.taste.len(), TASTE_AXES.len());
            for FamilyTruth {
                utility,
                score,
                ratings,
            } in done.families
            {
                assert!(utility <= 0.0 && (0.0..=100.0).contains(&score), "{what}");
                assert!(ratings.iter().all(|r| (1..=9).contains(r)), "{what}");
            }
        }
    }
}

#[test]
fn durations_stay_near_the_script() {
    // Minutes a dish may take over the seeds of a test run.
    let check = |id: &str, low: f64, high: f64| {
        let dish = Dish::from_id(id).expect("a dish of the list");
        let minutes: Vec<f64> = cooks(dish, 0..30)
            .iter()
            .map(|c| c.duration_s / 60.0)
            .collect();
        let (mean, _) = mean_sd(&minutes);
        assert!((low..=high).contains(&mean), "{id}: {mean:.1} min");
    };
    check("gong-bao", 4.0, 9.0);
    check("hui-guo-rou", 18.0, 32.0);
    check("hong-shao-rou", 60.0, 100.0);
    check("mapo-tofu", 9.0, 20.0);
    check("egg-fried-rice", 2.5, 6.0);
    check("tomato-egg", 3.5, 8.0);
}

#[test]
fn a_chef_who_acts_first_meets_what_would_have_come() {
    // An early chef's crossing lies after the act.
    for dish in DISHES {
        let early = cooks(dish, 0..60)
            .iter()
            .flat_map(|done| done.cues.into_iter().zip(done.acted))
            .filter(|(t, acted)| t.zip(*acted).is_some_and(|(t, acted)| acted < t))
            .count();
        assert!(early > 0, "{}", dish.id());
    }
}

#[test]
fn rice_is_done_when_the_seasoning_has_cooked_in_not_when_it_is_poured() {
    // A cue that is due at an act of the chef's own could be foreseen by nobody.
    let dish = Dish::from_id("egg-fried-rice").expect("a dish of the list");
    let mut waits: Vec<f64> = cooks(dish, 0..40)
        .iter()
        .filter_map(|done| {
            let poured = done.hops.iter().position(|hop| hop.liquid_fraction > 0.0)?;
            Some(done.cues[2]? - poured as f64 * HOP_S)
        })
        .collect();
    waits.sort_by(f64::total_cmp);
    assert!(waits.len() > 30 && waits[4] > 6.0, "{waits:.1?}");
    assert!(waits[waits.len() / 2] < 30.0, "{waits:.1?}");
}

#[test]
fn the_oracle_knows_an_ended_cook_and_doubts_a_begun_one() {
    let dish = Dish::from_id("tomato-egg").expect("a dish of the list");
    let config = Config::physics(dish, 11);
    let truth = cook(&config).reference;
    let spread = |ends: &[f32]| ends[ends.len() - 1] - ends[0];
    let state = forks(&config, &[1.0, 0.25], 20, Sight::State);
    assert!(state[0].iter().all(|score| *score == truth));
    assert!(spread(&state[1]) > 10.0, "{:?}", state[1]);
    assert!(state[1].is_sorted());
    // The hidden kinetics move the score of the same course a little.
    let traces = forks(&config, &[1.0], 20, Sight::Traces);
    assert!((0.01..20.0).contains(&spread(&traces[0])), "{traces:?}");
    assert_eq!(state, forks(&config, &[1.0, 0.25], 20, Sight::State));
}

#[test]
fn an_onlooker_doubts_what_the_oracle_knows_and_is_right_about_the_doubt() {
    let dish = Dish::from_id("egg-fried-rice").expect("a dish of the list");
    let (mut state, mut onlooker, mut within) = (0.0, 0.0, 0);
    const COOKS: u64 = 60;
    for seed in 0..COOKS {
        let config = Config::physics(dish, 3000 + seed);
        let truth = cook(&config).reference;
        let middle = |sight| {
            let ends = forks(&config, &[0.75], 40, sight).remove(0);
            (ends[20] - truth, ends[4] <= truth && truth <= ends[35])
        };
        state += middle(Sight::State).0.abs();
        let (error, inside) = middle(Sight::Onlooker);
        onlooker += error.abs();
        within += u64::from(inside);
    }
    // Whether the flame goes off at the next moment is in the chef's head alone.
    assert!(onlooker > 1.5 * state, "{onlooker} {state}");
    // Four fifths of the truths lie within the middle four fifths of the guesses.
    assert!((39..=56).contains(&within), "{within}");
}

#[test]
fn a_kitchen_of_another_kind_cooks_otherwise() {
    let config = Config::physics(DISHES[0], 3);
    let home = cook(&config);
    for (name, kitchen) in Kitchen::OTHERS {
        let other = cook(&Config {
            kitchen,
            ..config.clone()
        });
        let physical = !matches!(name, "noise" | "camera");
        assert_eq!(other.taste != home.taste, physical, "{name}");
    }
}
