//! Streams on one grid.

mod held;
mod kernel;
mod readings;
mod sampled;
mod station;
mod streams;
mod thermal;

pub use held::Held;
pub use kernel::Kernel;
pub use sampled::Sampled;
pub use station::{Counts, Station};

#[cfg(test)]
mod tests;
