//! The pure heart of wokd.
