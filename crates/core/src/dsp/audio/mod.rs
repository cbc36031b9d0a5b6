//! Audio at 16 kHz: log-mel frames, band envelopes, quality.

mod log_mel;
mod mel;
mod quality;

pub use log_mel::{Envelope, LogMel};
pub use mel::BAND_HZ;
pub use quality::Quality;
