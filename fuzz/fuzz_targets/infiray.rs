#![no_main]

use firmware_interfaces::infiray::{FRAME_LEN, Frame, celsius, value};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    assert_eq!(Frame::parse(input).is_ok(), input.len() == FRAME_LEN);
    for &word in input.as_chunks::<2>().0 {
        let word = u16::from_le_bytes(word);
        assert_eq!(value(celsius(word)), word);
    }
    if let Some(bytes) = input.first_chunk() {
        // Any number at all, infinities and NaN among them, gives some value.
        let _ = value(f32::from_le_bytes(*bytes));
    }
});
