#![no_main]

use firmware_interfaces::lepton::{Frame, Model, encode};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    assert!(Frame::parse(input).is_ok() == Model::ALL.iter().any(|m| [false, true].iter().any(|&t| m.frame_len(t) == input.len())));
    // A fuzzer does not reach 39,040 bytes by itself: its bytes are repeated to a whole frame.
    for (model, telemetry) in [(Model::Lepton2, false), (Model::Lepton2, true), (Model::Lepton3, true)] {
        let bytes: Vec<u8> = input.iter().copied().chain([0]).cycle().take(model.frame_len(telemetry)).collect();
        let frame = Frame::parse(&bytes).expect("a whole frame");
        if let Ok(celsius) = frame.celsius() {
            assert!(celsius.into_iter().all(f32::is_finite));
        }
        let counts: Vec<u16> = frame.counts().collect();
        let mut out = vec![0; bytes.len()];
        encode(model, &counts, frame.telemetry().as_ref(), &mut out).expect("room for a frame");
        let again = Frame::parse(&out).expect("a whole frame");
        assert!(again.counts().eq(counts) && again.telemetry() == frame.telemetry());
    }
});
