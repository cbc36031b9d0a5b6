//! GY-MCU90640: a Melexis MLX90640 (32×24 thermal pixels) behind a microcontroller with a UART.
//!
//! A frame is 1544 bytes: `5A 5A`, the length 1538 (`02 06`), 768 pixels and the ambient temperature as i16 little-endian in
//! hundredths of a °C, and a checksum: the low 16 bits of the sum of the first 771 little-endian words, **header included**.
//! Pixels are sent row by row from the top, each row from **right to left** as the camera sees the scene.
//!
//! A reply to the emissivity query is four bytes, `5A 5A`, the emissivity in hundredths, and the low byte of the sum. It shares the
//! frame's header, but `02` would need `B6` as its sum, so the two cannot be mistaken for each other.
//!
//! Rates are 0.5, 1, 2, 4 and 8 Hz; 115,200 baud carries at most 7.46 frames a second, so 8 Hz needs 460,800. Each frame refreshes
//! only half of the pixels (the sensor's chess pattern). There is no counter.

use crate::stream::{Carry, Stats, Tally, TooSmall, room};

/// Bytes of a frame.
pub const FRAME_LEN: usize = 1544;
/// Pixels of a row.
pub const WIDTH: usize = 32;
/// Rows of a frame.
pub const HEIGHT: usize = 24;
/// Pixels of a frame.
pub const PIXELS: usize = WIDTH * HEIGHT;
/// The first four bytes of a frame: header, and the length 1538 of what follows but the checksum.
pub const HEADER: [u8; 4] = [0x5A, 0x5A, 0x02, 0x06];
/// Bytes of an emissivity reply.
const REPLY_LEN: usize = 4;

/// A whole frame whose checksum was right, still in its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    bytes: &'a [u8; FRAME_LEN],
}

impl<'a> Frame<'a> {
    /// The pixels in hundredths of a °C, in the order sent: rows from the top, each from right to left.
    pub fn pixels(&self) -> impl ExactSizeIterator<Item = i16> + Clone + use<'a> {
        self.words()
            .iter()
            .take(PIXELS)
            .map(|&word| i16::from_le_bytes(word))
    }

    /// The pixels in hundredths of a °C, each row from left to right as the camera sees the scene.
    #[must_use]
    pub fn unmirrored(&self) -> [i16; PIXELS] {
        let mut out = [0; PIXELS];
        for (row, sent) in out
            .as_chunks_mut::<WIDTH>()
            .0
            .iter_mut()
            .zip(self.words().chunks_exact(WIDTH))
        {
            for (pixel, &word) in row.iter_mut().rev().zip(sent) {
                *pixel = i16::from_le_bytes(word);
            }
        }
        out
    }

    /// The module's own temperature in hundredths of a °C.
    #[must_use]
    pub fn ambient(&self) -> i16 {
        self.words()
            .get(PIXELS)
            .copied()
            .map_or(0, i16::from_le_bytes)
    }

    /// The 1544 bytes as sent.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8; FRAME_LEN] {
        self.bytes
    }

    /// The words behind the header: pixels, ambient, checksum.
    fn words(&self) -> &'a [[u8; 2]] {
        self.bytes.as_chunks::<2>().0.get(2..).unwrap_or(&[])
    }
}

/// A temperature in hundredths of a °C as a frame holds it: rounded, and clamped to ±327.67 °C; a NaN gives 0.
#[must_use]
pub fn centi_celsius(celsius: f32) -> i16 {
    let exact = celsius * 100.0;
    (exact + if exact < 0.0 { -0.5 } else { 0.5 }) as i16
}

/// Low 16 bits of the sum of the little-endian words before the checksum.
fn checksum(bytes: &[u8; FRAME_LEN]) -> u16 {
    let (words, _) = bytes.as_chunks::<2>();
    words
        .iter()
        .take(FRAME_LEN / 2 - 1)
        .fold(0, |sum: u16, &word| {
            sum.wrapping_add(u16::from_le_bytes(word))
        })
}

/// Writes a frame and says how many bytes it took: always [`FRAME_LEN`]. `pixels` are in the order sent (rows right to left) and,
/// as `ambient`, in hundredths of a °C.
///
/// # Errors
/// [`TooSmall`] when `out` is shorter than that.
pub fn encode(pixels: &[i16; PIXELS], ambient: i16, out: &mut [u8]) -> Result<usize, TooSmall> {
    let needed = TooSmall { needed: FRAME_LEN };
    let bytes = out.first_chunk_mut::<FRAME_LEN>().ok_or(needed)?;
    let values = pixels.iter().chain([&ambient]);
    for (to, from) in bytes.iter_mut().zip(HEADER) {
        *to = from;
    }
    for (word, value) in bytes.as_chunks_mut::<2>().0.iter_mut().skip(2).zip(values) {
        *word = value.to_le_bytes();
    }
    let sum = checksum(bytes).to_le_bytes();
    if let Some(tail) = bytes.last_chunk_mut() {
        *tail = sum;
    }
    Ok(FRAME_LEN)
}

/// The order of a camera's row and of the wire swapped: each row turned round, in place.
pub fn mirror(pixels: &mut [i16; PIXELS]) {
    for row in pixels.as_chunks_mut::<WIDTH>().0 {
        row.reverse();
    }
}

/// What a [`Decoder`] finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item<'a> {
    /// A frame with the right checksum.
    Frame(Frame<'a>),
    /// The reply to [`Command::QueryEmissivity`], in hundredths (95 is 0.95).
    Emissivity(u8),
    /// A frame's header and 1544 bytes, but the wrong checksum: a spoiled frame or a false header. Its bytes are searched again.
    BadChecksum,
    /// Bytes thrown away while looking for a sync.
    Skipped {
        /// How many.
        bytes: u32,
    },
}

/// A stream of bytes in, frames out. A frame is confirmed by its checksum and delivered with its last byte.
#[derive(Debug, Clone)]
pub struct Decoder {
    carry: Carry<{ 2 * FRAME_LEN }>,
    sync: Sync,
}

#[derive(Debug, Clone, Copy)]
struct Sync {
    tally: Tally,
    /// The window begins where a frame or reply ended, or the stream began. Only there is a reply believed: its sum of 8 bits is
    /// too weak against 231.3 °C pixels, which read `5A 5A`.
    aligned: bool,
}

impl Decoder {
    /// A decoder that has seen nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            carry: Carry::new(),
            sync: Sync {
                tally: Tally::new(),
                aligned: true,
            },
        }
    }

    /// Feeds bytes as they come, in pieces of any size; `on` sees each item in order.
    pub fn push(&mut self, bytes: &[u8], mut on: impl FnMut(Item<'_>)) {
        let Self { carry, sync } = self;
        carry.drive(bytes, |window| sync.step(window, &mut on));
    }

    /// What was seen so far.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.sync.tally.stats
    }

    /// Forgets unfinished bytes (a new connection); the statistics stay.
    pub fn reset(&mut self) {
        self.carry.clear();
        self.sync.aligned = true;
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Sync {
    fn step(&mut self, window: &[u8], on: &mut impl FnMut(Item<'_>)) -> Option<usize> {
        const MARK: u8 = HEADER[0];
        let garbage = match *window {
            [] | [MARK] | [MARK, MARK] | [MARK, MARK, _] => return None,
            [MARK, MARK, a, b, ..] if [MARK, MARK, a, b] == HEADER => {
                let bytes = window.first_chunk::<FRAME_LEN>()?;
                self.end_of_skip(on);
                if checksum(bytes).to_le_bytes() == bytes[FRAME_LEN - 2..] {
                    self.tally.stats.frames += 1;
                    self.aligned = true;
                    on(Item::Frame(Frame { bytes }));
                    return Some(FRAME_LEN);
                }
                self.tally.stats.bad_checksums += 1;
                on(Item::BadChecksum);
                1
            }
            [MARK, MARK, emissivity, sum, ..] if self.aligned && sum == reply_sum(emissivity) => {
                self.end_of_skip(on);
                self.tally.stats.frames += 1;
                on(Item::Emissivity(emissivity));
                return Some(REPLY_LEN);
            }
            [MARK, ..] => 1,
            _ => window
                .iter()
                .position(|&b| b == MARK)
                .unwrap_or(window.len()),
        };
        self.aligned = false;
        self.tally
            .skip(garbage, |bytes| on(Item::Skipped { bytes }));
        Some(garbage)
    }

    fn end_of_skip(&mut self, on: &mut impl FnMut(Item<'_>)) {
        if let Some(bytes) = self.tally.end_of_skip() {
            on(Item::Skipped { bytes });
        }
    }
}

const fn reply_sum(emissivity: u8) -> u8 {
    0x5A_u8.wrapping_add(0x5A).wrapping_add(emissivity)
}

/// Writes the module's reply to an emissivity query, `emissivity` in hundredths, and says how many bytes it took: 4.
///
/// # Errors
/// [`TooSmall`] when `out` is shorter than that.
pub fn encode_emissivity(emissivity: u8, out: &mut [u8]) -> Result<usize, TooSmall> {
    room(out, REPLY_LEN)?.copy_from_slice(&[0x5A, 0x5A, emissivity, reply_sum(emissivity)]);
    Ok(REPLY_LEN)
}

/// Baud rates of the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Baud {
    /// 9,600: 0.62 frames a second at most.
    B9600,
    /// 115,200: 7.46 frames a second at most.
    B115200,
    /// 460,800: all rates.
    B460800,
}

impl Baud {
    /// Every baud rate, in the order of its code.
    pub const ALL: [Self; 3] = [Self::B9600, Self::B115200, Self::B460800];

    /// Bits a second.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::B9600 => 9_600,
            Self::B115200 => 115_200,
            Self::B460800 => 460_800,
        }
    }

    /// Frames a second that this baud rate carries at most: 10 bits a byte, 1544 bytes a frame.
    #[must_use]
    pub fn max_frame_rate_hz(self) -> f32 {
        self.bits() as f32 / 10.0 / FRAME_LEN as f32
    }
}

/// Frame rates of the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rate {
    /// 0.5 Hz.
    Half,
    /// 1 Hz.
    One,
    /// 2 Hz.
    Two,
    /// 4 Hz.
    Four,
    /// 8 Hz; needs 460,800 baud.
    Eight,
}

impl Rate {
    /// Every rate, in the order of its code.
    pub const ALL: [Self; 5] = [Self::Half, Self::One, Self::Two, Self::Four, Self::Eight];

    /// Frames a second.
    #[must_use]
    pub const fn hz(self) -> f32 {
        match self {
            Self::Half => 0.5,
            Self::One => 1.0,
            Self::Two => 2.0,
            Self::Four => 4.0,
            Self::Eight => 8.0,
        }
    }
}

/// A command of the host: `A5`, command, value, low byte of the sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// `15`: change the baud rate.
    Baud(Baud),
    /// `25`: change the frame rate.
    Rate(Rate),
    /// `35 01`: send one frame now, and further ones only when asked.
    Query,
    /// `35 02`: send frames by itself.
    Auto,
    /// `45`: set the emissivity, in hundredths.
    Emissivity(u8),
    /// `55 01`: ask for the emissivity.
    QueryEmissivity,
    /// `65 01`: keep the settings over a power cut.
    Save,
}

impl Command {
    /// The four bytes of the command.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 4] {
        let (command, value) = match self {
            Self::Baud(baud) => (0x15, baud as u8 + 1),
            Self::Rate(rate) => (0x25, rate as u8),
            Self::Query => (0x35, 1),
            Self::Auto => (0x35, 2),
            Self::Emissivity(hundredths) => (0x45, hundredths),
            Self::QueryEmissivity => (0x55, 1),
            Self::Save => (0x65, 1),
        };
        [0xA5, command, value, command_sum(command, value)]
    }

    /// Writes the command and says how many bytes it took: 4.
    ///
    /// # Errors
    /// [`TooSmall`] when `out` is shorter than that.
    pub fn encode(self, out: &mut [u8]) -> Result<usize, TooSmall> {
        room(out, 4)?.copy_from_slice(&self.to_bytes());
        Ok(4)
    }

    /// Reads the command at the front of `bytes`, as the module would: the command and its length. `None` when it is not whole,
    /// not known, or its sum is wrong.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<(Self, usize)> {
        let &[0xA5, command, value, sum] = bytes.first_chunk::<4>()? else {
            return None;
        };
        if sum != command_sum(command, value) {
            return None;
        }
        let command = match (command, value) {
            (0x15, code) => Self::Baud(*Baud::ALL.get(usize::from(code).checked_sub(1)?)?),
            (0x25, code) => Self::Rate(*Rate::ALL.get(usize::from(code))?),
            (0x35, 1) => Self::Query,
            (0x35, 2) => Self::Auto,
            (0x45, hundredths) => Self::Emissivity(hundredths),
            (0x55, 1) => Self::QueryEmissivity,
            (0x65, 1) => Self::Save,
            _ => return None,
        };
        Some((command, 4))
    }
}

const fn command_sum(command: u8, value: u8) -> u8 {
    0xA5_u8.wrapping_add(command).wrapping_add(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_the_documented_bytes() {
        for (command, bytes) in [
            (Command::Baud(Baud::B460800), [0xA5, 0x15, 0x03, 0xBD]),
            (Command::Rate(Rate::Half), [0xA5, 0x25, 0x00, 0xCA]),
            (Command::Rate(Rate::Eight), [0xA5, 0x25, 0x04, 0xCE]),
            (Command::Query, [0xA5, 0x35, 0x01, 0xDB]),
            (Command::Auto, [0xA5, 0x35, 0x02, 0xDC]),
            (Command::Emissivity(95), [0xA5, 0x45, 0x5F, 0x49]),
            (Command::QueryEmissivity, [0xA5, 0x55, 0x01, 0xFB]),
            (Command::Save, [0xA5, 0x65, 0x01, 0x0B]),
        ] {
            assert_eq!(command.to_bytes(), bytes);
            assert_eq!(Command::decode(&bytes), Some((command, 4)));
        }
        for bytes in [
            &[0xA5, 0x15, 0, 0xBA][..],
            &[0xA5, 0x15, 0x03, 0xBE],
            &[0xA5, 0x25, 5, 0xCF],
            &[0xA5, 0x35, 1],
            &[0x5A],
        ] {
            assert_eq!(Command::decode(bytes), None, "{bytes:02x?}");
        }
    }

    #[test]
    fn the_wire_runs_right_to_left() {
        let mut pixels = core::array::from_fn(|i| i as i16);
        let mut bytes = [0; FRAME_LEN];
        encode(&pixels, 2345, &mut bytes).unwrap();
        let frame = Frame { bytes: &bytes };
        assert!(frame.pixels().eq(pixels));
        assert_eq!(
            (
                frame.ambient(),
                frame.unmirrored()[0],
                frame.unmirrored()[32]
            ),
            (2345, 31, 63)
        );
        mirror(&mut pixels);
        assert_eq!(frame.unmirrored(), pixels);
    }

    #[test]
    fn temperatures_are_rounded_and_clamped() {
        for (celsius, expect) in [
            (231.3, 23_130),
            (-0.005, -1),
            (2253.0, i16::MAX),
            (-400.0, i16::MIN),
            (f32::NAN, 0),
        ] {
            assert_eq!(centi_celsius(celsius), expect);
        }
    }

    #[test]
    fn baud_rates_cap_the_frame_rate() {
        assert!((Baud::B115200.max_frame_rate_hz() - 7.46).abs() < 0.01);
        assert!(Baud::B460800.max_frame_rate_hz() > Rate::Eight.hz());
    }
}
