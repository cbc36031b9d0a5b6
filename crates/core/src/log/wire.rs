//! The body of a frame: sequence number, time, tag, fields.

use super::fields::{Reader, Writer};
use crate::config::DeviceId;
use crate::event::{Body, Command, Event, InferError};
use crate::step::StepOutput;

/// Writes an event's body.
pub(super) fn write(event: &Event, out: &mut Vec<u8>) {
    let mut w = Writer(out);
    w.u64(event.seq);
    w.time(event.at);
    match &event.body {
        Body::Epoch(config) => {
            w.u8(0);
            w.config(config);
        }
        Body::Read {
            device,
            read_at,
            bytes,
        } => {
            w.u8(1);
            w.u16(device.0);
            w.time(*read_at);
            w.bytes(bytes);
        }
        Body::Overflow { device, bytes } => {
            w.u8(2);
            w.u16(device.0);
            w.u64(*bytes);
        }
        Body::Link { device, up } => {
            w.u8(3);
            w.u16(device.0);
            w.bool(*up);
        }
        Body::Tick => w.u8(4),
        Body::Command(Command::Bypass { station, on }) => {
            w.u8(5);
            w.u16(*station);
            w.bool(*on);
        }
        Body::Command(Command::Recipe { station, recipe }) => {
            w.u8(6);
            w.u16(*station);
            w.recipe(recipe);
        }
        Body::Command(Command::NewCook { station }) => {
            w.u8(7);
            w.u16(*station);
        }
        Body::ModelSwap { sha256 } => {
            w.u8(8);
            w.0.extend_from_slice(sha256);
        }
        Body::Probe {
            device,
            sent,
            received,
            tick,
        } => {
            w.u8(10);
            w.u16(device.0);
            w.time(*sent);
            w.time(*received);
            w.u64(*tick);
        }
        Body::Slept { nanos } => {
            w.u8(11);
            w.u64(nanos.cast_unsigned());
        }
        Body::InferDone {
            station,
            hop,
            result,
        } => {
            w.u8(9);
            w.u16(*station);
            w.u64(*hop);
            match result {
                Ok(output) => {
                    w.u8(0);
                    output.values().for_each(|v| w.f32(v));
                }
                Err(InferError::NotFinite) => w.u8(1),
                Err(InferError::Failed) => w.u8(2),
            }
        }
    }
}

/// Reads an event's body; `None` where it is not one.
pub(super) fn read(body: &[u8]) -> Option<Event> {
    let mut r = Reader(body);
    let (seq, at) = (r.u64()?, r.time()?);
    let body = match r.u8()? {
        0 => Body::Epoch(Box::new(r.config()?)),
        1 => Body::Read {
            device: DeviceId(r.u16()?),
            read_at: r.time()?,
            bytes: r.bytes()?.to_vec(),
        },
        2 => Body::Overflow {
            device: DeviceId(r.u16()?),
            bytes: r.u64()?,
        },
        3 => Body::Link {
            device: DeviceId(r.u16()?),
            up: r.bool()?,
        },
        4 => Body::Tick,
        5 => Body::Command(Command::Bypass {
            station: r.u16()?,
            on: r.bool()?,
        }),
        6 => Body::Command(Command::Recipe {
            station: r.u16()?,
            recipe: Box::new(r.recipe()?),
        }),
        7 => Body::Command(Command::NewCook { station: r.u16()? }),
        8 => Body::ModelSwap { sha256: r.array()? },
        9 => Body::InferDone {
            station: r.u16()?,
            hop: r.u64()?,
            result: r.result()?,
        },
        10 => Body::Probe {
            device: DeviceId(r.u16()?),
            sent: r.time()?,
            received: r.time()?,
            tick: r.u64()?,
        },
        11 => Body::Slept {
            nanos: r.u64()?.cast_signed(),
        },
        _ => return None,
    };
    r.0.is_empty().then_some(Event { seq, at, body })
}

impl Reader<'_> {
    fn result(&mut self) -> Option<Result<Box<StepOutput>, InferError>> {
        Some(match self.u8()? {
            0 => Ok(Box::new(StepOutput {
                score: self.floats()?,
                aspects: self.floats()?,
                phase: self.floats()?,
                hazard: self.floats()?,
                embedding: self.floats()?,
                attention: self.floats()?,
            })),
            1 => Err(InferError::NotFinite),
            2 => Err(InferError::Failed),
            _ => return None,
        })
    }
}
