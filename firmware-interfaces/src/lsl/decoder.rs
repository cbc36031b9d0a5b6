//! From a feed's bytes to samples.

use super::header::{HEADER_LEN, Header, MAGIC};
use super::{ByteOrder, Format, Number, Shape, Stamp, pattern};
use crate::stream::{Stats, Tally};

/// Longest text that is read, in bytes (design choice).
pub const MAX_TEXT: u64 = 16 << 20;

/// What comes out of a feed. A sample is a [`Item::Sample`], its values in the order of the channels, and an [`Item::End`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Item<'a> {
    /// What the samples from here on are.
    Header(Header),
    /// A sample begins.
    Sample {
        /// When it was true.
        stamp: Stamp,
    },
    /// A number of the sample.
    Number {
        /// Its channel, from 0.
        channel: u32,
        /// Its value.
        value: Number,
    },
    /// A text of the sample begins.
    Text {
        /// Its channel, from 0.
        channel: u32,
        /// Its bytes, at most [`MAX_TEXT`].
        bytes: u64,
    },
    /// A piece of the text, cut as the reads were.
    Piece(&'a [u8]),
    /// The sample is whole.
    End,
    /// The bytes cannot be a feed. The sample that had begun is void, and the next thing understood is a header.
    Fault(Fault),
    /// Bytes thrown away while looking for a header.
    Skipped {
        /// How many.
        bytes: u32,
    },
}

/// Why bytes cannot be a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A sample began with this byte.
    Tag(u8),
    /// The length of a text had this many bytes.
    LengthTag(u8),
    /// A text was said to have this many bytes.
    Length(u64),
    /// A test pattern was another one: the format or the byte order is not what was said.
    Pattern,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Looks for a header.
    Seek,
    Tag,
    Header,
    Stamp,
    Value,
    LengthTag,
    Length(usize),
    Text(u64),
}

/// Reads a feed split anywhere. Holds at most [`HEADER_LEN`] bytes.
#[derive(Debug, Clone)]
pub struct Decoder {
    shape: Option<Shape>,
    /// Whether headers may stand between samples.
    headers: bool,
    state: State,
    carry: [u8; HEADER_LEN],
    held: usize,
    channel: u32,
    /// Test patterns still to come.
    patterns: u32,
    /// Where in the text of a pattern.
    at: usize,
    /// Bytes since the last whole sample or header.
    unfinished: u64,
    tally: Tally,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// Reads what was kept: samples after a [`Header`].
    #[must_use]
    pub const fn new() -> Self {
        Self {
            shape: None,
            headers: true,
            state: State::Seek,
            carry: [0; HEADER_LEN],
            held: 0,
            channel: 0,
            patterns: 0,
            at: 0,
            unfinished: 0,
            tally: Tally::new(),
        }
    }

    /// Reads a connection from its first test pattern on; a header in it is a fault.
    #[must_use]
    pub const fn feed(shape: Shape) -> Self {
        Self {
            shape: Some(shape),
            headers: false,
            state: State::Tag,
            patterns: 2,
            ..Self::new()
        }
    }

    /// What the samples are, once that is known.
    #[must_use]
    pub const fn shape(&self) -> Option<Shape> {
        self.shape
    }

    /// Samples delivered and bytes thrown away.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.tally.stats
    }

    /// Bytes taken in since the last sample that is whole.
    #[must_use]
    pub const fn unfinished(&self) -> u64 {
        self.unfinished
    }

    /// Forgets what is half read; the next thing understood is a header.
    pub fn reset(&mut self) {
        self.lose();
        self.held = 0;
        self.unfinished = 0;
    }

    /// Whole samples were dropped before they came here: what was half read is void.
    pub fn skip_to_sample(&mut self) {
        self.held = 0;
        self.unfinished = 0;
        if self.shape.is_some() {
            self.patterns = 0;
            self.state = State::Tag;
        }
    }

    /// Takes bytes in and tells what they mean. Never panics, never allocates.
    pub fn push(&mut self, mut input: &[u8], mut on: impl FnMut(Item<'_>)) {
        while let Some(&first) = input.first() {
            if let State::Text(left) = self.state {
                // Of a pattern byte by byte, so that what is thrown away does not depend on how reads were cut.
                let most = if self.patterns > 0 { 1 } else { input.len() };
                let n = usize::try_from(left).unwrap_or(usize::MAX).min(most);
                let (piece, rest) = input.split_at(n);
                input = rest;
                self.unfinished += n as u64;
                self.text(piece, left - n as u64, &mut on);
                continue;
            }
            if matches!(self.state, State::Seek) {
                self.seek(first, &mut on);
                input = &input[1..];
                continue;
            }
            let needed = self.needed();
            let n = (needed - self.held).min(input.len());
            self.carry[self.held..self.held + n].copy_from_slice(&input[..n]);
            self.held += n;
            input = &input[n..];
            self.unfinished += n as u64;
            if self.held == needed {
                self.held = 0;
                self.step(&mut on);
            }
        }
    }

    fn needed(&self) -> usize {
        match self.state {
            State::Stamp => 8,
            State::Header | State::Seek => HEADER_LEN,
            State::Value => self.shape.map_or(1, |shape| shape.format.size().max(1)),
            State::Length(n) => n,
            State::Tag | State::LengthTag | State::Text(_) => 1,
        }
    }

    /// Takes one byte while looking for a header.
    fn seek(&mut self, byte: u8, on: &mut impl FnMut(Item<'_>)) {
        self.carry[self.held] = byte;
        self.held += 1;
        loop {
            let held = &self.carry[..self.held];
            let sound = held.iter().zip(MAGIC).all(|(byte, magic)| *byte == magic);
            if sound && self.held < HEADER_LEN {
                return;
            }
            if let Some(header) = sound.then(|| Header::parse(&self.carry)).flatten() {
                self.held = 0;
                self.header(header, on);
                return;
            }
            self.carry.copy_within(1..self.held, 0);
            self.held -= 1;
            self.tally.skip(1, |bytes| on(Item::Skipped { bytes }));
        }
    }

    fn header(&mut self, header: Header, on: &mut impl FnMut(Item<'_>)) {
        if let Some(bytes) = self.tally.end_of_skip() {
            on(Item::Skipped { bytes });
        }
        self.shape = Some(header.shape);
        self.patterns = if header.begins { 2 } else { 0 };
        self.state = State::Tag;
        self.unfinished = 0;
        on(Item::Header(header));
    }

    /// Takes the bytes that the state has waited for, which lie in the carry.
    fn step(&mut self, on: &mut impl FnMut(Item<'_>)) {
        let Some(shape) = self.shape else {
            return self.lose();
        };
        match self.state {
            State::Tag => match self.carry[0] {
                1 if self.patterns == 0 => self.begin(Stamp::Deduced, shape, on),
                2 => self.state = State::Stamp,
                tag if self.headers && tag == MAGIC[0] => {
                    self.held = 1;
                    self.state = State::Header;
                }
                tag => self.fail(Fault::Tag(tag), 1, on),
            },
            State::Header => match Header::parse(&self.carry) {
                Some(header) => self.header(header, on),
                None => self.fail(Fault::Tag(MAGIC[0]), HEADER_LEN, on),
            },
            State::Stamp => {
                let seconds = f64::from_bits(self.unsigned(8, shape.order));
                if self.patterns > 0 && seconds != pattern::STAMP {
                    return self.fail(Fault::Pattern, 8, on);
                }
                self.begin(Stamp::Seconds(seconds), shape, on);
            }
            State::Value => {
                let value = self.number(shape);
                if self.patterns > 0 {
                    let offset = pattern::OFFSETS[(2 - self.patterns.min(2)) as usize];
                    if pattern::number(shape.format, offset, self.channel) != Some(value) {
                        return self.fail(Fault::Pattern, shape.format.size(), on);
                    }
                } else {
                    let channel = self.channel;
                    on(Item::Number { channel, value });
                }
                self.next_channel(shape, on);
            }
            State::LengthTag => match self.carry[0] {
                n @ (1 | 2 | 4 | 8) => self.state = State::Length(usize::from(n)),
                tag => self.fail(Fault::LengthTag(tag), 1, on),
            },
            State::Length(n) => {
                let bytes = self.unsigned(n, shape.order);
                if bytes > MAX_TEXT {
                    return self.fail(Fault::Length(bytes), n, on);
                }
                if self.patterns == 0 {
                    let channel = self.channel;
                    on(Item::Text { channel, bytes });
                } else if bytes != pattern::Text::new(self.channel).as_bytes().len() as u64 {
                    return self.fail(Fault::Pattern, n, on);
                }
                self.at = 0;
                self.state = State::Text(bytes);
                if bytes == 0 {
                    self.text(&[], 0, on);
                }
            }
            State::Seek | State::Text(_) => {}
        }
    }

    fn begin(&mut self, stamp: Stamp, shape: Shape, on: &mut impl FnMut(Item<'_>)) {
        self.channel = 0;
        self.state = first_of(shape.format);
        if self.patterns == 0 {
            on(Item::Sample { stamp });
        }
    }

    fn text(&mut self, piece: &[u8], left: u64, on: &mut impl FnMut(Item<'_>)) {
        let Some(shape) = self.shape else {
            return self.lose();
        };
        self.state = State::Text(left);
        if self.patterns > 0 {
            let text = pattern::Text::new(self.channel);
            let expect = text.as_bytes().get(self.at..).unwrap_or_default();
            self.at += piece.len();
            if !expect.starts_with(piece) {
                return self.fail(Fault::Pattern, piece.len(), on);
            }
        } else if !piece.is_empty() {
            on(Item::Piece(piece));
        }
        if left == 0 {
            self.next_channel(shape, on);
        }
    }

    fn next_channel(&mut self, shape: Shape, on: &mut impl FnMut(Item<'_>)) {
        self.channel += 1;
        self.state = first_of(shape.format);
        if self.channel < shape.channels {
            return;
        }
        self.state = State::Tag;
        self.unfinished = 0;
        if self.patterns > 0 {
            self.patterns -= 1;
        } else {
            self.tally.stats.frames += 1;
            on(Item::End);
        }
    }

    fn fail(&mut self, fault: Fault, bytes: usize, on: &mut impl FnMut(Item<'_>)) {
        on(Item::Fault(fault));
        self.tally.skip(bytes, |bytes| on(Item::Skipped { bytes }));
        self.lose();
    }

    fn lose(&mut self) {
        self.state = State::Seek;
        self.shape = None;
        self.patterns = 0;
    }

    /// `n` ≤ 8 bytes of the carry.
    fn unsigned(&self, n: usize, order: ByteOrder) -> u64 {
        let bytes = self.carry[..n.min(8)].iter();
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        match order {
            ByteOrder::Little => bytes.rev().fold(0, add),
            ByteOrder::Big => bytes.fold(0, add),
        }
    }

    fn number(&self, shape: Shape) -> Number {
        let bits = self.unsigned(shape.format.size(), shape.order);
        match shape.format {
            Format::Float32 => Number::Float32(f32::from_bits(bits as u32)),
            Format::Double64 => Number::Double64(f64::from_bits(bits)),
            Format::Int32 => Number::Int32((bits as u32).cast_signed()),
            Format::Int16 => Number::Int16((bits as u16).cast_signed()),
            Format::Int8 | Format::Text => Number::Int8((bits as u8).cast_signed()),
            Format::Int64 => Number::Int64(bits.cast_signed()),
        }
    }
}

const fn first_of(format: Format) -> State {
    match format {
        Format::Text => State::LengthTag,
        _ => State::Value,
    }
}
