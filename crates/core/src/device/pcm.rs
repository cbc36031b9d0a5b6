//! Raw 16-bit PCM. Rates other than 16 kHz are brought there by a fixed ratio; the rest of the way to
//! the grid is the aligner's, by the microphone's own clock.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler};

use super::{Driver, Reading, Stream};
use crate::time::HostTime;
use crate::verdict::StreamKind;

const STREAMS: [Stream; 1] = [Stream {
    kind: StreamKind::Audio,
    tick_ns: Some(62_500.0),
}];
/// Output of a resampled block: 10 ms.
const BLOCK: usize = 160;
/// The rate inside.
const RATE: u64 = 16_000;

pub(super) struct Pcm {
    rate: u64,
    channels: usize,
    /// Bytes of an unfinished frame.
    carry: Vec<u8>,
    /// Bytes to leave out: the rest of a frame whose beginning was dropped.
    skip: usize,
    /// Mono samples of an unfinished block.
    mono: Vec<f32>,
    out: Vec<f32>,
    resampler: Option<Fft<f32>>,
    /// Source frames so far, and the next tick at 16 kHz.
    frames: u64,
    tick: u64,
}

impl Pcm {
    pub(super) fn new(rate_hz: u32, channels: u8) -> Self {
        let rate = rate_hz as usize;
        let block = rate / 100;
        let resampler = (u64::from(rate_hz) != RATE)
            .then(|| Fft::new(rate, RATE as usize, block, 1, FixedSync::Both).ok())
            .flatten();
        Self {
            rate: u64::from(rate_hz),
            channels: usize::from(channels.max(1)),
            carry: Vec::with_capacity(64),
            skip: 0,
            mono: Vec::with_capacity(4 * block),
            out: vec![0.0; 2 * BLOCK],
            resampler,
            frames: 0,
            tick: 1 << 16,
        }
    }

    /// The 16 kHz tick that stands for the newest source frame: where it will come out, the delay of
    /// the resampler included.
    fn newest(&self) -> u64 {
        let delay = self
            .resampler
            .as_ref()
            .map_or(0, |r| r.output_delay() as u64);
        (1 << 16) + (self.frames * RATE / self.rate).saturating_sub(1) + delay
    }

    fn frame(&mut self, bytes: &[u8]) {
        let sum: f32 = bytes
            .chunks_exact(2)
            .map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0)
            .sum();
        self.mono.push(sum / self.channels as f32);
        self.frames += 1;
    }
}

impl Driver for Pcm {
    fn streams(&self) -> &'static [Stream] {
        &STREAMS
    }

    fn push(&mut self, _: HostTime, mut bytes: &[u8], on: &mut dyn FnMut(Reading<'_>)) {
        let size = 2 * self.channels;
        let skip = self.skip.min(bytes.len());
        self.skip -= skip;
        bytes = &bytes[skip..];
        if !self.carry.is_empty() {
            let missing = (size - self.carry.len()).min(bytes.len());
            self.carry.extend_from_slice(&bytes[..missing]);
            bytes = &bytes[missing..];
            if self.carry.len() < size {
                return;
            }
            let carry = core::mem::take(&mut self.carry);
            self.frame(&carry);
            self.carry = carry;
            self.carry.clear();
        }
        let whole = bytes.len() / size * size;
        for frame in bytes[..whole].chunks_exact(size) {
            self.frame(frame);
        }
        self.carry.extend_from_slice(&bytes[whole..]);

        match &mut self.resampler {
            None => {
                if !self.mono.is_empty() {
                    on(Reading::Audio {
                        tick: self.tick,
                        samples: &self.mono,
                    });
                    self.tick += self.mono.len() as u64;
                    self.mono.clear();
                }
            }
            Some(resampler) => {
                let needed = resampler.input_frames_next();
                let mut done = 0;
                while self.mono.len() - done >= needed {
                    let room = resampler.output_frames_next();
                    let input = InterleavedSlice::new(&self.mono[done..done + needed], 1, needed);
                    let output = InterleavedSlice::new_mut(&mut self.out[..room], 1, room);
                    let made = match (input, output) {
                        (Ok(input), Ok(mut output)) => resampler
                            .process_into_buffer(&input, &mut output, None)
                            .map_or(0, |(_, made)| made),
                        _ => 0,
                    };
                    on(Reading::Audio {
                        tick: self.tick,
                        samples: &self.out[..made],
                    });
                    self.tick += made as u64;
                    done += needed;
                }
                self.mono.drain(..done);
            }
        }
        on(Reading::Arrived {
            stream: StreamKind::Audio,
            tick: self.newest(),
        });
    }

    fn overflowed(&mut self, bytes: u64) -> (StreamKind, u64) {
        // What was lost began within a frame when something was carried, and ends within one.
        let size = 2 * self.channels;
        let whole = bytes as usize + self.carry.len() + self.skip;
        self.carry.clear();
        self.skip = (size - whole % size) % size;
        let lost = whole.div_ceil(size) as u64;
        self.frames += lost;
        let ticks = lost * RATE / self.rate;
        self.tick += ticks;
        (StreamKind::Audio, ticks)
    }

    fn reset(&mut self) {
        self.carry.clear();
        self.skip = 0;
        self.mono.clear();
        self.frames = (self.tick - (1 << 16)) * self.rate / RATE;
        if let Some(resampler) = &mut self.resampler {
            resampler.reset();
        }
    }

    fn skipped_bytes(&self) -> u64 {
        0
    }
}
