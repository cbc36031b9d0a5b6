//! `[lsl]`: scores and cues, and signals where they are asked for, as Lab Streaming Layer streams.

use std::net::Ipv4Addr;

use super::reader::Table;

/// Where scores and cues are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lsl {
    /// The address of this machine that they are read at; `0.0.0.0` is all of them.
    pub address: Ipv4Addr,
    /// The session that sees them.
    pub session: String,
    /// Whether EEG, sound and pictures are shown too; never but on a loopback address.
    pub signals: bool,
}

/// The section; the inner `None` where it does not ask for an outlet.
pub(super) fn read(section: &Table<'_>) -> Option<Option<Lsl>> {
    let outlet = section.flag("outlet").unwrap_or(false);
    let signals = section.flag("signals").unwrap_or(false);
    let session = section.text("session").map(|spot| spot.value);
    let address = section.text("address");
    section.finish();
    let address = match address {
        None if section.has("address") => return None,
        None => Ipv4Addr::UNSPECIFIED,
        Some(spot) => match spot.value.parse() {
            Ok(address) => address,
            Err(_) => {
                let what = format!("`address` is {:?}", spot.value);
                let remedy = "write an IPv4 address of this machine; \"127.0.0.1\" for itself alone, \"0.0.0.0\" for all";
                section.problem(&spot.at, what, remedy);
                return None;
            }
        },
    };
    if signals && !address.is_loopback() {
        section.problem(
            section.at(),
            "`signals` would let EEG and sound leave this machine",
            "signals are for loopback alone: write `address = \"127.0.0.1\"`, or take the line out",
        );
        return None;
    }
    if signals && !outlet {
        section.problem(
            section.at(),
            "`signals` asks for more streams of an outlet that is off",
            "write `outlet = true` too, or take the line out",
        );
        return None;
    }
    Some(outlet.then(|| Lsl {
        address,
        session: session.unwrap_or_else(|| "default".to_owned()),
        signals,
    }))
}
