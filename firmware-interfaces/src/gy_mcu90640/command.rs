//! What the host sends to the module.

use super::FRAME_LEN;
use crate::{TooSmall, stream::room};

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
    fn baud_rates_cap_the_frame_rate() {
        assert!((Baud::B115200.max_frame_rate_hz() - 7.46).abs() < 0.01);
        assert!(Baud::B460800.max_frame_rate_hz() > Rate::Eight.hz());
    }
}
