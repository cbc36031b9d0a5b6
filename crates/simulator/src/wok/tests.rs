//! Physical sanity of the wok.

use super::*;
use crate::dish::DISHES;

fn hidden() -> Hidden {
    Hidden {
        burner_w: 2500.0,
        ambient_c: 25.0,
        activation: 110e3,
        gate: 2.0,
        emissivity: 0.9,
        spl_exponent: 1.5,
        load: 1.0,
        liquid_load: 1.0,
        pace: 1.0,
        wok: 1.0,
    }
}

fn wok() -> Wok {
    Wok::new(hidden(), DISHES[0].recipe().charge, 5.0)
}

const REST: Agitation = Agitation {
    cover: 1.0,
    stagnation: 0.5,
};

fn run(wok: &mut Wok, seconds: f64, flame: f64) {
    for _ in 0..(seconds / STEP_S) as usize {
        wok.step(flame, REST);
    }
}

#[test]
fn an_empty_wok_heats_at_3_to_5_kelvin_a_second_and_settles_below_400() {
    let mut wok = wok();
    run(&mut wok, 5.0, 1.0);
    let before = wok.metal.zone_c();
    run(&mut wok, 20.0, 1.0);
    let rate = (wok.metal.zone_c() - before) / 20.0;
    assert!((3.0..=4.6).contains(&rate), "{rate} K/s");
    run(&mut wok, 900.0, 1.0);
    let settled = wok.metal.zone_c();
    assert!((340.0..=410.0).contains(&settled), "{settled} °C");
    // Centre and rim stay apart (lateral conduction is slow).
    let apart = wok.metal.ring_c[1] - wok.metal.ring_c[3];
    assert!((40.0..=220.0).contains(&apart), "{apart} K");
}

#[test]
fn a_cold_load_takes_the_wall_down() {
    let mut wok = wok();
    while wok.metal.zone_c() < 250.0 {
        wok.step(1.0, REST);
    }
    wok.act(Act::Oil(40.0));
    run(&mut wok, 5.0, 0.8);
    wok.act(Act::Food(0.3 / 0.35));
    let (mut reached, mut lowest) = (None, f64::MAX);
    for step in 0..600 {
        wok.step(0.85, REST);
        if reached.is_none() && wok.metal.zone_c() < 150.0 {
            reached = Some(f64::from(step) * STEP_S);
        }
        lowest = lowest.min(wok.metal.zone_c());
        assert!(wok.food.surface_c <= 103.0 || wok.food.wetness() < 0.25);
    }
    let at = reached.unwrap_or(f64::INFINITY);
    assert!((2.0..=15.0).contains(&at), "{at} s, lowest {lowest} °C");
    assert!((115.0..=150.0).contains(&lowest), "{lowest} °C");
}

#[test]
fn the_wall_recovers_once_the_surface_is_dry_and_the_food_browns() {
    let mut wok = wok();
    run(&mut wok, 60.0, 1.0);
    wok.act(Act::Food(0.6));
    run(&mut wok, 60.0, 1.0);
    let (wall, browning) = (wok.metal.zone_c(), wok.food.browning);
    run(&mut wok, 120.0, 1.0);
    assert!(wok.food.wetness() < 0.2, "{}", wok.food.wetness());
    assert!(
        wok.metal.zone_c() > wall + 20.0,
        "{wall} → {}",
        wok.metal.zone_c()
    );
    assert!(wok.food.browning > browning + 0.05, "{}", wok.food.browning);
}

#[test]
fn energy_of_an_empty_wok_is_conserved() {
    let mut wok = wok();
    let start = wok.metal.content_j();
    let mut supplied = 0.0;
    for _ in 0..4000 {
        wok.step(0.9, REST);
        supplied += wok.burner_w * STEP_S;
    }
    let kept = wok.metal.content_j() - start + wok.metal.lost_j;
    assert!(
        (kept - supplied).abs() < 1e-6 * supplied,
        "{kept} J kept of {supplied} J"
    );
}

#[test]
fn boiling_off_water_takes_its_latent_heat() {
    let mut wok = wok();
    wok.act(Act::Liquid(500.0, 0.0, 95.0));
    run(&mut wok, 120.0, 1.0);
    let (before, boiled) = (wok.pool.water_kg, wok.pool.evaporated_kg);
    run(&mut wok, 120.0, 1.0);
    let watts = (wok.pool.evaporated_kg - boiled) * LATENT / 120.0;
    assert!((before - wok.pool.water_kg - (wok.pool.evaporated_kg - boiled)).abs() < 1e-9);
    // The burner minus what a wok near 105 °C loses to the kitchen.
    assert!((1700.0..=2500.0).contains(&watts), "{watts} W");
    assert!(
        (wok.pool.celsius - 100.0).abs() < 0.5,
        "{}",
        wok.pool.celsius
    );
}

#[test]
fn a_syrup_boils_hotter() {
    let check = |solids: f64, low: f64, high: f64| {
        let mut pool = Pool::new(25.0);
        pool.pour(1.0 - solids, solids, 25.0);
        let c = pool.boiling_c();
        assert!((low..=high).contains(&c), "{solids}: {c} °C");
    };
    check(0.0, 100.0, 100.0);
    check(0.65, 104.0, 105.0);
    check(0.80, 111.0, 113.5);
}

#[test]
fn browning_follows_zanoni() {
    // k(200 °C) ≈ 3.5e-3 and k(150 °C) ≈ 5.0e-4 s⁻¹ for a dry surface without glaze.
    let check = |celsius: f64, rate: f64| {
        let mut food = Food::new(DISHES[0].recipe().charge, 25.0);
        food.add(1.0);
        food.film_kg = 0.0;
        food.surface_c = celsius;
        food.brown(celsius, 0.0, REST, 1.0, &hidden(), 1.0);
        assert!(
            (food.browning / rate - 1.0).abs() < 0.1,
            "{celsius}: {}",
            food.browning
        );
    };
    check(150.0, 5.0e-4);
    check(200.0, 3.5e-3);
    check(233.0, 1.0e-2);
}
