//! What the daemon says to each serial device: how it is brought to stream, kept streaming, and stopped.

pub mod cyton;
pub mod gy_mcu90640;
pub mod thinkgear;
pub mod woklink;

use std::io;
use std::time::Duration;

use wok_core::time::HostTime;

use super::Session;

/// What a serial device speaks, with its settings.
#[derive(Debug, Clone, PartialEq)]
pub enum Config {
    /// OpenBCI Cyton.
    Cyton(cyton::Config),
    /// NeuroSky ThinkGear.
    ThinkGear(thinkgear::Config),
    /// GY-MCU90640.
    GyMcu90640(gy_mcu90640::Config),
    /// The project's own link.
    WokLink(woklink::Config),
}

impl Config {
    pub(super) fn open(&self) -> Box<dyn Dialect> {
        match self {
            Self::Cyton(config) => Box::new(cyton::Cyton::new(config.clone())),
            Self::ThinkGear(config) => Box::new(thinkgear::ThinkGear::new(config.clone())),
            Self::GyMcu90640(config) => Box::new(gy_mcu90640::GyMcu90640::new(config.clone())),
            Self::WokLink(config) => Box::new(woklink::WokLink::new(config.clone())),
        }
    }
}

/// The conversation with a device over one open port; made anew when it comes back.
pub(super) trait Dialect: Send {
    /// Baud rate to open the port with.
    fn baud(&self) -> u32;

    /// Brings the device to stream. Bytes that come meanwhile are handed on.
    ///
    /// # Errors
    /// When the device is gone or cannot be brought to stream; it is then tried again.
    fn begin(&mut self, session: &mut Session<'_>) -> io::Result<()>;

    /// Bytes came; they have been handed on already.
    ///
    /// # Errors
    /// When the device is gone.
    fn heard(
        &mut self,
        _session: &mut Session<'_>,
        _at: HostTime,
        _bytes: &[u8],
    ) -> io::Result<()> {
        Ok(())
    }

    /// Its turn, at least ten times a second.
    ///
    /// # Errors
    /// When the device is gone.
    fn turn(&mut self, _session: &mut Session<'_>) -> io::Result<()> {
        Ok(())
    }

    /// The daemon stops.
    fn end(&mut self, _session: &mut Session<'_>) {}

    /// How long it may say nothing before it is taken for gone and begun anew.
    fn silence(&self) -> Duration {
        Duration::from_secs(5)
    }

    /// What to look at when it says nothing.
    fn hint(&self) -> &'static str;
}
