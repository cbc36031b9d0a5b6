//! NeuroSky ThinkGear: it streams by itself; a dongle on standby is told to look for its headset.

use std::io;

use firmware_interfaces::thinkgear::{Command, DONGLE_BAUD, Decoder, Dongle, Item, Row, TGAM_BAUD};
use wok_core::config::Protocol;
use wok_core::time::{HostTime, SECOND};

use super::{Dialect, Session};
use crate::config::reader::Table;
use crate::sources::{self, Equipment, serial};

/// Settings of a headset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Baud rate: 115200 for a dongle, 57600 for a bare module.
    pub baud: u32,
    /// Global id of the headset that a dongle connects to; any headset without.
    pub headset: Option<u16>,
}

pub(crate) fn read(table: &Table<'_>) -> Option<Equipment> {
    let port = serial::read_port(table);
    let bauds = [i64::from(DONGLE_BAUD), i64::from(TGAM_BAUD)];
    let baud = table
        .integer_of("baud", &bauds)
        .and_then(|spot| u32::try_from(spot.value).ok());
    let headset = table
        .integer("headset", 0..=0xFFFF)
        .and_then(|spot| u16::try_from(spot.value).ok());
    let config = Config {
        baud: baud.unwrap_or(DONGLE_BAUD),
        headset,
    };
    let dialect = serial::DialectConfig::ThinkGear(config);
    Some(Equipment {
        protocol: Protocol::ThinkGear,
        source: sources::Config::Serial(serial::Config {
            port: port?,
            dialect,
        }),
    })
}

pub(super) struct ThinkGear {
    config: Config,
    decoder: Decoder,
    asked: Option<HostTime>,
}

impl ThinkGear {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            decoder: Decoder::new(),
            asked: None,
        }
    }
}

impl Dialect for ThinkGear {
    fn baud(&self) -> u32 {
        self.config.baud
    }

    fn begin(&mut self, _: &mut Session<'_>) -> io::Result<()> {
        Ok(())
    }

    fn heard(&mut self, session: &mut Session<'_>, at: HostTime, bytes: &[u8]) -> io::Result<()> {
        let mut standby = false;
        self.decoder.push(bytes, |item| {
            if let Item::Packet(packet) = item {
                standby |= packet
                    .rows()
                    .any(|row| matches!(row, Row::Dongle(Dongle::Standby { scanning: false })));
            }
        });
        // Asked once in ten seconds, so that a search under way is not begun anew.
        if standby && self.asked.is_none_or(|asked| at - asked > 10 * SECOND) {
            self.asked = Some(at);
            let command = self
                .config
                .headset
                .map_or(Command::AutoConnect, Command::Connect);
            let mut out = [0; 3];
            let n = command.encode(&mut out).map_err(io::Error::other)?;
            session.send(&out[..n])?;
        }
        Ok(())
    }

    fn hint(&self) -> &'static str {
        "switch the headset on; a bare module speaks at `baud = 57600`"
    }
}
