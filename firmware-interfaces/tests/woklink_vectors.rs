//! The frozen bytes of every WokLink version, read and written by this crate. `woklink_c.rs` does the same for the C header.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helper functions too"
)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use firmware_interfaces::woklink::{
    Audio, Decoder, Gas, Header, Hello, Imu, Item, MAX_WIRE, Message, Pong, Quantity, Samples,
    Temperature, Thermal, encode,
};

/// One vector: what its lines say.
struct Vector {
    name: String,
    lines: HashMap<String, String>,
}

impl Vector {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let lines: HashMap<_, _> = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split_once(' ').unwrap_or((line, "")))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        assert_eq!(lines["name"], path.file_stem().unwrap().to_str().unwrap());
        Self {
            name: lines["name"].clone(),
            lines,
        }
    }

    fn text(&self, key: &str) -> &str {
        self.lines
            .get(key)
            .unwrap_or_else(|| panic!("{}: the line '{key}' is missing", self.name))
    }

    fn number<T: FromStr>(&self, key: &str) -> T {
        self.text(key)
            .parse()
            .unwrap_or_else(|_| panic!("{}: '{key}' is no number of its type", self.name))
    }

    fn numbers<T: FromStr>(&self, key: &str) -> Vec<T> {
        let number = |word: &str| {
            word.parse()
                .unwrap_or_else(|_| panic!("{}: {key}: {word}", self.name))
        };
        self.text(key).split_whitespace().map(number).collect()
    }

    fn three<T: FromStr>(&self, key: &str) -> [T; 3] {
        self.numbers(key)
            .try_into()
            .unwrap_or_else(|_| panic!("{}: '{key}' are not three", self.name))
    }

    fn bytes(&self, key: &str) -> Vec<u8> {
        let (pairs, rest) = self.text(key).as_bytes().as_chunks::<2>();
        assert!(rest.is_empty(), "{}: half a byte", self.name);
        pairs
            .iter()
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    fn header(&self) -> Header {
        Header {
            sequence: self.number("sequence"),
            time_us: self.number("time_us"),
        }
    }

    /// Calls `with` with the message that the fields describe.
    fn message(&self, with: impl FnOnce(Message<'_>)) {
        match self.text("kind") {
            "hello" => with(Message::Hello(Hello {
                boot_id: self.number("boot_id"),
                device_id: self.number("device_id"),
                firmware: self.three("firmware"),
                capabilities: self.number("capabilities"),
                name: self.text("label"),
            })),
            "identify" => with(Message::Identify),
            "ping" => with(Message::Ping {
                id: self.number("id"),
            }),
            "pong" => with(Message::Pong(Pong {
                id: self.number("id"),
                host_us: self.number("host_us"),
                received_us: self.number("received_us"),
            })),
            "thermal" => with(Message::Thermal(Thermal {
                width: self.number("width"),
                height: self.number("height"),
                frame: self.number("frame"),
                first: self.number("first"),
                ambient: self.number("ambient"),
                pixels: Samples::Native(&self.numbers("pixels")),
            })),
            "audio" => with(Message::Audio(Audio {
                first_sample: self.number("first_sample"),
                rate_hz: self.number("rate_hz"),
                channels: self.number("channels"),
                samples: Samples::Native(&self.numbers("samples")),
            })),
            "temperature" => {
                with(Message::Temperature(Temperature {
                    sensor: self.number("sensor"),
                    milli_celsius: self.number("milli_celsius"),
                }));
            }
            "imu" => with(Message::Imu(Imu {
                sensor: self.number("sensor"),
                milli_g: self.three("milli_g"),
                deci_dps: self.three("deci_dps"),
            })),
            "gas" => with(Message::Gas(Gas {
                sensor: self.number("sensor"),
                quantity: Quantity::from_code(self.number("quantity")),
                value: self.number("value"),
            })),
            "unknown" => with(Message::Unknown {
                kind: self.number("code"),
                payload: &self.bytes("payload"),
            }),
            other => panic!("{}: kind {other}", self.name),
        }
    }
}

fn vectors(version: &str) -> Vec<Vector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("woklink/vectors")
        .join(version);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.iter().map(|path| Vector::read(path)).collect()
}

#[test]
fn version_1_encodes_to_its_frozen_bytes() {
    let mut encoded = 0;
    for vector in vectors("v1")
        .iter()
        .filter(|vector| vector.text("encode") == "yes")
    {
        vector.message(|message| {
            let mut out = [0; MAX_WIRE];
            let n = encode(vector.header(), &message, &mut out).unwrap();
            assert_eq!(out[..n], vector.bytes("wire"), "{}", vector.name);
            assert!(
                encode(vector.header(), &message, &mut out[..n - 1]).is_err(),
                "{}",
                vector.name
            );
            encoded += 1;
        });
    }
    assert_eq!(encoded, 21);
}

#[test]
fn version_1_decodes_from_its_frozen_bytes() {
    let vectors = vectors("v1");
    assert_eq!(vectors.len(), 26);
    for vector in &vectors {
        let mut decoder = Decoder::new();
        // An empty frame first, so that a wrong checksum is not taken for a stream that began inside a frame.
        decoder.push(&[0], |item| panic!("{item:?}"));
        let mut items = 0;
        let name = &vector.name;
        decoder.push(&vector.bytes("wire"), |item| {
            items += 1;
            match (vector.text("expect"), item) {
                ("message", Item::Message { header, message }) => {
                    assert_eq!(header, vector.header(), "{name}");
                    vector.message(|expect| assert_eq!(message, expect, "{name}"));
                }
                ("unsupported_version", Item::UnsupportedVersion { version }) => {
                    assert_eq!(version, vector.number::<u8>("version"))
                }
                ("bad_checksum", Item::BadChecksum) => {}
                (expect, item) => panic!("{name}: {expect}, but {item:?}"),
            }
        });
        let stats = decoder.stats();
        let spoiled = vector.text("expect") == "spoiled";
        assert_eq!(items, usize::from(!spoiled), "{name}");
        let kept = spoiled || vector.text("expect") == "bad_checksum";
        assert_eq!(
            stats.skipped_bytes,
            if kept {
                vector.bytes("wire").len() as u64
            } else {
                0
            },
            "{name}"
        );
    }
}

#[test]
fn a_new_boot_is_no_gap() {
    let mut decoder = Decoder::new();
    let mut items = Vec::new();
    let hello = |boot_id| {
        Message::Hello(Hello {
            boot_id,
            device_id: 1,
            firmware: [1, 0, 0],
            capabilities: 0,
            name: "rig",
        })
    };
    for (sequence, message) in [
        (0, hello(1)),
        (1, Message::Ping { id: 0 }),
        (5, Message::Ping { id: 1 }),
        // The host asked who is there: the same boot, one frame lost before.
        (7, hello(1)),
        (0, hello(2)),
        (1, Message::Ping { id: 2 }),
    ] {
        let mut out = [0; 128];
        let n = encode(
            Header {
                sequence,
                time_us: 0,
            },
            &message,
            &mut out,
        )
        .unwrap();
        decoder.push(&out[..n], |item| {
            items.push(match item {
                Item::Message { header, .. } => i64::from(header.sequence),
                Item::Gap { lost } => -i64::from(lost),
                other => panic!("{other:?}"),
            });
        });
    }
    assert_eq!(items, [0, 1, -3, 5, -1, 7, 0, 1]);
    assert_eq!((decoder.stats().gaps, decoder.stats().lost), (2, 4));
}

#[test]
fn a_stream_joined_inside_a_frame_is_no_bad_checksum() {
    let vectors = vectors("v1");
    let wire = vectors
        .iter()
        .find(|vector| vector.name == "thermal_32x24")
        .unwrap()
        .bytes("wire");
    for start in 1..wire.len() {
        let mut decoder = Decoder::new();
        let mut messages = 0;
        decoder.push(&[&wire[start..], &wire].concat(), |item| match item {
            Item::Message { .. } => messages += 1,
            Item::Skipped { bytes } => assert_eq!(bytes as usize, wire.len() - start),
            other => panic!("{other:?}"),
        });
        assert_eq!(messages, 1);
    }
}

#[test]
fn a_frame_without_end_is_thrown_away() {
    let mut decoder = Decoder::new();
    let mut out = [0; 64];
    let n = encode(Header::default(), &Message::Identify, &mut out).unwrap();
    let mut items = Vec::new();
    for bytes in [&[0xFF; 5000][..], &[0], &out[..n]] {
        decoder.push(bytes, |item| items.push(format!("{item:?}")));
    }
    assert_eq!(items.len(), 3, "{items:?}");
    assert_eq!(decoder.stats().skipped_bytes, 5001);
    assert_eq!(decoder.stats().frames, 1);
}

#[test]
fn long_names_and_payloads_are_bounded() {
    let mut out = [0; MAX_WIRE];
    let hello = Hello {
        boot_id: 1,
        device_id: 1,
        firmware: [0; 3],
        capabilities: 0,
        name: "灶台灶台灶台灶台灶台灶台",
    };
    let n = encode(Header::default(), &Message::Hello(hello), &mut out).unwrap();
    Decoder::new().push(&out[..n], |item| {
        let Item::Message {
            message: Message::Hello(got),
            ..
        } = item
        else {
            panic!("{item:?}")
        };
        assert_eq!(got.name, "灶台灶台灶台灶台灶台");
    });
    let pixels = [0; 1018];
    let thermal = Thermal {
        width: 1018,
        height: 1,
        frame: 0,
        first: 0,
        ambient: 0,
        pixels: Samples::Native(&pixels),
    };
    assert!(
        encode(
            Header::default(),
            &Message::Thermal(thermal),
            &mut [0; 4096]
        )
        .unwrap_err()
        .needed
            > MAX_WIRE
    );
}
