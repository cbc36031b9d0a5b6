//! What the engine tells the outlets.

use std::time::Duration;

use wok_core::clock;
use wok_core::config::DeviceId;
use wok_core::crossmodal::Lags;
use wok_core::hop::{Hop, Presence};
use wok_core::time::HostTime;
use wok_core::verdict::{Account, StreamKind, Verdict};

/// Something that outlets may want to know.
#[derive(Debug)]
pub enum Notice {
    /// What a station's streams gave in a hop that has closed; only where an outlet asked for it.
    Hop(u16, Box<Hop>),
    /// A hop is decided.
    Verdict(Box<Verdict>),
    /// Where a stream stands, once a second.
    Stream(StreamNotice),
    /// How much later a station's streams show its tosses than each other, once a second.
    Lags(u16, Lags),
    /// Bytes of a device that meant nothing so far, once a second.
    Skipped(DeviceId, u64),
    /// A step took this long.
    Inference(Duration),
}

/// Where a stream stands.
#[derive(Debug, Clone, Copy)]
pub struct StreamNotice {
    /// Index of the station.
    pub station: u16,
    /// Which stream.
    pub stream: StreamKind,
    /// Where its samples went.
    pub account: Account,
    /// What its clock tells of itself, where it has one.
    pub clock: Option<clock::Status>,
    /// When its newest sample was true.
    pub newest: Option<HostTime>,
    /// How it stood in the last hop.
    pub presence: Presence,
}
