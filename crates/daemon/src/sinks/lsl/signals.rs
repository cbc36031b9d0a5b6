//! EEG, sound and pictures as streams: what the pipeline had of them on its grid. They are what a recording beside other
//! instruments wants, and what must not leave the machine.

use std::io;

use firmware_interfaces::lsl::Format;
use wok_core::config::SITES;
use wok_core::grid::{AUDIO_PER_MEL, AUDIO_TICK, EEG_TICK};
use wok_core::hop::{AudioHop, EegHop, Hop, ThermalHop};
use wok_core::step::{EEG_CHANNELS, THERMAL_COLS, THERMAL_ROWS};
use wok_core::time::SECOND;

use super::channel;
use crate::lsl::{Acquisition, Channel, Outlet, StreamInfo};

/// Which signals a station has, and of what devices.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Signals {
    /// EEG: which of the model's slots ([`SITES`]) the montage wires, and the headset.
    pub eeg: Option<([bool; EEG_CHANNELS], Acquisition)>,
    /// The microphone.
    pub audio: Option<Acquisition>,
    /// The thermal camera.
    pub thermal: Option<Acquisition>,
}

/// The streams of one station's signals.
#[derive(Debug)]
pub(super) struct Shown {
    eeg: Option<(Outlet, [bool; EEG_CHANNELS])>,
    audio: Option<Outlet>,
    thermal: Option<Outlet>,
    buffer: Vec<f32>,
}

impl Shown {
    /// Shows the streams; their names begin with `name`.
    pub(super) fn start(
        signals: &Signals,
        name: &str,
        start: impl Fn(StreamInfo) -> io::Result<Outlet>,
    ) -> io::Result<Self> {
        let shown = |word: &str, kind: &str, tick: Option<i64>, channels, device: &Acquisition| {
            let rate_hz = tick.map_or(0.0, |tick| SECOND as f64 / tick as f64);
            let name = format!("{name}-{word}");
            let info = StreamInfo::new(&name, kind, Format::Float32, rate_hz, channels);
            start(StreamInfo {
                acquisition: device.clone(),
                ..info
            })
        };
        let eeg = signals.eeg.as_ref().map(|(wired, device)| {
            let outlet = shown("eeg", "EEG", Some(EEG_TICK), electrodes(wired), device)?;
            Ok::<_, io::Error>((outlet, *wired))
        });
        let audio = signals.audio.as_ref().map(|device| {
            let microphone = vec![channel("microphone", "full scale", "Audio")];
            shown("audio", "Audio", Some(AUDIO_TICK), microphone, device)
        });
        let thermal = signals.thermal.as_ref();
        let thermal = thermal.map(|device| shown("thermal", "Thermal", None, pixels(), device));
        Ok(Self {
            eeg: eeg.transpose()?,
            audio: audio.transpose()?,
            thermal: thermal.transpose()?,
            buffer: Vec::new(),
        })
    }

    /// Gives a hop to whoever reads.
    pub(super) fn hop(&mut self, hop: &Hop) {
        let buffer = &mut self.buffer;
        if let Some((outlet, wired)) = &self.eeg {
            eeg(&hop.eeg, wired, buffer);
            outlet.push(hop.start, buffer);
        }
        if let Some(outlet) = &self.audio {
            audio(&hop.audio, buffer);
            outlet.push(hop.start, buffer);
        }
        if let Some(outlet) = &self.thermal {
            frames(&hop.thermal, outlet);
        }
    }

    pub(super) fn outlets(&self) -> impl Iterator<Item = &Outlet> {
        let eeg = self.eeg.as_ref().map(|(outlet, _)| outlet);
        [eeg, self.audio.as_ref(), self.thermal.as_ref()]
            .into_iter()
            .flatten()
    }
}

fn electrodes(wired: &[bool; EEG_CHANNELS]) -> Vec<Channel> {
    let sites = SITES.iter().zip(wired).filter(|(_, wired)| **wired);
    sites
        .map(|(site, _)| channel(site, "microvolts", "EEG"))
        .collect()
}

fn pixels() -> Vec<Channel> {
    let rows = 0..THERMAL_ROWS;
    rows.flat_map(|row| (0..THERMAL_COLS).map(move |column| (row, column)))
        .map(|(row, column)| {
            channel(
                &format!("row {row} column {column}"),
                "degrees Celsius",
                "Temperature",
            )
        })
        .collect()
}

/// The wired slots of every tick, µV; a tick that was not measured is no number.
fn eeg(hop: &EegHop, wired: &[bool; EEG_CHANNELS], out: &mut Vec<f32>) {
    out.clear();
    for (tick, valid) in hop.ticks.iter().zip(hop.valid) {
        let slots = tick.iter().zip(wired).filter(|(_, wired)| **wired);
        out.extend(slots.map(|(value, _)| if valid { *value } else { f32::NAN }));
    }
}

/// The samples; of a block of 10 ms that lacks one, none is a number: which one it was, a hop does not tell.
fn audio(hop: &AudioHop, out: &mut Vec<f32>) {
    out.clear();
    let blocks = hop.samples.chunks_exact(AUDIO_PER_MEL);
    for (block, valid) in blocks.zip(hop.valid) {
        out.extend(
            block
                .iter()
                .map(|value| if valid { *value } else { f32::NAN }),
        );
    }
}

/// The frames that were true in this hop, or came too late for theirs. One that is only held was shown before.
fn frames(hop: &ThermalHop, outlet: &Outlet) {
    if !hop.held {
        for frame in &hop.frames {
            outlet.push(frame.at, &frame.celsius);
        }
    }
}
