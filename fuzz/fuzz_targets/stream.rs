// What every stream decoder promises for any bytes: no panic, every byte accounted for, and the same items however they were split.

/// Decodes `$data` in pieces of `$size` bytes: the items as text, and the statistics.
macro_rules! items {
    ($module:ident, $data:expr, $size:expr) => {{
        let mut decoder = firmware_interfaces::$module::Decoder::new();
        let mut items = Vec::new();
        for piece in $data.chunks($size) {
            decoder.push(piece, |item| items.push(format!("{item:?}")));
        }
        (items, decoder.stats())
    }};
}

#[allow(unused_macros, reason = "one target has more to check")]
macro_rules! fuzz_stream {
    ($module:ident) => {
        libfuzzer_sys::fuzz_target!(|input: &[u8]| {
            // The first byte says how the rest is split.
            let Some((&size, data)) = input.split_first() else { return };
            let whole = items!($module, data, data.len().max(1));
            assert_eq!(items!($module, data, usize::from(size).max(1)), whole);
            assert!(whole.1.skipped_bytes <= data.len() as u64);
        });
    };
}
