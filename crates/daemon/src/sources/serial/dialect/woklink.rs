//! WokLink: asks who is there, and pings once a second so that the device's clock is known both ways.

use std::collections::VecDeque;
use std::io;

use firmware_interfaces::woklink::{BAUD, Decoder, Encoder, Item, MAX_WIRE, Message};
use wok_core::config::Protocol;
use wok_core::time::{HostTime, SECOND};

use super::{Dialect, Session};
use crate::config::reader::Table;
use crate::sources::{self, Equipment, serial};

/// Settings of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Baud rate; USB devices ignore it.
    pub baud: u32,
}

pub(crate) fn read(table: &Table<'_>) -> Option<Equipment> {
    let port = serial::read_port(table);
    let baud = table
        .integer("baud", 9_600..=4_000_000)
        .and_then(|spot| u32::try_from(spot.value).ok());
    let sound = table.flag("sound").unwrap_or(false);
    let dialect = serial::DialectConfig::WokLink(Config {
        baud: baud.unwrap_or(BAUD),
    });
    Some(Equipment {
        protocol: Protocol::WokLink { sound },
        source: sources::Config::Serial(serial::Config {
            port: port?,
            dialect,
        }),
    })
}

/// Pings without an answer that are remembered.
const PENDING: usize = 8;

pub(super) struct WokLink {
    config: Config,
    decoder: Box<Decoder>,
    encoder: Encoder,
    next: u32,
    pinged: Option<HostTime>,
    pending: VecDeque<(u32, HostTime)>,
}

impl WokLink {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            decoder: Box::new(Decoder::new()),
            encoder: Encoder::new(),
            next: 0,
            pinged: None,
            pending: VecDeque::new(),
        }
    }

    fn tell(&mut self, session: &mut Session<'_>, message: &Message<'_>) -> io::Result<HostTime> {
        let mut out = [0; MAX_WIRE];
        let sent = session.now();
        let time_us = u64::try_from(sent.as_nanos() / 1000).unwrap_or(0);
        let n = self
            .encoder
            .encode(time_us, message, &mut out)
            .map_err(io::Error::other)?;
        session.send(&out[..n])?;
        Ok(sent)
    }
}

impl Dialect for WokLink {
    fn baud(&self) -> u32 {
        self.config.baud
    }

    fn begin(&mut self, session: &mut Session<'_>) -> io::Result<()> {
        // A lone delimiter ends whatever the device may have half heard.
        session.send(&[0])?;
        self.tell(session, &Message::Identify).map(drop)
    }

    fn heard(&mut self, session: &mut Session<'_>, at: HostTime, bytes: &[u8]) -> io::Result<()> {
        let Self {
            decoder, pending, ..
        } = self;
        decoder.push(bytes, |item| match item {
            Item::Message {
                header,
                message: Message::Pong(pong),
            } => {
                let Some(known) = pending.iter().position(|(id, _)| *id == pong.id) else {
                    return;
                };
                let sent = pending[known].1;
                pending.drain(..=known);
                // Between the ping's arrival and the pong's departure, as the device saw them.
                let tick = pong.received_us + header.time_us.saturating_sub(pong.received_us) / 2;
                session.outlet.feed.probe(sent, at, tick);
            }
            Item::Message {
                message: Message::Hello(hello),
                ..
            } => {
                let [major, minor, patch] = hello.firmware;
                session
                    .outlet
                    .health
                    .detail(format!("{} {major}.{minor}.{patch}", hello.name));
            }
            _ => {}
        });
        Ok(())
    }

    fn turn(&mut self, session: &mut Session<'_>) -> io::Result<()> {
        let now = session.now();
        if self.pinged.is_some_and(|pinged| now - pinged < SECOND) {
            return Ok(());
        }
        self.pinged = Some(now);
        let id = self.next;
        self.next = self.next.wrapping_add(1);
        let sent = self.tell(session, &Message::Ping { id })?;
        if self.pending.len() == PENDING {
            self.pending.pop_front();
        }
        self.pending.push_back((id, sent));
        Ok(())
    }

    fn hint(&self) -> &'static str {
        "look at the device's power and at `baud`"
    }
}
