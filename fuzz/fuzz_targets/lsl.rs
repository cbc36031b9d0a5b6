#![no_main]

use firmware_interfaces::lsl::{self, ByteOrder, Decoder, Format, Item, Shape};

/// What came out, with texts put together.
fn items(mut decoder: Decoder, data: &[u8], size: usize) -> (Vec<String>, firmware_interfaces::Stats) {
    let (mut items, mut text) = (Vec::new(), Vec::new());
    for piece in data.chunks(size) {
        decoder.push(piece, |item| match item {
            Item::Piece(piece) => text.extend_from_slice(piece),
            item => items.push(format!("{item:?} {:?}", std::mem::take(&mut text))),
        });
    }
    (items, decoder.stats())
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    // The first byte says how the rest is split, the second what is expected of a feed.
    let [size, kind, data @ ..] = input else { return };
    let shape = Shape {
        format: Format::ALL[usize::from(kind & 7) % 7],
        channels: 1 + u32::from(kind >> 4),
        order: if kind & 8 == 0 { ByteOrder::Little } else { ByteOrder::Big },
    };
    for decoder in [Decoder::new(), Decoder::feed(shape)] {
        let whole = items(decoder.clone(), data, data.len().max(1));
        assert_eq!(items(decoder, data, usize::from(*size).max(1)), whole);
        assert!(whole.1.skipped_bytes <= data.len() as u64);
    }
    let _ = (lsl::Query::parse(data), lsl::QueryReply::parse(data));
    let _ = (lsl::TimeQuery::parse(data), lsl::TimeReply::parse(data));
    let _ = (lsl::FeedRequest::parse(data), lsl::FeedResponse::parse(data), lsl::head_len(data));
});
