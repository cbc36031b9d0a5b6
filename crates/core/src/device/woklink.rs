//! The project's own link: thermal frames by device time, audio by its sample counter, and readings.
//!
//! Audio must come at 16 kHz, mono, and is heard only where the link is the station's microphone;
//! thermal frames come whole or in pieces.

use firmware_interfaces::woklink::{Decoder, Item, Message, NO_PIXEL, Quantity, Thermal};

use super::{Driver, Reading, Stream};
use crate::time::HostTime;
use crate::verdict::StreamKind;

const THERMAL: Stream = Stream {
    kind: StreamKind::Thermal,
    tick_ns: Some(1000.0),
};
const AUX: Stream = Stream {
    kind: StreamKind::Aux,
    tick_ns: None,
};
const AUDIO: Stream = Stream {
    kind: StreamKind::Audio,
    tick_ns: Some(62_500.0),
};
const SILENT: [Stream; 2] = [THERMAL, AUX];
const SOUNDING: [Stream; 3] = [THERMAL, AUDIO, AUX];
/// Largest frame: a Lepton 3's.
const MAX_PIXELS: usize = 160 * 120;
/// Room below the first tick for the kernel's arithmetic.
const TICK0: u64 = 1 << 16;

pub(super) struct WokLink {
    sound: bool,
    decoder: Decoder,
    boot_id: Option<u32>,
    frame: Option<u32>,
    celsius: Vec<f32>,
    samples: Vec<f32>,
}

impl WokLink {
    pub(super) fn new(sound: bool) -> Self {
        Self {
            sound,
            decoder: Decoder::new(),
            boot_id: None,
            frame: None,
            celsius: Vec::with_capacity(MAX_PIXELS),
            samples: Vec::with_capacity(4096),
        }
    }
}

/// Adds a piece; whether the frame is whole now. A piece that does not follow its forerunner is void.
fn assemble(piece: &Thermal<'_>, frame: &mut Option<u32>, celsius: &mut Vec<f32>) -> Option<bool> {
    let pixels = usize::from(piece.width) * usize::from(piece.height);
    if piece.first == 0 {
        celsius.clear();
        *frame = Some(piece.frame);
    }
    if pixels > MAX_PIXELS || *frame != Some(piece.frame) || celsius.len() != piece.first as usize {
        *frame = None;
        return None;
    }
    celsius.extend(piece.pixels.iter().map(|p| {
        if p == NO_PIXEL {
            f32::NAN
        } else {
            f32::from(p) / 100.0
        }
    }));
    Some(celsius.len() == pixels && pixels > 0)
}

impl Driver for WokLink {
    fn streams(&self) -> &'static [Stream] {
        if self.sound { &SOUNDING } else { &SILENT }
    }

    fn push(&mut self, _: HostTime, bytes: &[u8], on: &mut dyn FnMut(Reading<'_>)) {
        let Self {
            sound,
            decoder,
            boot_id,
            frame,
            celsius,
            samples,
        } = self;
        let (mut thermal, mut audio) = (None, None);
        decoder.push(bytes, |item| {
            let Item::Message { header, message } = item else {
                return;
            };
            match message {
                Message::Hello(hello)
                    if boot_id
                        .replace(hello.boot_id)
                        .is_some_and(|before| before != hello.boot_id) =>
                {
                    on(Reading::Restarted {
                        stream: StreamKind::Thermal,
                    });
                    if *sound {
                        on(Reading::Restarted {
                            stream: StreamKind::Audio,
                        });
                    }
                }
                Message::Thermal(piece) => {
                    thermal = Some(header.time_us);
                    match assemble(&piece, frame, celsius) {
                        Some(true) => on(Reading::Thermal {
                            tick: header.time_us,
                            width: usize::from(piece.width),
                            celsius,
                        }),
                        Some(false) => {}
                        None => on(Reading::Invalid {
                            stream: StreamKind::Thermal,
                            samples: 1,
                        }),
                    }
                }
                Message::Audio(_) if !*sound => {}
                Message::Audio(block) if block.rate_hz == 16_000 && block.channels == 1 => {
                    samples.clear();
                    samples.extend(block.samples.iter().map(|s| f32::from(s) / 32_768.0));
                    let tick = block.first_sample.saturating_add(TICK0);
                    on(Reading::Audio { tick, samples });
                    audio = Some(tick + samples.len() as u64);
                }
                Message::Audio(block) => {
                    on(Reading::Invalid {
                        stream: StreamKind::Audio,
                        samples: block.samples.len() as u64,
                    });
                }
                Message::Temperature(t) if t.sensor < 2 => {
                    let value = t.milli_celsius as f32 / 1000.0;
                    on(Reading::Aux {
                        index: 4 + usize::from(t.sensor),
                        value,
                    });
                }
                Message::Imu(imu) => {
                    for (i, g) in imu.milli_g.into_iter().enumerate() {
                        on(Reading::Aux {
                            index: 1 + i,
                            value: f32::from(g) / 1000.0,
                        });
                    }
                }
                Message::Gas(gas) => match gas.quantity {
                    Quantity::VocPpb => on(Reading::Aux {
                        index: 0,
                        value: gas.value as f32 / 1000.0,
                    }),
                    Quantity::HumidityCentiPercent => {
                        on(Reading::Aux {
                            index: 6,
                            value: gas.value as f32 / 100.0,
                        });
                    }
                    _ => {}
                },
                _ => {}
            }
        });
        if let Some(tick) = thermal {
            on(Reading::Arrived {
                stream: StreamKind::Thermal,
                tick,
            });
        }
        if let Some(end) = audio {
            on(Reading::Arrived {
                stream: StreamKind::Audio,
                tick: end.saturating_sub(1),
            });
        }
    }

    fn overflowed(&mut self, bytes: u64) -> (StreamKind, u64) {
        // Of what a rig sends most is sound, if it sends any, whose own counter tells exactly; this is for
        // the account.
        if self.sound {
            (StreamKind::Audio, bytes / 2)
        } else {
            (StreamKind::Thermal, bytes.div_ceil(2 * 32 * 24))
        }
    }

    fn reset(&mut self) {
        self.decoder.reset();
        self.frame = None;
    }

    fn skipped_bytes(&self) -> u64 {
        self.decoder.stats().skipped_bytes
    }
}
