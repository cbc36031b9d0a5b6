//! GY-MCU90640: finds the module's baud rate and frame rate by itself, and wakes it when it is silent.

use std::io;
use std::time::Duration;

use firmware_interfaces::gy_mcu90640::{Baud, Command, Decoder, Item, Rate};
use wok_core::config::Protocol;
use wok_core::time::{HostTime, MS};

use super::{Dialect, Session};
use crate::config::reader::Table;
use crate::sources::{self, Equipment, serial};

/// Settings of a module.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Config {
    /// Frame rate to ask for; as it comes without.
    pub rate: Option<Rate>,
    /// Emissivity that the module is told to assume, 0–1; its own without.
    pub emissivity: Option<f64>,
}

pub(crate) fn read(table: &Table<'_>) -> Option<Equipment> {
    let port = serial::read_port(table);
    let rate = table.number("rate", 0.5..=8.0).and_then(|spot| {
        let rate = Rate::ALL
            .into_iter()
            .find(|rate| f64::from(rate.hz()) == spot.value);
        if rate.is_none() {
            table.problem(
                &spot.at,
                format!("`rate` is {}", spot.value),
                "write 0.5, 1, 2, 4 or 8, or take it out",
            );
        }
        rate
    });
    let dialect = serial::DialectConfig::GyMcu90640(Config {
        rate,
        emissivity: None,
    });
    Some(Equipment {
        protocol: Protocol::GyMcu90640,
        source: sources::Config::Serial(serial::Config {
            port: port?,
            dialect,
        }),
    })
}

/// The order of trial: what the modules are sold with first.
const TRIALS: [Baud; 3] = [Baud::B115200, Baud::B460800, Baud::B9600];
/// How long a baud rate is listened to: a frame and a half at 0.5 Hz.
const LISTEN: i64 = 3_200 * MS;
/// A silent module is woken after this.
const WAKE: i64 = 400 * MS;

pub(super) struct GyMcu90640 {
    config: Config,
    decoder: Decoder,
    baud: Baud,
    /// First and latest frame at this baud rate, and how many came after the first.
    frames: Option<(HostTime, HostTime, u32)>,
}

impl GyMcu90640 {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            decoder: Decoder::new(),
            baud: TRIALS[0],
            frames: None,
        }
    }

    fn tell(session: &mut Session<'_>, command: Command) -> io::Result<()> {
        session.send(&command.to_bytes())
    }

    /// Whether a valid frame came at the current baud rate. What was read is kept until that is
    /// known, with its stamps, and handed on only then: at a wrong baud rate it means nothing.
    fn listen(&mut self, session: &mut Session<'_>) -> io::Result<bool> {
        let began = session.now();
        let mut kept: Vec<(HostTime, Vec<u8>)> = Vec::new();
        let mut woken = false;
        let mut buffer = [0; 4096];
        self.decoder.reset();
        while session.now() - began < LISTEN && !session.is_stopped() {
            if let Some((at, n)) = session.read(&mut buffer, Duration::from_millis(50))? {
                kept.push((at, buffer[..n].to_vec()));
                if self.count(at, &buffer[..n]) {
                    for (at, bytes) in kept {
                        session.push(at, &bytes);
                    }
                    return Ok(true);
                }
            } else if kept.is_empty() && !woken && session.now() - began > WAKE {
                woken = true;
                Self::tell(session, Command::Auto)?;
            }
        }
        Ok(false)
    }

    /// Looks for frames; whether one ended in these bytes.
    fn count(&mut self, at: HostTime, bytes: &[u8]) -> bool {
        let mut found = 0;
        self.decoder.push(bytes, |item| {
            found += u32::from(matches!(item, Item::Frame(_)))
        });
        if found > 0 {
            self.frames = Some(match self.frames {
                None => (at, at, found - 1),
                Some((first, _, count)) => (first, at, count + found),
            });
        }
        found > 0
    }
}

impl Dialect for GyMcu90640 {
    fn baud(&self) -> u32 {
        self.baud.bits()
    }

    fn begin(&mut self, session: &mut Session<'_>) -> io::Result<()> {
        for baud in TRIALS {
            self.baud = baud;
            session.set_baud(baud.bits())?;
            if !self.listen(session)? {
                if session.is_stopped() {
                    return Ok(());
                }
                continue;
            }
            session
                .outlet
                .health
                .detail(format!("{} baud", baud.bits()));
            if let Some(emissivity) = self.config.emissivity {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "clamped to 1–100"
                )]
                let hundredths = (emissivity * 100.0).round().clamp(1.0, 100.0) as u8;
                Self::tell(session, Command::Emissivity(hundredths))?;
            }
            if let Some(rate) = self.config.rate {
                if rate.hz() > baud.max_frame_rate_hz() {
                    tracing::warn!(
                        rate = rate.hz(),
                        most = baud.max_frame_rate_hz(),
                        "the module's baud rate carries fewer frames than asked for; set it to 460800",
                    );
                }
                Self::tell(session, Command::Rate(rate))?;
            }
            return Ok(());
        }
        let what = "no frame at 9600, 115200 or 460800 baud; look at the module's power, and that its TX goes to the adapter's RX";
        Err(io::Error::new(io::ErrorKind::TimedOut, what))
    }

    fn heard(&mut self, session: &mut Session<'_>, at: HostTime, bytes: &[u8]) -> io::Result<()> {
        if self.count(at, bytes)
            && let Some((first, last, count @ 1..)) = self.frames
            && (count < 4 || count.is_power_of_two())
        {
            #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
            let rate = f64::from(count) * 1e9 / (last - first).max(1) as f64;
            session.outlet.health.detail(format!(
                "{} baud, {rate:.2} frames a second",
                self.baud.bits()
            ));
        }
        Ok(())
    }

    fn silence(&self) -> Duration {
        Duration::from_secs(8)
    }

    fn hint(&self) -> &'static str {
        "look at the module's power and wires"
    }
}
