//! The sensors: what the state of the cook looks, sounds and feels like to three devices.

mod brain;
mod bridge;
mod camera;
mod headset;
mod microphone;
mod rhythm;
mod sound;
mod thermal;
mod voices;

pub(crate) use camera::CameraSource;
pub(crate) use headset::HeadsetSource;
pub(crate) use microphone::MicrophoneSource;

use crate::cook::Cook;

pub use brain::CYTON_SITES;

/// A device that hands blocks of bytes to the host.
pub(crate) trait Source {
    /// Advances by one tick of the transport, fills `out` with what arrives (perhaps nothing: a
    /// silent device must not let the physics run away) and returns the host time in seconds;
    /// `None` after the end of the cook.
    fn fill(&mut self, cook: &mut Cook, out: &mut Vec<u8>) -> Option<f64>;

    /// Takes bytes that the host wrote at `at_s`; most devices here do not listen.
    fn hear(&mut self, at_s: f64, bytes: &[u8]) {
        let _ = (at_s, bytes);
    }
}

#[cfg(test)]
mod tests;
