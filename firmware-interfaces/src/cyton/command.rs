//! What the host sends to a board, and the end of the board's text replies.

use super::{ChannelSetting, HEADER};
use crate::{TooSmall, stream::room};

/// A command of the host (OpenBCI Cyton SDK).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// `b`: stream.
    Start,
    /// `s`: stop streaming.
    Stop,
    /// `v`: soft reset; the board answers with a text that ends with `$$$`.
    Reset,
    /// `?`: print the registers.
    QueryRegisters,
    /// `<`: board time in every packet (stop bytes C3–C6).
    TimestampsOn,
    /// `>`: no board time.
    TimestampsOff,
    /// `c`: 8 channels.
    EightChannels,
    /// `C`: 16 channels, with a Daisy.
    SixteenChannels,
    /// `d`: all channels to their defaults (on, gain 24, normal input, bias, SRB2).
    DefaultChannels,
    /// `x…X`: the settings of one channel.
    Channel(ChannelSetting),
}

impl Command {
    /// Writes the command and says how many bytes it took: 1, or 9 for a channel setting.
    ///
    /// # Errors
    /// [`TooSmall`] when `out` is shorter than that.
    pub fn encode(self, out: &mut [u8]) -> Result<usize, TooSmall> {
        let letter = match self {
            Self::Start => b'b',
            Self::Stop => b's',
            Self::Reset => b'v',
            Self::QueryRegisters => b'?',
            Self::TimestampsOn => b'<',
            Self::TimestampsOff => b'>',
            Self::EightChannels => b'c',
            Self::SixteenChannels => b'C',
            Self::DefaultChannels => b'd',
            Self::Channel(setting) => {
                let bytes = setting.to_bytes();
                room(out, bytes.len())?.copy_from_slice(&bytes);
                return Ok(bytes.len());
            }
        };
        room(out, 1)?.fill(letter);
        Ok(1)
    }

    /// Reads the command at the front of `bytes`, as a board would: the command and its length. `None` when the first byte begins
    /// no known command or the command is not whole.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<(Self, usize)> {
        let command = match bytes.first()? {
            b'b' => Self::Start,
            b's' => Self::Stop,
            b'v' => Self::Reset,
            b'?' => Self::QueryRegisters,
            b'<' => Self::TimestampsOn,
            b'>' => Self::TimestampsOff,
            b'c' => Self::EightChannels,
            b'C' => Self::SixteenChannels,
            b'd' => Self::DefaultChannels,
            b'x' => {
                return Some((
                    Self::Channel(ChannelSetting::from_bytes(bytes.first_chunk()?)?),
                    9,
                ));
            }
            _ => return None,
        };
        Some((command, 1))
    }
}

/// Finds the `$$$` that ends a board's text reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReplyEnd {
    dollars: u8,
}

impl ReplyEnd {
    /// A recogniser that has seen nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { dollars: 0 }
    }

    /// Feeds bytes; the index just behind the first `$$$` in them (the reply may have begun in earlier calls), or `None` yet.
    pub fn push(&mut self, bytes: &[u8]) -> Option<usize> {
        for (i, &byte) in bytes.iter().enumerate() {
            self.dollars = if byte == b'$' { self.dollars + 1 } else { 0 };
            if self.dollars == 3 {
                self.dollars = 0;
                return Some(i + 1);
            }
        }
        None
    }
}

/// Text of a reply never holds a packet's header, which is not ASCII; a reply can be skipped by the decoder without loss.
const _: () = assert!(!HEADER.is_ascii());

#[cfg(test)]
mod tests {
    use super::super::{Gain, Input};
    use super::*;

    fn check(command: Command, bytes: &[u8]) {
        let mut out = [0; 9];
        let n = command.encode(&mut out).unwrap();
        assert_eq!(&out[..n], bytes);
        assert_eq!(Command::decode(bytes), Some((command, n)));
    }

    #[test]
    fn commands_are_the_documented_letters() {
        for (command, letter) in [
            (Command::Start, b"b"),
            (Command::Stop, b"s"),
            (Command::Reset, b"v"),
            (Command::QueryRegisters, b"?"),
            (Command::TimestampsOn, b"<"),
            (Command::TimestampsOff, b">"),
            (Command::EightChannels, b"c"),
            (Command::SixteenChannels, b"C"),
            (Command::DefaultChannels, b"d"),
        ] {
            check(command, letter);
        }
        // The document's own example: channel 3 off, gain 24, normal, bias, SRB2 on, SRB1 off.
        let setting = ChannelSetting {
            channel: 3,
            on: false,
            gain: Gain::X24,
            input: Input::Normal,
            bias: true,
            srb2: true,
            srb1: false,
        };
        check(Command::Channel(setting), b"x3160110X");
        check(
            Command::Channel(ChannelSetting {
                channel: 16,
                on: true,
                input: Input::TestSignal,
                ..setting
            }),
            b"xI065110X",
        );
        assert_eq!(Command::Start.encode(&mut []), Err(TooSmall { needed: 1 }));
    }

    #[test]
    fn a_spoiled_setting_is_none() {
        for bytes in [
            &b"x9160110X"[..],
            b"x3260110X",
            b"x3170110X",
            b"x3160110Y",
            b"x3160",
            b"z",
            b"",
        ] {
            assert_eq!(Command::decode(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn the_reply_ends_at_three_dollars() {
        let mut end = ReplyEnd::new();
        assert_eq!(end.push(b"OpenBCI V3 8-16 channel\n$$"), None);
        assert_eq!(end.push(b"$\xA0"), Some(1));
        assert_eq!(end.push(b"$$ $$$"), Some(6));
    }
}
