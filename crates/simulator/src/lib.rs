//! A wok, a chef and their sensors, simulated down to the bytes.
//!
//! Physics → truth → device bytes. Pure and seeded: no clock, no I/O, no threads. The truth says
//! what really happened; accuracy against it proves that software is consistent, not that it
//! tastes, because the labels are the simulator's own.
//!
//! ```
//! use wok_simulator::{Config, Device, Dish, Rig};
//!
//! let dish = Dish::from_id("gong-bao").expect("one of the six");
//! let mut rig = Rig::new(Config::new(dish, 7));
//! let mut audio = 0;
//! while let Some(emission) = rig.next() {
//!     if emission.device == Device::Microphone {
//!         audio += emission.bytes.len();
//!     }
//!     if emission.at_ns > 2_000_000_000 {
//!         break;
//!     }
//! }
//! assert!(audio > 50_000);
//! let truth = rig.finish();
//! assert!((0.0..=100.0).contains(&truth.reference));
//! ```
//!
//! | Module | What it is |
//! |---|---|
//! | [`config`] | the cook's dials: devices, chef, faults, links |
//! | [`dish`] | the six dishes as data |
//! | `wok` | heat, water, browning, steam |
//! | `chef` | script, attention, hands, mishaps |
//! | `sense` | picture, sound and voltages, and the devices' bytes |
//! | `link` | drifting clocks, serial lines, read jitter |
//! | [`truth`], [`taste`] | labels, families, utility and score |

mod breath;
mod chef;
pub mod config;
mod cook;
pub mod dish;
mod link;
pub mod oracle;
mod rig;
mod rng;
mod sense;
mod tally;
pub mod taste;
pub mod truth;
mod wok;

pub use config::{
    Camera, ChefDial, Config, Device, Faults, Headset, Kitchen, LinkDials, Microphone, Unplug,
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
