//! LSL's bytes: what liblsl sends is read exactly, what is written is what liblsl would, and no bytes do harm.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helper functions too"
)]

mod common;

use common::recording;
use firmware_interfaces::lsl::{
    ByteOrder, Decoder, Fault, FeedRequest, FeedResponse, Format, HEADER_LEN, Header, Item,
    MAX_HEAD, MAX_TEXT, Number, Query, QueryReply, Refusal, Shape, Stamp, TimeQuery, TimeReply,
    encode, encode_patterns, encode_texts, head_len,
};
use proptest::prelude::*;

/// What a decoder said, texts put together.
#[derive(Debug, Clone, PartialEq)]
enum Seen {
    Header(Header),
    Sample(Stamp, Vec<Number>, Vec<String>),
    Fault(Fault),
    Skipped(u32),
}

fn decode(mut decoder: Decoder, pieces: &[&[u8]]) -> (Vec<Seen>, Decoder) {
    let mut seen = Vec::new();
    let (mut stamp, mut numbers, mut texts) = (Stamp::Deduced, Vec::new(), Vec::new());
    for piece in pieces {
        decoder.push(piece, |item| match item {
            Item::Header(header) => seen.push(Seen::Header(header)),
            Item::Sample { stamp: at } => {
                stamp = at;
                numbers = Vec::new();
                texts = Vec::<Vec<u8>>::new();
            }
            Item::Number { channel, value } => {
                assert_eq!(channel as usize, numbers.len());
                numbers.push(value);
            }
            Item::Text { channel, bytes } => {
                assert_eq!(channel as usize, texts.len());
                assert!(bytes <= MAX_TEXT);
                texts.push(Vec::new());
            }
            Item::Piece(piece) => texts.last_mut().unwrap().extend_from_slice(piece),
            Item::End => {
                let texts = texts.iter().map(|t| String::from_utf8_lossy(t).into());
                seen.push(Seen::Sample(stamp, numbers.clone(), texts.collect()));
            }
            Item::Fault(fault) => seen.push(Seen::Fault(fault)),
            Item::Skipped { bytes } => seen.push(Seen::Skipped(bytes)),
        });
    }
    (seen, decoder)
}

fn shape(format: Format, channels: u32, order: ByteOrder) -> Shape {
    Shape {
        format,
        channels,
        order,
    }
}

/// The response's head and the feed behind it.
fn feed(name: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let bytes = recording(&format!("lsl/{name}_tcp_streamfeed_110_response.bin"))?;
    let (head, feed) = bytes.split_at(head_len(&bytes).unwrap());
    assert!(head.len() <= MAX_HEAD);
    Some((head.to_vec(), feed.to_vec()))
}

/// In pieces of one, seven and all bytes the same.
fn decode_all(shape: Shape, bytes: &[u8]) -> Vec<Seen> {
    let (whole, decoder) = decode(Decoder::feed(shape), &[bytes]);
    assert_eq!(decoder.stats().skipped_bytes, 0);
    for size in [1, 7] {
        let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
        assert_eq!(decode(Decoder::feed(shape), &pieces).0, whole);
    }
    whole
}

#[test]
fn floats_of_a_real_outlet_are_exact_and_written_as_it_writes_them() {
    let Some((head, bytes)) = feed("capf32") else {
        return;
    };
    let response = FeedResponse::parse(&head).unwrap();
    assert_eq!(response.uid, "b9da666a-5369-44cf-a843-594c583011c9");
    assert_eq!(response.to_string().as_bytes(), head);
    let shape = shape(Format::Float32, 8, response.order);
    let seen = decode_all(shape, &bytes);
    assert_eq!(seen.len(), 5);
    let mut out = vec![0; bytes.len()];
    let mut n = encode_patterns(shape, &mut out).unwrap();
    for (i, sample) in seen.iter().enumerate() {
        let Seen::Sample(Stamp::Seconds(at), numbers, _) = sample else {
            panic!("{sample:?}")
        };
        assert_eq!(*at, 1000.0 + i as f64 * 0.004, "sample {i}");
        for (c, number) in numbers.iter().enumerate() {
            let expect = (i as f64 + c as f64 / 10.0) as f32;
            assert_eq!(*number, Number::Float32(expect));
        }
        n += encode(Stamp::Seconds(*at), numbers, shape.order, &mut out[n..]).unwrap();
    }
    assert_eq!(out[..n], bytes);
}

#[test]
fn integers_of_a_real_outlet_are_exact_and_written_as_it_writes_them() {
    let Some((head, bytes)) = feed("capi16") else {
        return;
    };
    let shape = shape(Format::Int16, 3, FeedResponse::parse(&head).unwrap().order);
    let seen = decode_all(shape, &bytes);
    assert_eq!(seen.len(), 5);
    let mut out = vec![0; bytes.len()];
    let mut n = encode_patterns(shape, &mut out).unwrap();
    for (i, sample) in (0i16..).zip(&seen) {
        let numbers = [i, -i, 100 * i].map(Number::Int16);
        let at = 2000.0 + f64::from(i) * 0.01;
        assert_eq!(
            *sample,
            Seen::Sample(Stamp::Seconds(at), numbers.to_vec(), vec![])
        );
        n += encode(Stamp::Seconds(at), &numbers, shape.order, &mut out[n..]).unwrap();
    }
    assert_eq!(out[..n], bytes);
}

#[test]
fn markers_of_a_real_outlet_are_exact_and_written_as_it_writes_them() {
    let Some((head, bytes)) = feed("capstr") else {
        return;
    };
    let shape = shape(Format::Text, 1, FeedResponse::parse(&head).unwrap().order);
    let seen = decode_all(shape, &bytes);
    let long = "x".repeat(300);
    let mut out = vec![0; bytes.len()];
    let mut n = encode_patterns(shape, &mut out).unwrap();
    for (sample, (at, text)) in seen.iter().zip([
        (3000.0, "marker 0"),
        (3001.0, "marker 1"),
        (3010.0, long.as_str()),
    ]) {
        let stamp = Stamp::Seconds(at);
        assert_eq!(*sample, Seen::Sample(stamp, vec![], vec![text.into()]));
        n += encode_texts(stamp, &[text], shape.order, &mut out[n..]).unwrap();
    }
    assert_eq!((seen.len(), &out[..n]), (3, &bytes[..]));
}

#[test]
fn messages_of_a_real_outlet_are_read_and_written_alike() {
    for name in ["capf32", "capi16", "capstr"] {
        let part = |part: &str| recording(&format!("lsl/{name}_{part}.bin"));
        let (Some(query), Some(reply)) = (part("udp_shortinfo_query"), part("udp_shortinfo_reply"))
        else {
            return;
        };
        let query_read = Query::parse(&query).unwrap();
        assert_eq!(query_read.predicate, format!("name='{name}'"));
        assert_eq!(
            (query_read.id, query_read.to_string().as_bytes()),
            ("12345", &query[..])
        );
        let reply_read = QueryReply::parse(&reply).unwrap();
        assert_eq!(reply_read.id, "12345");
        assert!(reply_read.xml.contains(&format!("<name>{name}</name>")));
        assert_eq!(reply_read.to_string().as_bytes(), reply);

        let query = part("udp_timedata_query").unwrap();
        let query_read = TimeQuery::parse(&query).unwrap();
        assert_eq!((query_read.wave, query_read.sent), (777, 123.25));
        assert_eq!(query_read.to_string().as_bytes(), query);
        let reply = TimeReply::parse(&part("udp_timedata_reply").unwrap()).unwrap();
        assert_eq!((reply.wave, reply.sent), (777, 123.25));
        assert!((0.0..1e-3).contains(&(reply.replied - reply.received)));

        let request = part("tcp_streamfeed_110_request").unwrap();
        assert_eq!(head_len(&request), Some(request.len()));
        let mut read = FeedRequest::parse(&request).unwrap();
        assert_eq!((read.version, read.buffer, read.host), (110, 360, "x"));
        assert_eq!(read.source_id, format!("src-{name}"));
        read.format = match name {
            "capf32" => Some(Format::Float32),
            "capi16" => Some(Format::Int16),
            _ => Some(Format::Text),
        };
        assert_eq!(read.to_string().as_bytes(), request);
        // The old protocol has no version and no answer's head.
        assert_eq!(
            FeedRequest::parse(&part("tcp_streamfeed_100_request").unwrap()),
            None
        );
        let old = part("tcp_streamfeed_100_response").unwrap();
        assert_eq!(FeedResponse::parse(&old), Err(Refusal::Foreign));
    }
}

#[test]
fn the_bytes_of_a_kept_feed_stay_as_they_are() {
    let header = Header {
        shape: shape(Format::Int16, 2, ByteOrder::Big),
        rate_hz: 250.0,
        scale: 1.0,
        begins: true,
    };
    let mut out = [0; 64];
    let mut n = header.encode(&mut out).unwrap();
    n += encode_patterns(header.shape, &mut out[n..]).unwrap();
    let numbers = [Number::Int16(1), Number::Int16(-2)];
    n += encode(Stamp::Deduced, &numbers, ByteOrder::Big, &mut out[n..]).unwrap();
    let frozen = "574c534c0103050002000000000000000040 6f40 0000803f";
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    assert_eq!(hex(&out[..24]), frozen.replace(' ', ""));
    assert_eq!(
        hex(&out[HEADER_LEN..n]),
        "0240fe240c9fbe76c90105fefa0240fe240c9fbe76c90103fefc010001fffe"
    );
    let (seen, _) = decode(Decoder::new(), &[&out[..n]]);
    let sample = Seen::Sample(Stamp::Deduced, numbers.to_vec(), vec![]);
    assert_eq!(seen, [Seen::Header(header), sample]);
    assert_eq!(header.encode(&mut out[..20]).unwrap_err().needed, 28);
}

#[test]
fn texts_have_lengths_of_one_two_four_and_eight_bytes() {
    let check = |bytes: &[u8], expect: Seen| {
        let shape = shape(Format::Text, 1, ByteOrder::Little);
        let mut feed = vec![0; 64];
        let n = encode_patterns(shape, &mut feed).unwrap();
        feed.truncate(n);
        feed.extend_from_slice(bytes);
        assert_eq!(decode(Decoder::feed(shape), &[&feed]).0[0], expect);
    };
    let text = |t: &str| Seen::Sample(Stamp::Deduced, vec![], vec![t.into()]);
    check(b"\x01\x01\x02ok", text("ok"));
    check(b"\x01\x02\x02\0ok", text("ok"));
    check(b"\x01\x04\x02\0\0\0ok", text("ok"));
    check(b"\x01\x08\x02\0\0\0\0\0\0\0ok", text("ok"));
    check(b"\x01\x01\0", text(""));
    check(b"\x01\x03\x02ok", Seen::Fault(Fault::LengthTag(3)));
    check(
        b"\x01\x08\xff\xff\xff\xff\xff\xff\xff\x7f",
        Seen::Fault(Fault::Length(i64::MAX as u64)),
    );
    check(b"\x03", Seen::Fault(Fault::Tag(3)));
}

#[test]
fn a_misread_format_or_byte_order_shows_in_the_patterns() {
    let sent = shape(Format::Float32, 2, ByteOrder::Little);
    let mut feed = [0; 64];
    let n = encode_patterns(sent, &mut feed).unwrap();
    for wrong in [
        shape(Format::Int32, 2, ByteOrder::Little),
        shape(Format::Float32, 3, ByteOrder::Little),
        shape(Format::Float32, 2, ByteOrder::Big),
        shape(Format::Double64, 2, ByteOrder::Little),
        shape(Format::Text, 2, ByteOrder::Little),
    ] {
        let (seen, _) = decode(Decoder::feed(wrong), &[&feed[..n]]);
        assert!(matches!(seen[0], Seen::Fault(_)), "{wrong:?}: {seen:?}");
    }
    assert_eq!(decode(Decoder::feed(sent), &[&feed[..n]]).0, []);
}

#[test]
fn a_wrong_text_pattern_costs_the_same_however_it_is_split() {
    let shape = shape(Format::Text, 1, ByteOrder::Little);
    let mut feed = [0; 64];
    let n = encode_patterns(shape, &mut feed).unwrap();
    // "10" becomes "00": found by the fuzzer.
    feed[11] = b'0';
    let whole = decode(Decoder::feed(shape), &[&feed[..n]]);
    let split = decode(
        Decoder::feed(shape),
        &feed[..n].chunks(1).collect::<Vec<_>>(),
    );
    assert_eq!(whole.0, [Seen::Fault(Fault::Pattern)]);
    assert_eq!((&split.0, split.1.stats()), (&whole.0, whole.1.stats()));
}

#[test]
fn spoiled_bytes_cost_what_lies_before_the_next_header() {
    let mut header = Header {
        shape: shape(Format::Float32, 1, ByteOrder::Little),
        rate_hz: 100.0,
        scale: 1.0,
        begins: false,
    };
    let mut out = [0; 200];
    let mut n = header.encode(&mut out).unwrap();
    out[n..n + 12].copy_from_slice(b"garbage, WLS");
    n += 12;
    header.scale = 2.0;
    n += header.encode(&mut out[n..]).unwrap();
    n += encode(
        Stamp::Deduced,
        &[Number::Float32(7.0)],
        ByteOrder::Little,
        &mut out[n..],
    )
    .unwrap();
    let (seen, decoder) = decode(Decoder::new(), &[&out[..n]]);
    assert_eq!(seen[1], Seen::Fault(Fault::Tag(b'g')));
    assert_eq!(seen[2], Seen::Skipped(12));
    assert_eq!(seen[3], Seen::Header(header));
    assert_eq!(seen.len(), 5);
    assert_eq!((decoder.stats().frames, decoder.unfinished()), (1, 0));
}

#[test]
fn heads_that_are_none_are_refused() {
    let check = |head: &str, expect: Refusal<'_>| {
        assert_eq!(FeedResponse::parse(head.as_bytes()), Err(expect));
    };
    check("HTTP/1.1 200 OK\r\n\r\n", Refusal::Foreign);
    check(
        "LSL/110 404 Not found\r\n\r\n",
        Refusal::Status(404, "Not found"),
    );
    check(
        "LSL/110 200 OK\r\nByte-Order: 2134\r\n\r\n",
        Refusal::Order("2134"),
    );
    check(
        "LSL/110 200 OK\r\nData-Protocol-Version: 100\r\n\r\n",
        Refusal::Version("100"),
    );
    check("LSL/110\r\n\r\n", Refusal::Foreign);
    assert_eq!(head_len(b"LSL/110 200 OK\r\nUID: a\r\n"), None);
    assert_eq!(TimeReply::parse(b" 1 2 nan 3"), None);
    assert_eq!(TimeReply::parse(b" 1 2 3"), None);
}

fn any_format() -> impl Strategy<Value = Format> {
    prop::sample::select(Format::ALL.to_vec())
}

fn number(format: Format, bits: u64) -> Number {
    match format {
        Format::Float32 => Number::Float32((bits as i32) as f32),
        Format::Double64 | Format::Text => Number::Double64((bits as i64) as f64),
        Format::Int32 => Number::Int32(bits as i32),
        Format::Int16 => Number::Int16(bits as i16),
        Format::Int8 => Number::Int8(bits as i8),
        Format::Int64 => Number::Int64(bits as i64),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_however_it_is_split(
        format in any_format(),
        big in any::<bool>(),
        rows in prop::collection::vec((prop::option::of(-1e9..1e9), prop::collection::vec(any::<u64>(), 5)), 0..8),
        size in 1_usize..40,
    ) {
        let shape = shape(format, 5, if big { ByteOrder::Big } else { ByteOrder::Little });
        let header = Header { shape, rate_hz: 0.0, scale: 1.0, begins: true };
        let mut out = vec![0; 8192];
        let mut n = header.encode(&mut out).unwrap();
        n += encode_patterns(shape, &mut out[n..]).unwrap();
        let mut expect = vec![Seen::Header(header)];
        for (stamp, bits) in &rows {
            let stamp = stamp.map_or(Stamp::Deduced, Stamp::Seconds);
            if format == Format::Text {
                let texts: Vec<String> = bits.iter().map(|b| "文".repeat((b % 90) as usize)).collect();
                let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
                n += encode_texts(stamp, &borrowed, shape.order, &mut out[n..]).unwrap();
                expect.push(Seen::Sample(stamp, vec![], texts));
            } else {
                let numbers: Vec<Number> = bits.iter().map(|b| number(format, *b)).collect();
                n += encode(stamp, &numbers, shape.order, &mut out[n..]).unwrap();
                expect.push(Seen::Sample(stamp, numbers, vec![]));
            }
        }
        let pieces: Vec<&[u8]> = out[..n].chunks(size).collect();
        let (seen, decoder) = decode(Decoder::new(), &pieces);
        prop_assert_eq!(seen, expect);
        prop_assert_eq!((decoder.unfinished(), decoder.stats().skipped_bytes), (0, 0));
    }

    #[test]
    fn no_bytes_do_harm_and_all_are_accounted_for(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0_u8..10, Just(b'W')], 0..3000),
        format in any_format(),
        size in 1_usize..40,
    ) {
        let shape = shape(format, 3, ByteOrder::Little);
        for decoder in [Decoder::new(), Decoder::feed(shape)] {
            let whole = decode(decoder.clone(), &[&bytes]);
            let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
            let split = decode(decoder, &pieces);
            prop_assert_eq!(&split.0, &whole.0);
            prop_assert!(whole.1.stats().skipped_bytes <= bytes.len() as u64);
            prop_assert_eq!(split.1.stats(), whole.1.stats());
        }
        let _ = (Query::parse(&bytes), QueryReply::parse(&bytes), TimeQuery::parse(&bytes), TimeReply::parse(&bytes));
        let _ = (FeedRequest::parse(&bytes), FeedResponse::parse(&bytes), head_len(&bytes));
    }
}
