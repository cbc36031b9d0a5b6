//! Lab Streaming Layer against the real liblsl, both ways, and against outlets that mean harm.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helper functions too"
)]

mod daemon;
mod devices;
mod far;
mod hostile;
mod inlet;
mod latency;
mod outlet;
mod peer;
mod signals;
mod source;
mod two_clocks;
