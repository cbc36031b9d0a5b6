//! The features of a station from hops: masking, gaps, finiteness, the golden row, real recordings.

mod golden;
mod masking;
mod property;
mod real;
mod scene;
