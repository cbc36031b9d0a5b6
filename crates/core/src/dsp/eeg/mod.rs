//! EEG at 250 Hz: filtering, band powers and quality.

mod filter;
mod window;

pub use filter::{Filter, RATE_HZ, SETTLE_TICKS};
pub(crate) use window::hann;
pub use window::{BandPowers, Quality, WINDOW_TICKS, Window};
