//! What is computed of a dish from physics rather than learned.

pub mod maillard;
pub mod toss;
pub mod wok_hei;
