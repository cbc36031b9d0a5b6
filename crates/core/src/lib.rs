//! The pure heart of `wokd`: clocks, grid, features and the pipeline.
//!
//! Nothing here reads a clock, a file or a socket, and nothing here knows a runtime. The pipeline is
//! a function of one totally ordered log of events: the same log gives the same verdicts.

pub mod align;
pub mod aspects;
pub mod clock;
pub mod config;
pub mod crossmodal;
pub mod cue;
pub mod device;
pub mod dsp;
pub mod event;
pub mod features;
pub mod grid;
pub mod hop;
pub mod log;
pub mod pipeline;
pub mod recipe;
pub mod step;
pub mod time;
pub mod verdict;
