//! Audio at 16 kHz: log-mel frames, band envelopes, quality.

mod log_mel;
mod quality;

pub use log_mel::{BAND_HZ, Envelope, LogMel};
pub use quality::Quality;
