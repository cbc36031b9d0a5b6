//! The six auxiliary bytes of a packet, by stop byte.

use super::Stop;

/// Accelerometer counts a g: a count is 0.002/16 g.
pub const COUNTS_PER_G: f32 = 8000.0;

/// Three axes of the accelerometer, in counts of 0.002/16 g.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Acceleration {
    /// X in counts.
    pub x: i16,
    /// Y in counts.
    pub y: i16,
    /// Z in counts.
    pub z: i16,
}

impl Acceleration {
    /// X, Y and Z in g.
    #[must_use]
    pub fn g(self) -> [f32; 3] {
        [self.x, self.y, self.z].map(|count| f32::from(count) / COUNTS_PER_G)
    }
}

/// One axis of the accelerometer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Axis {
    /// Along the board.
    X,
    /// Across the board.
    Y,
    /// Out of the board.
    Z,
}

/// How a board writes the two accelerometer bytes of `C3` and `C4` packets. The document and the shipped firmware differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AxisForm {
    /// The firmware (OpenBCI_32bit_Library `sendTimeWithAccelSerial`): an i16 big-endian of X, Y, Z where the sample number modulo
    /// 10 is 7, 8, 9; zeros elsewhere.
    #[default]
    Firmware,
    /// The document: an axis code and half a value; `X` is the high byte of X, `x` the low one, and so on.
    Documented,
}

/// What a timed accelerometer packet carries beside the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timed {
    /// Nothing this time.
    None,
    /// One axis, in counts of 0.002/16 g (the firmware's form).
    Axis(Axis, i16),
    /// The high byte of an axis (the documented form).
    High(Axis, u8),
    /// The low byte of an axis (the documented form).
    Low(Axis, u8),
}

/// The auxiliary bytes, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aux {
    /// `C0` with all zeros: no new accelerometer value in this packet.
    NoNewValue,
    /// `C0`: a new accelerometer value.
    Accelerometer(Acceleration),
    /// `C1`: three 16-bit words, as analogue pins are sent.
    Raw([u16; 3]),
    /// `C2`: a user's own bytes.
    User([u8; 6]),
    /// `C3` and `C4`: the board's time and perhaps a piece of acceleration.
    AccelerometerTimed {
        /// The board's milliseconds since power-up (u32, wraps after 49.7 days).
        board_ms: u32,
        /// The time was set with this packet (`C3`).
        set: bool,
        /// The acceleration.
        piece: Timed,
    },
    /// `C5` and `C6`: the board's time and one auxiliary word.
    RawTimed {
        /// The board's milliseconds since power-up (u32, wraps after 49.7 days).
        board_ms: u32,
        /// The time was set with this packet (`C5`).
        set: bool,
        /// The word as sent, big-endian.
        raw: u16,
    },
}

impl Aux {
    /// Reads the auxiliary bytes of the packet with sample number `number`.
    #[must_use]
    pub fn decode(number: u8, stop: Stop, aux: [u8; 6], form: AxisForm) -> Self {
        let [a, b, c, d, e, f] = aux;
        let board_ms = u32::from_be_bytes([c, d, e, f]);
        match stop {
            Stop::Accelerometer if aux == [0; 6] => Self::NoNewValue,
            Stop::Accelerometer => Self::Accelerometer(Acceleration {
                x: i16::from_be_bytes([a, b]),
                y: i16::from_be_bytes([c, d]),
                z: i16::from_be_bytes([e, f]),
            }),
            Stop::RawAux => Self::Raw([
                u16::from_be_bytes([a, b]),
                u16::from_be_bytes([c, d]),
                u16::from_be_bytes([e, f]),
            ]),
            Stop::User => Self::User(aux),
            Stop::AccelerometerTimeSet | Stop::AccelerometerTimed => Self::AccelerometerTimed {
                board_ms,
                set: stop == Stop::AccelerometerTimeSet,
                piece: Timed::decode(number, a, b, form),
            },
            Stop::RawAuxTimeSet | Stop::RawAuxTimed => Self::RawTimed {
                board_ms,
                set: stop == Stop::RawAuxTimeSet,
                raw: u16::from_be_bytes([a, b]),
            },
        }
    }

    /// The stop byte and the six bytes that say this, for a board of the same form.
    #[must_use]
    pub fn encode(self) -> (Stop, [u8; 6]) {
        let timed = |[a, b]: [u8; 2], board_ms: u32| {
            let [c, d, e, f] = board_ms.to_be_bytes();
            [a, b, c, d, e, f]
        };
        match self {
            Self::NoNewValue => (Stop::Accelerometer, [0; 6]),
            Self::Accelerometer(Acceleration { x, y, z }) => {
                (Stop::Accelerometer, words([x, y, z].map(i16::to_be_bytes)))
            }
            Self::Raw(raw) => (Stop::RawAux, words(raw.map(u16::to_be_bytes))),
            Self::User(bytes) => (Stop::User, bytes),
            Self::AccelerometerTimed {
                board_ms,
                set,
                piece,
            } => (
                if set {
                    Stop::AccelerometerTimeSet
                } else {
                    Stop::AccelerometerTimed
                },
                timed(piece.encode(), board_ms),
            ),
            Self::RawTimed { board_ms, set, raw } => (
                if set {
                    Stop::RawAuxTimeSet
                } else {
                    Stop::RawAuxTimed
                },
                timed(raw.to_be_bytes(), board_ms),
            ),
        }
    }
}

impl Timed {
    fn decode(number: u8, a: u8, b: u8, form: AxisForm) -> Self {
        match form {
            AxisForm::Firmware => {
                let axis = match number % 10 {
                    7 => Axis::X,
                    8 => Axis::Y,
                    9 => Axis::Z,
                    _ => return Self::None,
                };
                Self::Axis(axis, i16::from_be_bytes([a, b]))
            }
            AxisForm::Documented => match a {
                b'X' => Self::High(Axis::X, b),
                b'x' => Self::Low(Axis::X, b),
                b'Y' => Self::High(Axis::Y, b),
                b'y' => Self::Low(Axis::Y, b),
                b'Z' => Self::High(Axis::Z, b),
                b'z' => Self::Low(Axis::Z, b),
                _ => Self::None,
            },
        }
    }

    fn encode(self) -> [u8; 2] {
        match self {
            Self::None => [0, 0],
            Self::Axis(_, value) => value.to_be_bytes(),
            Self::High(axis, byte) => [axis.letter(), byte],
            Self::Low(axis, byte) => [axis.letter().to_ascii_lowercase(), byte],
        }
    }
}

impl Axis {
    const fn letter(self) -> u8 {
        match self {
            Self::X => b'X',
            Self::Y => b'Y',
            Self::Z => b'Z',
        }
    }
}

fn words([[a, b], [c, d], [e, f]]: [[u8; 2]; 3]) -> [u8; 6] {
    [a, b, c, d, e, f]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(number: u8, stop: Stop, aux: [u8; 6], form: AxisForm, expect: Aux) {
        assert_eq!(Aux::decode(number, stop, aux, form), expect);
        assert_eq!(expect.encode(), (stop, aux));
    }

    #[test]
    fn each_stop_byte_has_its_own_reading() {
        use AxisForm::{Documented, Firmware};
        let timed = |set, piece| Aux::AccelerometerTimed {
            board_ms: 0x0102_0304,
            set,
            piece,
        };
        check(0, Stop::Accelerometer, [0; 6], Firmware, Aux::NoNewValue);
        // The first packet of a real log: −768, −1328, 7856 counts are −0.096, −0.166, 0.982 g.
        let real = Acceleration {
            x: -768,
            y: -1328,
            z: 7856,
        };
        check(
            0,
            Stop::Accelerometer,
            [0xFD, 0, 0xFA, 0xD0, 0x1E, 0xB0],
            Firmware,
            Aux::Accelerometer(real),
        );
        assert_eq!(real.g(), [-0.096, -0.166, 0.982]);
        check(
            0,
            Stop::RawAux,
            [1, 2, 3, 4, 5, 6],
            Firmware,
            Aux::Raw([0x0102, 0x0304, 0x0506]),
        );
        check(0, Stop::User, *b"sizzle", Firmware, Aux::User(*b"sizzle"));
        check(
            17,
            Stop::AccelerometerTimeSet,
            [0xFF, 0xFE, 1, 2, 3, 4],
            Firmware,
            timed(true, Timed::Axis(Axis::X, -2)),
        );
        check(
            8,
            Stop::AccelerometerTimed,
            [0x1E, 0xB0, 1, 2, 3, 4],
            Firmware,
            timed(false, Timed::Axis(Axis::Y, 7856)),
        );
        check(
            249,
            Stop::AccelerometerTimed,
            [0, 1, 1, 2, 3, 4],
            Firmware,
            timed(false, Timed::Axis(Axis::Z, 1)),
        );
        check(
            0,
            Stop::AccelerometerTimed,
            [0, 0, 1, 2, 3, 4],
            Firmware,
            timed(false, Timed::None),
        );
        check(
            0,
            Stop::AccelerometerTimed,
            [b'X', 0x1E, 1, 2, 3, 4],
            Documented,
            timed(false, Timed::High(Axis::X, 0x1E)),
        );
        check(
            1,
            Stop::AccelerometerTimed,
            [b'x', 0xB0, 1, 2, 3, 4],
            Documented,
            timed(false, Timed::Low(Axis::X, 0xB0)),
        );
        check(
            2,
            Stop::AccelerometerTimeSet,
            [b'z', 9, 1, 2, 3, 4],
            Documented,
            timed(true, Timed::Low(Axis::Z, 9)),
        );
        check(
            7,
            Stop::AccelerometerTimed,
            [0, 0, 1, 2, 3, 4],
            Documented,
            timed(false, Timed::None),
        );
        check(
            0,
            Stop::RawAuxTimeSet,
            [1, 0, 1, 2, 3, 4],
            Firmware,
            Aux::RawTimed {
                board_ms: 0x0102_0304,
                set: true,
                raw: 256,
            },
        );
        check(
            0,
            Stop::RawAuxTimed,
            [1, 0, 1, 2, 3, 4],
            Firmware,
            Aux::RawTimed {
                board_ms: 0x0102_0304,
                set: false,
                raw: 256,
            },
        );
    }
}
