//! What identifies the features: a model trained on others is refused.

/// The definition of every input of the model that is made here. Whoever changes an output changes
/// this text, at least its version; the golden test holds the two together.
pub const SPEC: &str = "\
wokd features 1
eeg: 8 ch 250 Hz; hp 1 Hz butterworth 2; notch q 25; lp 45 Hz butterworth 4; settle 125; /50 uV; clip 10
eeg quality: 2 s; pp 150-300; flat 0.5; line 2-20; muscle 0.25-0.75; bad < 0.5; more than half bad = 0
mel: 64 slaney 50-8000 Hz; hann 400 of 512; hop 160; (ln(p + 1e-10) + 12) / 3.5
audio quality: valid share; clipped 0.001-0.1; silence 1.5 lsb 1 s
thermal: mean sd max / 100; quality saturation, age
wall: p90 within 0.8 r, emissivity; / 100
toss: log envelope 0.5-8 kHz autocorrelation 2 s; pictures 2 s least squares
dose: ln(1 + s at 150 C), Ea 110 kJ/mol, gate 103-125 C, cover by middle against outer wall
recipe: 8 x (low, high, known)
aux: ln(1 + gas) / 7; g / 2; probe / 200; ambient / 50; humidity / 100; spare; clip 5
";

/// FNV-1a, 64 bits (Fowler, Noll, Vo).
const fn fnv1a(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut hash = 0xCBF2_9CE4_8422_2325u64;
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01B3);
        i += 1;
    }
    hash
}

/// Hash of [`SPEC`]: the feature hash in a model's metadata.
pub const ID: u64 = fnv1a(SPEC);

/// [`ID`] as it is written in metadata: 16 hexadecimal digits.
#[must_use]
pub fn id_text() -> String {
    format!("{ID:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv1a() {
        for (text, hash) in [
            ("", 0xCBF2_9CE4_8422_2325),
            ("a", 0xAF63_DC4C_8601_EC8C),
            ("foobar", 0x8594_4171_F739_67E8),
        ] {
            assert_eq!(fnv1a(text), hash, "{text}");
        }
        assert_eq!(id_text().len(), 16);
    }
}
