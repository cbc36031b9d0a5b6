//! Measures the simulator with all three modalities on one core:
//! `cargo run --release -p wok-simulator --example speed`. Prints one JSON object per line.

use std::time::Instant;

use wok_simulator::{Config, DISHES, Rig, cook};

fn main() {
    let started = Instant::now();
    let (mut simulated_s, mut bytes) = (0.0, 0_usize);
    for dish in [DISHES[0], DISHES[3], DISHES[4]] {
        let mut rig = Rig::new(Config::new(dish, 7));
        while let Some(emission) = rig.next() {
            bytes += emission.bytes.len();
        }
        simulated_s += rig.finish().duration_s;
    }
    let speed = simulated_s / started.elapsed().as_secs_f64();
    println!(r#"{{"name":"simulator_speed","value":{speed:.1},"unit":"x real time"}}"#);

    let started = Instant::now();
    let simulated_s: f64 = DISHES
        .into_iter()
        .map(|dish| cook(&Config::physics(dish, 7)).duration_s)
        .sum();
    let speed = simulated_s / started.elapsed().as_secs_f64();
    println!(r#"{{"name":"simulator_physics_speed","value":{speed:.0},"unit":"x real time"}}"#);
    eprintln!("{bytes} bytes emitted");
}
