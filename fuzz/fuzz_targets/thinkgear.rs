#![no_main]

use firmware_interfaces::thinkgear::{Decoder, Item, MAX_PACKET, encode};

include!("stream.rs");

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((&size, data)) = input.split_first() else { return };
    let whole = items!(thinkgear, data, data.len().max(1));
    assert_eq!(items!(thinkgear, data, usize::from(size).max(1)), whole);
    assert!(whole.1.skipped_bytes <= data.len() as u64);
    // Rows of whatever passes the checksum end, and what was read can be written.
    Decoder::new().push(data, |item| {
        if let Item::Packet(packet) = item {
            let rows: Vec<_> = packet.rows().collect();
            assert!(encode(&rows, &mut [0; MAX_PACKET + 16]).is_ok());
        }
    });
});
