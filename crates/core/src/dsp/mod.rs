//! Signals into numbers: EEG filters and band powers, log-mel, thermal geometry and statistics.
//!
//! Everything is prepared at construction; the functions that run every hop do not allocate.

pub mod audio;
pub mod eeg;
pub(crate) mod lanes;
pub mod thermal;

/// 1 up to `good`, 0 from `bad` on, straight between them; 0 for NaN. `good < bad`.
pub(crate) fn falling(x: f32, good: f32, bad: f32) -> f32 {
    if x.is_nan() {
        return 0.0;
    }
    ((bad - x) / (bad - good)).clamp(0.0, 1.0)
}

/// 0 up to `low`, 1 from `high` on, straight between them; 0 for NaN. `low < high`.
pub(crate) fn rising(x: f32, low: f32, high: f32) -> f32 {
    if x.is_nan() {
        return 0.0;
    }
    ((x - low) / (high - low)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ramps_are_clamped_and_reject_nan() {
        for (x, down, up) in [
            (0.0, 1.0, 0.0),
            (1.0, 1.0, 0.0),
            (1.5, 0.5, 0.5),
            (3.0, 0.0, 1.0),
            (f32::NAN, 0.0, 0.0),
        ] {
            assert_eq!(falling(x, 1.0, 2.0), down, "{x}");
            assert_eq!(rising(x, 1.0, 2.0), up, "{x}");
        }
    }
}
