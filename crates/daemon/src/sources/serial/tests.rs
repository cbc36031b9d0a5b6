//! Conversations over a port of which the test owns the time.

use std::sync::Arc;

use firmware_interfaces::gy_mcu90640::{Baud, Command, FRAME_LEN, PIXELS, Rate, encode};
use wok_core::config::DeviceId;
use wok_core::event::Body;
use wok_core::time::{MS, SECOND};

use super::*;
use crate::clock::{Clock as _, Manual};
use crate::inbox::{Inbox, Taken};
use crate::sources::{Health, StopToken};

/// A thermal module at one baud rate; at any other its bytes are garbage.
struct Module {
    clock: Arc<Manual>,
    baud: u32,
    port: u32,
    period: i64,
    /// When the next frame is due; `None` while it is silent.
    next: Option<HostTime>,
    told: Arc<std::sync::Mutex<Vec<Command>>>,
    /// Frames until it is unplugged.
    left: u32,
}

impl Port for Module {
    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> io::Result<Option<usize>> {
        let end = self.clock.now() + i64::try_from(wait.as_nanos()).unwrap();
        match self.next {
            Some(next) if next <= end => {
                self.clock.set(next);
                self.next = Some(next + self.period);
                if self.left == 0 {
                    return Err(io::ErrorKind::BrokenPipe.into());
                }
                self.left -= 1;
                encode(&[2500; PIXELS], 2400, buffer).unwrap();
                if self.port != self.baud {
                    buffer[..FRAME_LEN].fill(0x3C);
                }
                Ok(Some(FRAME_LEN))
            }
            _ => {
                self.clock.set(end);
                Ok(None)
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.port != self.baud {
            return Ok(());
        }
        let (command, _) = Command::decode(bytes).expect("a whole command");
        self.told.lock().unwrap().push(command);
        if command == Command::Auto {
            self.next = Some(self.clock.now() + self.period);
        }
        Ok(())
    }

    fn set_baud(&mut self, baud: u32) -> io::Result<()> {
        self.port = baud;
        Ok(())
    }
}

/// What was found out, what the module was told, and how many bytes were handed on.
fn converse_with(
    baud: Baud,
    period: i64,
    silent: bool,
    config: gy_mcu90640::Config,
) -> (String, Vec<Command>, usize) {
    let clock = Arc::new(Manual::at(HostTime::from_nanos(SECOND)));
    let told = Arc::new(std::sync::Mutex::new(Vec::new()));
    let module = Module {
        clock: Arc::clone(&clock),
        baud: baud.bits(),
        port: 0,
        period,
        next: (!silent).then(|| HostTime::from_nanos(SECOND + period / 3)),
        told: Arc::clone(&told),
        left: 80,
    };
    let inbox = Inbox::default();
    let outlet = Outlet {
        feed: inbox.feed(DeviceId(0), 1 << 20),
        clock,
        health: Arc::new(Health::new("test".into())),
        stop: StopToken::default(),
    };
    let mut dialect = DialectConfig::GyMcu90640(config).open();
    let mut session = Session {
        port: Box::new(module),
        outlet: &outlet,
    };
    let error = converse(&mut session, dialect.as_mut()).unwrap_err();
    let mut bytes = 0;
    while let Taken::Body(body) = inbox.take(Duration::ZERO) {
        if let Body::Read { bytes: read, .. } = body {
            bytes += read.len();
        }
    }
    let told = told.lock().unwrap().clone();
    (
        outlet
            .health
            .state()
            .detail
            .unwrap_or_else(|| error.to_string()),
        told,
        bytes,
    )
}

#[test]
fn a_module_is_found_at_any_baud_and_frame_rate() {
    for (baud, period, rate) in [
        (Baud::B115200, 134 * MS, "7.46"),
        (Baud::B115200, 2000 * MS, "0.50"),
        (Baud::B460800, 125 * MS, "8.00"),
        (Baud::B460800, 1000 * MS, "1.00"),
        (Baud::B9600, 2000 * MS, "0.50"),
    ] {
        for silent in [false, true] {
            let (detail, told, bytes) =
                converse_with(baud, period, silent, gy_mcu90640::Config::default());
            assert_eq!(
                detail,
                format!("{} baud, {rate} frames a second", baud.bits()),
                "silent {silent}"
            );
            assert!(
                !silent || told.contains(&Command::Auto),
                "a silent module is woken"
            );
            assert!(bytes >= 20 * FRAME_LEN && bytes % FRAME_LEN == 0, "{bytes}");
        }
    }
}

#[test]
fn a_module_is_told_its_rate_and_emissivity() {
    let config = gy_mcu90640::Config {
        rate: Some(Rate::Eight),
        emissivity: Some(0.9),
    };
    let (_, told, _) = converse_with(Baud::B460800, 125 * MS, false, config);
    assert_eq!(told, [Command::Emissivity(90), Command::Rate(Rate::Eight)]);
}

#[test]
fn a_device_that_says_nothing_sensible_is_told_with_what_to_look_at() {
    let (error, _, bytes) = converse_with(
        Baud::B115200,
        3600 * SECOND,
        true,
        gy_mcu90640::Config::default(),
    );
    assert!(
        error.contains("no frame at 9600, 115200 or 460800 baud") && error.contains("TX"),
        "{error}"
    );
    assert_eq!(bytes, 0);
}
