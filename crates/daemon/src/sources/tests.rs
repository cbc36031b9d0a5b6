//! What every source is held to: the bytes that come out are the bytes that went in, in order, the
//! device's coming and going is told, and a stop ends it.

mod audio;
mod plug;
mod serial;

use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use firmware_interfaces::{cyton, gy_mcu90640, thinkgear};
use wok_core::config::DeviceId;
use wok_core::event::Body;

use super::*;
use crate::clock::Monotonic;
use crate::inbox::{Inbox, Taken};
use plug::{Board, Device, Mute, Plug, Rig};

const LONG: Duration = Duration::from_secs(20);

/// A source under test and everything it has told.
struct Bench {
    source: Source,
    stop: StopToken,
    inbox: Inbox,
    bytes: Vec<u8>,
    links: Vec<bool>,
    probes: u32,
}

impl Bench {
    fn start(config: &Config) -> Self {
        let inbox = Inbox::default();
        let feed = inbox.feed(DeviceId(7), 64 << 20);
        let stop = StopToken::default();
        let source = start("test", config, feed, Arc::new(Monotonic), stop.clone()).unwrap();
        Self {
            source,
            stop,
            inbox,
            bytes: Vec::new(),
            links: Vec::new(),
            probes: 0,
        }
    }

    /// Takes what comes until `done`.
    #[track_caller]
    fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !done(self) {
            let state = self.source.health.state();
            assert!(
                began.elapsed() < LONG,
                "{what}: {} bytes, links {:?}, {state:?}",
                self.bytes.len(),
                self.links
            );
            match self.inbox.take(Duration::from_millis(20)) {
                Taken::Body(Body::Read { device, bytes, .. }) => {
                    assert_eq!(device, DeviceId(7));
                    self.bytes.extend_from_slice(&bytes);
                }
                Taken::Body(Body::Link { up, .. }) => self.links.push(up),
                Taken::Body(Body::Probe { sent, received, .. }) => {
                    assert!(sent < received);
                    self.probes += 1;
                }
                Taken::Body(other) => panic!("{other:?}"),
                Taken::Nothing | Taken::Closed => {}
            }
        }
    }

    fn opened(&self) -> u64 {
        self.source.health.state().opened
    }

    #[track_caller]
    fn end(self) {
        self.stop.stop();
        let began = Instant::now();
        while !self.source.is_finished() {
            assert!(began.elapsed() < LONG, "the source does not stop");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(!self.source.health.is_up());
        assert_eq!(self.source.health.state().panics, 0);
        self.source.join();
    }
}

#[test]
fn a_source_that_panics_is_started_again() {
    let inbox = Inbox::default();
    let outlet = Outlet {
        feed: inbox.feed(DeviceId(1), 1024),
        clock: Arc::new(Monotonic),
        health: Arc::new(Health::new("test".into())),
        stop: StopToken::default(),
    };
    let runs = Mutex::new(0);
    let run = || {
        let mut runs = runs
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *runs += 1;
        assert!(*runs > 1, "the first run fails");
    };
    supervise(&outlet, run);
    assert_eq!(
        (
            outlet.health.state().panics,
            *runs
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
        ),
        (1, 2)
    );
}
