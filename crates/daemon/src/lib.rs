//! Live home-taste scores from a kitchen.

#![cfg_attr(not(test), warn(clippy::print_stdout, clippy::print_stderr))]

pub mod app;
#[cfg(feature = "demo")]
pub mod broker;
pub mod cli;
pub mod clock;
pub mod config;
pub mod engine;
pub mod inbox;
pub mod logging;
pub mod lsl;
pub mod model;
pub mod notice;
pub mod notify;
pub mod pulse;
pub mod puppet;
pub mod record;
pub mod rehearsal;
pub mod replay;
pub mod sinks;
pub mod sources;
pub mod stepper;
