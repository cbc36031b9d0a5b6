//! Thermal pictures: how the camera hangs, the crop around the wok, checks, and what is read off it.

mod check;
mod crop;
mod mounting;
mod turbulence;
mod wok;

pub use check::{Check, FROZEN_AFTER, Fault};
pub use crop::{Crop, WOK_RADIUS};
pub use mounting::{Circle, Mounting, Rotation};
pub use turbulence::{NOISE_KELVIN, Turbulence};
pub(crate) use wok::centre_of_heat;
pub use wok::{Reading, Scene};
