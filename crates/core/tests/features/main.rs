//! The features of a station from hops: masking, gaps, finiteness, the golden row, real recordings.

#![allow(
    clippy::disallowed_methods,
    reason = "a test reads recordings; the core may not"
)]

mod golden;
mod masking;
mod property;
mod real;
mod scene;
