//! Serial ports: a thread for each, which opens by a stable name, brings the device to stream, stamps
//! and hands on every read, and goes on by itself when the device is unplugged and comes back.

mod dialect;
mod port;

pub use dialect::{Config as DialectConfig, cyton, gy_mcu90640, thinkgear, woklink};

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use wok_core::time::HostTime;

use self::dialect::Dialect;
use self::port::Port;
use super::{Backoff, Outlet, name};
use crate::config::reader::Table;

/// A serial device.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The port, by a stable name: `/dev/serial/by-id/…`, `/dev/serial/by-path/…`, or one of one's own
    /// udev rules. A `*` in the last part stands for anything.
    pub port: PathBuf,
    /// What the device speaks.
    pub dialect: DialectConfig,
}

/// The `port` of a section.
pub(crate) fn read_port(table: &Table<'_>) -> Option<PathBuf> {
    let port = table.path("port").map(|spot| spot.value);
    table.need(
        "port",
        "name the serial port; `wokd devices` lists them",
        port,
    )
}

/// How long one read waits before the dialect gets its turn.
const TURN: Duration = Duration::from_millis(100);
/// Most bytes of one read.
const READ: usize = 16 * 1024;

/// What a dialect does with an open port.
pub(crate) struct Session<'s> {
    port: Box<dyn Port>,
    pub(crate) outlet: &'s Outlet,
}

impl Session<'_> {
    /// Reads what is there, waiting at most `wait`: how many bytes, and when they were in hand.
    /// `None` when nothing came.
    ///
    /// # Errors
    /// When the device is gone.
    pub(crate) fn read(
        &mut self,
        buffer: &mut [u8],
        wait: Duration,
    ) -> io::Result<Option<(HostTime, usize)>> {
        let got = self.port.read(buffer, wait)?;
        let at = self.outlet.clock.now();
        Ok(got.map(|n| (at, n)))
    }

    /// Hands bytes on.
    pub(crate) fn push(&self, at: HostTime, bytes: &[u8]) {
        self.outlet.push(at, bytes);
    }

    /// Sends bytes to the device.
    ///
    /// # Errors
    /// When the device is gone.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.port.write(bytes)
    }

    /// Changes the baud rate and forgets what came at the old one.
    ///
    /// # Errors
    /// When the port cannot do that rate, or is gone.
    pub(crate) fn set_baud(&mut self, baud: u32) -> io::Result<()> {
        self.port.set_baud(baud)
    }

    pub(crate) fn now(&self) -> HostTime {
        self.outlet.clock.now()
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.outlet.stop.is_stopped()
    }
}

/// Runs until asked to stop.
pub(super) fn run(config: &Config, outlet: &Outlet) {
    let mut backoff = Backoff::new();
    while !outlet.stop.is_stopped() {
        let mut dialect = config.dialect.open();
        let reads = outlet.health.state().reads;
        if let Err(error) = visit(config, dialect.as_mut(), outlet) {
            outlet.down(&error.to_string());
        }
        if outlet.health.state().reads > reads {
            backoff.reset();
        }
        if outlet.stop.wait(backoff.next()) {
            break;
        }
    }
    outlet.down("stopped");
}

/// One stay at the device: open, begin, read until it is gone or the daemon stops. The port is
/// closed when this returns.
fn visit(config: &Config, dialect: &mut dyn Dialect, outlet: &Outlet) -> io::Result<()> {
    let real = name::resolve(&config.port, "tty")?;
    let port = port::open(&real, dialect.baud())?;
    outlet.health.opened();
    converse(
        &mut Session {
            port: Box::new(port),
            outlet,
        },
        dialect,
    )
}

fn converse(session: &mut Session<'_>, dialect: &mut dyn Dialect) -> io::Result<()> {
    dialect.begin(session)?;
    let mut buffer = vec![0; READ];
    let patience = i64::try_from(dialect.silence().as_nanos()).unwrap_or(i64::MAX);
    let mut heard = session.now();
    while !session.is_stopped() {
        match session.read(&mut buffer, TURN)? {
            Some((at, n)) => {
                heard = at;
                session.push(at, &buffer[..n]);
                dialect.heard(session, at, &buffer[..n])?;
            }
            None if session.now() - heard > patience => {
                let what = format!(
                    "silent for {} s; {}",
                    dialect.silence().as_secs(),
                    dialect.hint()
                );
                return Err(io::Error::new(io::ErrorKind::TimedOut, what));
            }
            None => {}
        }
        dialect.turn(session)?;
    }
    dialect.end(session);
    Ok(())
}

#[cfg(test)]
mod tests;
