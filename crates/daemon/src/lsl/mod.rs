//! Lab Streaming Layer without its C++ library: finding outlets, reading their feeds and clocks, and being an
//! outlet. The bytes are `firmware-interfaces`'; here are the sockets.
//!
//! A stream is found by asking on UDP ([`resolve`]), told of in XML ([`StreamInfo`]), read by TCP ([`Feed`], or
//! [`Inlet`] for whole samples), and its sender's clock is asked by UDP again ([`probe()`]). [`Outlet`] is the other
//! end of all of it. Only IPv4.

mod acquisition;
mod channel;
mod discovery;
mod feed;
mod info;
mod inlet;
mod outlet;
mod predicate;
mod probe;

use std::net::Ipv4Addr;
use std::path::Path;

use firmware_interfaces::lsl::{BASE_PORT, DISCOVERY_PORT, PORTS};

pub use acquisition::Acquisition;
pub use channel::Channel;
pub use discovery::{Found, resolve, survey};
pub use feed::{Feed, FeedError, full_info};
pub use info::{InfoError, StreamInfo};
pub(crate) use inlet::explain;
pub use inlet::{Inlet, Sample, Values};
pub use outlet::{Counts, Outlet};
pub use predicate::{Predicate, equals};
pub use probe::probe;

/// What the `source_id` of every stream of a wokd begins with.
pub const OWN: &str = "wokd-";

/// Where streams are looked for and shown. Ports and groups are those of every LSL program by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// Programs of other sessions are not seen and do not see this one.
    pub session: String,
    /// UDP port of discovery by multicast and broadcast.
    pub discovery_port: u16,
    /// First of the outlets' own ports.
    pub base_port: u16,
    /// How many they are.
    pub ports: u16,
    /// Where discovery asks and listens.
    pub groups: Vec<Ipv4Addr>,
    /// Hosts that are asked by themselves, on every port of outlets: where multicast does not reach.
    pub peers: Vec<String>,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            session: "default".into(),
            discovery_port: DISCOVERY_PORT,
            base_port: BASE_PORT,
            ports: PORTS,
            groups: vec![
                Ipv4Addr::LOCALHOST,
                Ipv4Addr::BROADCAST,
                Ipv4Addr::new(224, 0, 0, 1),
                Ipv4Addr::new(224, 0, 0, 183),
                Ipv4Addr::new(239, 255, 172, 215),
            ],
            peers: Vec::new(),
        }
    }
}

/// Indices of this machine's network interfaces: a laboratory's switch is seldom where the default route leads.
fn interfaces() -> Vec<u32> {
    let Ok(folder) = std::fs::read_dir("/sys/class/net") else {
        return Vec::new();
    };
    let index = |path: &Path| {
        let text = std::fs::read_to_string(path.join("ifindex")).ok()?;
        text.trim().parse().ok()
    };
    folder
        .flatten()
        .filter_map(|entry| index(&entry.path()))
        .collect()
}

/// Name of this machine.
fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match name.trim() {
        "" => "wokd".to_owned(),
        name => name.to_owned(),
    }
}
