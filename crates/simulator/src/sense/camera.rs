//! The thermal camera as a device: frames of a GY-MCU90640 on a serial line.

use firmware_interfaces::gy_mcu90640::{self, FRAME_LEN, PIXELS};

use super::Source;
use super::thermal::Thermal;
use crate::config::{Config, Device, Faults};
use crate::cook::Cook;
use crate::link::{self, Jitter, SerialLine};
use crate::rng::{Dice, Stream};
use crate::truth::DeviceClock;

/// The module computes temperatures for this long after an exposure, seconds.
const COMPUTE_S: f64 = 0.018;

/// An MLX90640 behind its UART bridge.
#[derive(Debug)]
pub(crate) struct CameraSource {
    clock: DeviceClock,
    faults: Faults,
    jitter: Jitter,
    line: SerialLine,
    thermal: Thermal,
    index: u64,
    ended: bool,
    words: [i16; PIXELS],
    bytes: [u8; FRAME_LEN],
}

impl CameraSource {
    pub(crate) fn new(config: &Config, clock: DeviceClock, cook: &Cook) -> CameraSource {
        let mut dials = link::dials(config, Device::Camera);
        // 115200 baud carries 7.46 frames per second: 8 Hz needs 460800.
        let baud = if clock.nominal_hz > 7.0 {
            460_800.0
        } else {
            115_200.0
        };
        let timer_ms = config
            .link
            .latency_timer_ms
            .unwrap_or(16.0)
            .clamp(0.5, 250.0);
        CameraSource {
            clock,
            faults: config.faults.clone(),
            jitter: Jitter::new(config, Device::Camera),
            line: SerialLine::new(baud, timer_ms * 1e-3, dials.unit()),
            thermal: Thermal::new(
                Dice::new(config.seed, Stream::Thermal),
                clock.nominal_hz,
                &config.faults,
                cook.wok.hidden.emissivity,
            ),
            index: 0,
            ended: false,
            words: [0; PIXELS],
            bytes: [0; FRAME_LEN],
        }
    }

    fn frame(&mut self, cook: &mut Cook) {
        let end_s = self.clock.stamp(self.index);
        self.index += 1;
        if !cook.reach(end_s) {
            self.ended = true;
            return;
        }
        let span_s = 1.0 / self.clock.rate_hz;
        let middle = end_s - 0.5 * span_s;
        let frozen = self
            .faults
            .frozen
            .iter()
            .any(|&(from, to)| end_s >= from && end_s < to);
        if !frozen {
            self.thermal.expose(middle, span_s, cook.at(middle));
            if self.index == 1 {
                // The first frame has both halves.
                self.thermal.expose(middle, span_s, cook.at(middle));
            }
            for (word, &c) in self.words.iter_mut().zip(&self.thermal.pixels) {
                *word = gy_mcu90640::centi_celsius(c);
            }
            gy_mcu90640::mirror(&mut self.words);
        }
        if self.jitter.dice().chance(self.faults.packet_loss)
            || link::unplugged(&self.faults, Device::Camera, end_s)
        {
            return;
        }
        let ready_s = end_s + COMPUTE_S;
        send_garbage(&self.faults, self.jitter.dice(), &mut self.line, ready_s);
        let ambient = gy_mcu90640::centi_celsius(self.thermal.module_c);
        if let Ok(len) = gy_mcu90640::encode(&self.words, ambient, &mut self.bytes) {
            self.line.send(&self.bytes[..len], ready_s);
        }
    }
}

/// Puts a burst of random bytes on the line with the probability of the dial.
pub(super) fn send_garbage(faults: &Faults, dice: &mut Dice, line: &mut SerialLine, at_s: f64) {
    if faults.garbage > 0.0 && dice.chance(faults.garbage) {
        let mut burst = [0; 20];
        let count = 1 + (dice.unit() * 20.0) as usize;
        for byte in &mut burst[..count] {
            *byte = dice.byte();
        }
        line.send(&burst[..count], at_s);
    }
}

impl Source for CameraSource {
    fn fill(&mut self, cook: &mut Cook, out: &mut Vec<u8>) -> Option<f64> {
        loop {
            let tick_s = self.line.next_tick();
            while !self.ended && self.clock.stamp(self.index) + COMPUTE_S <= tick_s {
                self.frame(cook);
            }
            self.line.collect(tick_s, out);
            if !out.is_empty() {
                return Some(self.jitter.read_s(tick_s));
            }
            if self.ended && self.line.is_empty() {
                return None;
            }
        }
    }
}
