#![no_main]

include!("stream.rs");

fuzz_stream!(woklink);
