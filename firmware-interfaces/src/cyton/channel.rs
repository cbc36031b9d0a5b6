//! The settings of a channel's amplifier.

/// Amplifier gain of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Gain {
    /// × 1.
    X1,
    /// × 2.
    X2,
    /// × 4.
    X4,
    /// × 6.
    X6,
    /// × 8.
    X8,
    /// × 12.
    X12,
    /// × 24, the board's default.
    #[default]
    X24,
}

impl Gain {
    /// Every gain, in the order of its code.
    pub const ALL: [Self; 7] = [
        Self::X1,
        Self::X2,
        Self::X4,
        Self::X6,
        Self::X8,
        Self::X12,
        Self::X24,
    ];

    /// The factor, as [`super::microvolts`] takes it.
    #[must_use]
    pub const fn factor(self) -> u8 {
        match self {
            Self::X1 => 1,
            Self::X2 => 2,
            Self::X4 => 4,
            Self::X6 => 6,
            Self::X8 => 8,
            Self::X12 => 12,
            Self::X24 => 24,
        }
    }
}

/// What a channel's amplifier is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Input {
    /// The electrode.
    #[default]
    Normal,
    /// Shorted inputs: offset and noise.
    Shorted,
    /// The bias signal, measured.
    BiasMeasurement,
    /// The supply.
    Supply,
    /// The chip's temperature.
    Temperature,
    /// The test signal.
    TestSignal,
    /// The positive electrode drives the bias.
    BiasDrivePositive,
    /// The negative electrode drives the bias.
    BiasDriveNegative,
}

impl Input {
    /// Every input, in the order of its code.
    pub const ALL: [Self; 8] = [
        Self::Normal,
        Self::Shorted,
        Self::BiasMeasurement,
        Self::Supply,
        Self::Temperature,
        Self::TestSignal,
        Self::BiasDrivePositive,
        Self::BiasDriveNegative,
    ];
}

/// The settings of one channel, `x (channel) (power) (gain) (input) (bias) (SRB2) (SRB1) X`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChannelSetting {
    /// Channel 1–16; 9–16 belong to a Daisy. Clamped to that when written.
    pub channel: u8,
    /// Whether the channel is powered.
    pub on: bool,
    /// The gain.
    pub gain: Gain,
    /// The input.
    pub input: Input,
    /// Whether the channel takes part in the bias drive.
    pub bias: bool,
    /// Whether SRB2 (the reference on the lower pins) is connected.
    pub srb2: bool,
    /// Whether SRB1 is connected, to all channels.
    pub srb1: bool,
}

/// The letters of channels 1–16.
const CHANNEL_LETTERS: [u8; 16] = *b"12345678QWERTYUI";

impl ChannelSetting {
    /// The nine bytes of the command.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 9] {
        let index = usize::from(self.channel.clamp(1, 16) - 1);
        let letter = CHANNEL_LETTERS.get(index).copied().unwrap_or(b'1');
        let flag = |set: bool| b'0' + u8::from(set);
        let (power, gain, input) = (
            flag(!self.on),
            b'0' + self.gain as u8,
            b'0' + self.input as u8,
        );
        [
            b'x',
            letter,
            power,
            gain,
            input,
            flag(self.bias),
            flag(self.srb2),
            flag(self.srb1),
            b'X',
        ]
    }

    /// Reads the nine bytes of the command, or `None` when a field is out of its range.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 9]) -> Option<Self> {
        let [b'x', letter, power, gain, input, bias, srb2, srb1, b'X'] = bytes else {
            return None;
        };
        let digit = |byte: &u8| usize::from(byte.wrapping_sub(b'0'));
        let flag = |byte: &u8| [false, true].get(digit(byte)).copied();
        let channel = CHANNEL_LETTERS.iter().position(|l| l == letter)? as u8 + 1;
        Some(Self {
            channel,
            on: !flag(power)?,
            gain: *Gain::ALL.get(digit(gain))?,
            input: *Input::ALL.get(digit(input))?,
            bias: flag(bias)?,
            srb2: flag(srb2)?,
            srb1: flag(srb1)?,
        })
    }
}
