//! A wok, a chef and their sensors, simulated down to the bytes.
//!
//! Physics → truth → device bytes. Pure and seeded: no clock, no I/O, no threads. The truth says
//! what really happened; accuracy against it proves that software is consistent, not that it
//! tastes, because the labels are the simulator's own.

mod breath;
mod chef;
pub mod config;
mod cook;
pub mod dish;
mod link;
mod rig;
mod rng;
mod sense;
mod tally;
pub mod taste;
pub mod truth;
mod wok;

pub use config::{
    Camera, ChefDial, Config, Device, Faults, Headset, LinkDials, Microphone, Unplug,
};
pub use dish::{DISHES, Dish};
pub use rig::{Emission, Rig};
pub use sense::CYTON_SITES;
pub use taste::FamilyTruth;
pub use truth::{
    ASPECTS, CookTruth, CookingFault, Cue, DeviceClock, HOP_S, Phase, TASTE_AXES, Truth, TruthHop,
};

/// A cook without sensors, to its end.
pub fn cook(config: &Config) -> CookTruth {
    cook::Cook::new(config, [None; 3]).finish()
}
