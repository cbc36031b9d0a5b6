//! The montage: which electrode each channel of a headset is on.

use std::collections::HashSet;

use wok_core::config::{Protocol, SITES};
use wok_core::step::EEG_CHANNELS;

use super::reader::{Table, closest};

/// For each of the model's slots ([`SITES`]), the headset channel (from 0) on it.
pub type Wiring = [Option<u8>; EEG_CHANNELS];

/// Sites of the 10-20 system and its usual refinements: what an electrode may be called.
const KNOWN_SITES: &[&str] = &[
    "Fp1", "Fp2", "Fpz", "AF3", "AF4", "AF7", "AF8", "AFz", "F1", "F2", "F3", "F4", "F5", "F6",
    "F7", "F8", "Fz", "FC1", "FC2", "FC3", "FC4", "FC5", "FC6", "FCz", "FT7", "FT8", "C1", "C2",
    "C3", "C4", "C5", "C6", "Cz", "T7", "T8", "CP1", "CP2", "CP3", "CP4", "CP5", "CP6", "CPz",
    "TP7", "TP8", "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "Pz", "PO3", "PO4", "PO7", "PO8",
    "POz", "O1", "O2", "Oz",
];

/// OpenBCI's default 16-channel montage (Cyton and Daisy).
const DAISY_SITES: [&str; 16] = [
    "Fp1", "Fp2", "C3", "C4", "P7", "P8", "O1", "O2", "F7", "F8", "F3", "F4", "T7", "T8", "P3",
    "P4",
];

/// Channels of a headset of any width.
const MOST: usize = 256;

/// Which headset channel goes to which of the model's slots.
pub(super) fn read(
    section: &Table<'_>,
    protocol: Protocol,
    warnings: &mut Vec<String>,
) -> Option<Wiring> {
    let by_default: &[&str] = match protocol {
        Protocol::ThinkGear => &["Fp1"],
        Protocol::Cyton { daisy: true, .. } => &DAISY_SITES,
        _ => &SITES,
    };
    let most = match protocol {
        Protocol::Lsl { .. } => MOST,
        _ => by_default.len(),
    };
    let Some(sites) = section.texts("sites") else {
        return (!section.has("sites")).then(|| wire(by_default.iter().copied()));
    };
    if sites.value.is_empty() || sites.value.len() > most {
        let what = format!("`sites` has {} entries", sites.value.len());
        let remedy = format!(
            "name the electrode of each channel in order, 1 to {}; \"-\" for none",
            most
        );
        section.problem(&sites.at, what, remedy);
        return None;
    }
    let mut seen = HashSet::new();
    let mut sound = true;
    for site in &sites.value {
        let name = site.value.as_str();
        let (what, remedy) = if name == "-" || (KNOWN_SITES.contains(&name) && seen.insert(name)) {
            continue;
        } else if KNOWN_SITES.contains(&name) {
            (
                format!("the site {name:?} is there twice"),
                "an electrode has one channel".to_owned(),
            )
        } else {
            let remedy = match closest(name, KNOWN_SITES.iter().copied()) {
                Some(close) => format!("did you mean {close:?}?"),
                None => "write a site of the 10-20 system, such as \"Fp1\"".to_owned(),
            };
            (format!("`sites` holds {name:?}"), remedy)
        };
        section.problem(&site.at, what, remedy);
        sound = false;
    }
    if !sound {
        return None;
    }
    let montage = wire(sites.value.iter().map(|site| site.value.as_str()));
    if montage.iter().all(Option::is_none) {
        let remedy = format!(
            "the model looks at {}; name at least one of them",
            SITES.join(", ")
        );
        section.problem(
            &sites.at,
            "no site of `sites` is one the model looks at",
            remedy,
        );
        return None;
    }
    let unused: Vec<&str> = seen
        .into_iter()
        .filter(|site| !SITES.contains(site))
        .collect();
    if !unused.is_empty() {
        warnings.push(format!(
            "{}: the model does not look at {}",
            section.name(),
            unused.join(", ")
        ));
    }
    Some(montage)
}

fn wire<'s>(sites: impl Iterator<Item = &'s str>) -> Wiring {
    let mut montage = [None; EEG_CHANNELS];
    for (channel, site) in sites.enumerate() {
        if let Some(slot) = SITES.iter().position(|known| *known == site) {
            montage[slot] = u8::try_from(channel).ok();
        }
    }
    montage
}
