//! OpenBCI Cyton: reset, set up the channels, start; stop at the end.

use std::io;
use std::time::Duration;

use firmware_interfaces::cyton::{BAUD, ChannelSetting, Command, Gain, Input, ReplyEnd};
use wok_core::config::Protocol;

use super::{Dialect, Session};
use crate::config::reader::Table;
use crate::sources::{self, Equipment, serial};

/// Where the channels' negative inputs are connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// The SRB2 pin, the board's default.
    Srb2,
    /// The SRB1 pin.
    Srb1,
    /// None: each channel is differential.
    Differential,
}

/// Settings of a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// With a Daisy: 16 channels at 125 Hz.
    pub daisy: bool,
    /// Gain of every channel.
    pub gain: Gain,
    /// The reference.
    pub reference: Reference,
    /// Whether every channel takes part in the bias drive.
    pub bias: bool,
}

impl Config {
    fn channels(&self) -> u8 {
        if self.daisy { 16 } else { 8 }
    }

    fn is_by_default(&self) -> bool {
        self.gain == Gain::X24 && self.reference == Reference::Srb2 && self.bias
    }

    /// What is sent, in order, each of it answered by a text that ends with `$$$`.
    fn preparation(&self) -> Vec<Command> {
        let mut commands = vec![Command::Reset];
        commands.push(if self.daisy {
            Command::SixteenChannels
        } else {
            Command::EightChannels
        });
        if !self.is_by_default() {
            commands.extend((1..=self.channels()).map(|channel| {
                Command::Channel(ChannelSetting {
                    channel,
                    on: true,
                    gain: self.gain,
                    input: Input::Normal,
                    bias: self.bias,
                    srb2: self.reference == Reference::Srb2,
                    srb1: self.reference == Reference::Srb1,
                })
            }));
        }
        commands
    }
}

pub(crate) fn read(table: &Table<'_>) -> Option<Equipment> {
    let port = serial::read_port(table);
    let daisy = table.flag("daisy").unwrap_or(false);
    let factors = Gain::ALL.map(|gain| i64::from(gain.factor()));
    let gain = match table.integer_of("gain", &factors) {
        Some(spot) => Gain::ALL
            .into_iter()
            .find(|gain| i64::from(gain.factor()) == spot.value),
        None => Some(Gain::X24),
    }?;
    let choices = [
        ("srb2", Reference::Srb2),
        ("srb1", Reference::Srb1),
        ("differential", Reference::Differential),
    ];
    let reference = table
        .choice("reference", &choices)
        .unwrap_or(Reference::Srb2);
    let bias = table.flag("bias").unwrap_or(true);
    let dialect = serial::DialectConfig::Cyton(Config {
        daisy,
        gain,
        reference,
        bias,
    });
    Some(Equipment {
        protocol: Protocol::Cyton {
            daisy,
            gain: gain.factor(),
        },
        source: sources::Config::Serial(serial::Config {
            port: port?,
            dialect,
        }),
    })
}

/// How long a reply may take. A reset's banner takes about a second; design choice.
const REPLY: i64 = 2_000_000_000;

pub(super) struct Cyton {
    config: Config,
}

impl Cyton {
    pub(super) fn new(config: Config) -> Self {
        Self { config }
    }

    fn tell(session: &mut Session<'_>, command: Command) -> io::Result<()> {
        let mut out = [0; 9];
        let n = command.encode(&mut out).map_err(io::Error::other)?;
        session.send(&out[..n])
    }
}

/// Waits for the end of a reply; what comes is handed on, because a board that streams already
/// is heard here first. Whether the end came.
fn await_reply(session: &mut Session<'_>, text: &mut Vec<u8>) -> io::Result<bool> {
    let until = session.now() + REPLY;
    let mut end = ReplyEnd::new();
    let mut buffer = [0; 4096];
    while session.now() < until && !session.is_stopped() {
        if let Some((at, n)) = session.read(&mut buffer, Duration::from_millis(50))? {
            session.push(at, &buffer[..n]);
            text.extend_from_slice(&buffer[..n.min(1024)]);
            if end.push(&buffer[..n]).is_some() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

impl Dialect for Cyton {
    fn baud(&self) -> u32 {
        BAUD
    }

    fn begin(&mut self, session: &mut Session<'_>) -> io::Result<()> {
        for command in self.config.preparation() {
            let mut text = Vec::new();
            Self::tell(session, command)?;
            if !await_reply(session, &mut text)? {
                if self.config.is_by_default() {
                    // What is there may be a board that streams already; the start is sent all the same.
                    break;
                }
                // With other settings than those that were asked for, its numbers would mean something else.
                let what = "the board does not answer, so it cannot be told its gain, reference and bias; switch it off and on (PC)";
                return Err(io::Error::new(io::ErrorKind::TimedOut, what));
            }
            // The dongle speaks for a board that does not.
            if text.windows(7).any(|word| word == b"Failure") {
                let what = "the dongle answers, but its board does not; switch the board on (PC) and look at its battery";
                return Err(io::Error::new(io::ErrorKind::TimedOut, what));
            }
        }
        Self::tell(session, Command::Start)
    }

    fn end(&mut self, session: &mut Session<'_>) {
        // Best effort: a board that is gone needs no stop.
        let _ = Self::tell(session, Command::Stop);
    }

    fn hint(&self) -> &'static str {
        "switch the board on (PC) and look at its battery and at the dongle's switch (GPIO 6)"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_by_default_needs_no_channel_settings() {
        let mut config = Config {
            daisy: false,
            gain: Gain::X24,
            reference: Reference::Srb2,
            bias: true,
        };
        assert_eq!(
            config.preparation(),
            [Command::Reset, Command::EightChannels]
        );
        config.daisy = true;
        config.gain = Gain::X12;
        let commands = config.preparation();
        assert_eq!(commands.len(), 2 + 16);
        let mut out = [0; 9];
        let n = commands[2].encode(&mut out).unwrap();
        assert_eq!(&out[..n], b"x1050110X");
    }
}
