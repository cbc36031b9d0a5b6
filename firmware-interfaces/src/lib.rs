//! Bytes of the sensors around a wok: decode and encode, without `std`, without allocation, without I/O.
//!
//! Each sensor's firmware has its module. A *stream* module (serial bytes) has a `Decoder`: `push(bytes, on)` takes reads of any
//! size and calls `on` with each `Item` in order, the same items however the bytes were split. It never panics, never allocates,
//! holds at most about two frames, finds its way back within two frames of garbage, and says what it threw away. A *frame* module
//! (USB video, whose frames arrive whole) has a `Frame` that reads and writes one buffer. Every module also encodes, for
//! simulated devices and tests.
//!
//! | Module | Sensor | Kind | What comes out, in which unit |
//! |---|---|---|---|
//! | [`cyton`] | OpenBCI Cyton, Daisy | stream | 8 or 16 EEG channels in counts (0.02235 µV at gain 24), 250 or 125 Hz |
//! | [`thinkgear`] | NeuroSky ThinkGear | stream | 1 EEG channel in counts (0.22 µV), 512 Hz |
//! | [`gy_mcu90640`] | GY-MCU90640 (MLX90640) | stream | 32×24 in hundredths of a °C, 0.5–8 frames a second |
//! | [`lepton`] | FLIR Lepton 2 and 3 (Y16) | frame | 80×60 or 160×120 in 0.01 or 0.1 K, only with TLinear; telemetry |
//! | [`infiray`] | InfiRay P2 Pro, Topdon TC001 | frame | 256×192 in 1/64 K, 25 Hz |
//! | [`lsl`] | any Lab Streaming Layer outlet | network | samples of numbers or texts, with the sender's stamp in seconds |
//! | [`woklink`] | a microcontroller on the rig | stream | thermal frames, PCM, temperatures, IMU, gas, with device time in µs |

#![no_std]

mod crc;
mod stream;

pub mod cyton;
pub mod gy_mcu90640;
pub mod infiray;
pub mod lepton;
pub mod lsl;
pub mod thinkgear;
pub mod woklink;

pub use stream::{SKIP_REPORT, Stats, TooSmall};
