//! What the host sends to a dongle.

use crate::{TooSmall, stream::room};

/// A command of the host to a dongle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// `C0`: connect to the headset with this global id.
    Connect(u16),
    /// `C1`: disconnect.
    Disconnect,
    /// `C2`: connect to any headset.
    AutoConnect,
}

impl Command {
    /// Writes the command and says how many bytes it took: 3 for `Connect`, else 1.
    ///
    /// # Errors
    /// [`TooSmall`] when `out` is shorter than that.
    pub fn encode(self, out: &mut [u8]) -> Result<usize, TooSmall> {
        match self {
            Self::Connect(id) => {
                let [hi, lo] = id.to_be_bytes();
                room(out, 3)?.copy_from_slice(&[0xC0, hi, lo]);
                Ok(3)
            }
            Self::Disconnect | Self::AutoConnect => {
                room(out, 1)?.fill(if self == Self::Disconnect { 0xC1 } else { 0xC2 });
                Ok(1)
            }
        }
    }

    /// Reads the command at the front of `bytes`, as a dongle would: the command and its length.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<(Self, usize)> {
        match *bytes {
            [0xC0, hi, lo, ..] => Some((Self::Connect(u16::from_be_bytes([hi, lo])), 3)),
            [0xC1, ..] => Some((Self::Disconnect, 1)),
            [0xC2, ..] => Some((Self::AutoConnect, 1)),
            _ => None,
        }
    }
}
