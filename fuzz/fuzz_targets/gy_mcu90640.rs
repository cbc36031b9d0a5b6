#![no_main]

include!("stream.rs");

fuzz_stream!(gy_mcu90640);
