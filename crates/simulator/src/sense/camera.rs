//! The thermal camera as a device: frames through a bridge on a serial line.

use firmware_interfaces::gy_mcu90640::{PIXELS, centi_celsius};

use super::Source;
use super::bridge::{ANSWER_S, Bridge};
use super::thermal::Thermal;
use crate::config::{Config, Device, Faults};
use crate::cook::Cook;
use crate::link::{self, Jitter, SerialLine, send_garbage};
use crate::rng::{Dice, Stream};
use crate::truth::DeviceClock;

/// The bridge computes temperatures for this long after an exposure, seconds.
const COMPUTE_S: f64 = 0.018;

/// An MLX90640 behind its bridge.
#[derive(Debug)]
pub(crate) struct CameraSource {
    clock: DeviceClock,
    faults: Faults,
    jitter: Jitter,
    line: SerialLine,
    bridge: Bridge,
    thermal: Thermal,
    index: u64,
    ended: bool,
    /// Hundredths of a °C as last measured.
    picture: [i16; PIXELS],
}

impl CameraSource {
    pub(crate) fn new(config: &Config, clock: DeviceClock, cook: &Cook) -> CameraSource {
        let mut dials = link::dials(config, Device::Camera);
        let bridge = Bridge::new(config.camera, config.device_seed());
        let timer_ms = config
            .link
            .latency_timer_ms
            .unwrap_or(16.0)
            .clamp(0.5, 250.0);
        CameraSource {
            clock,
            faults: config.faults.clone(),
            jitter: Jitter::new(config, Device::Camera),
            line: SerialLine::new(bridge.baud(clock.nominal_hz), timer_ms * 1e-3, dials.unit()),
            bridge,
            thermal: Thermal::new(
                Dice::new(config.device_seed(), Stream::Thermal),
                clock.nominal_hz,
                &config.faults,
                config.kitchen,
                cook.wok.hidden.emissivity,
            ),
            index: 0,
            ended: false,
            picture: [0; PIXELS],
        }
    }

    fn frame(&mut self, cook: &mut Cook) {
        let (index, end_s) = (self.index, self.clock.stamp(self.index));
        self.index += 1;
        if !cook.reach(end_s) {
            self.ended = true;
            return;
        }
        let frozen = self
            .faults
            .frozen
            .iter()
            .any(|&(from, to)| end_s >= from && end_s < to);
        if !frozen {
            let span_s = 1.0 / self.clock.rate_hz;
            let middle = end_s - 0.5 * span_s;
            self.thermal.expose(middle, span_s, cook.at(middle));
            if index == 0 {
                // The first frame has both halves of the chessboard.
                self.thermal.expose(middle, span_s, cook.at(middle));
            }
            for (pixel, &c) in self.picture.iter_mut().zip(&self.thermal.pixels) {
                *pixel = centi_celsius(c);
            }
        }
        let dice = self.jitter.dice();
        if dice.chance(self.faults.packet_loss)
            || link::unplugged(&self.faults, Device::Camera, end_s)
        {
            return;
        }
        let mut sent = self.picture;
        if dice.chance(self.faults.spoiled_frames) {
            // As in real logs: half of the pixels absurd, the frame otherwise well-formed.
            for pixel in sent.iter_mut().step_by(2) {
                *pixel = i16::MAX - i16::from(dice.byte());
            }
        }
        let ready_s = end_s + COMPUTE_S;
        send_garbage(&self.faults, dice, &mut self.line, ready_s);
        let time_us = self.clock.device_us(end_s);
        let ambient = centi_celsius(self.thermal.module_c);
        let line = &mut self.line;
        self.bridge.frame(index, time_us, &sent, ambient, |bytes| {
            line.send(bytes, ready_s)
        });
    }
}

impl Source for CameraSource {
    fn fill(&mut self, cook: &mut Cook, out: &mut Vec<u8>) -> Option<f64> {
        let tick_s = self.line.next_tick();
        while !self.ended && self.clock.stamp(self.index) + COMPUTE_S <= tick_s {
            self.frame(cook);
        }
        self.line.collect(tick_s, out);
        if !out.is_empty() {
            return Some(self.jitter.read_s(tick_s));
        }
        (!self.ended || !self.line.is_empty()).then(|| self.jitter.idle_s(tick_s))
    }

    fn hear(&mut self, at_s: f64, bytes: &[u8]) {
        if link::unplugged(&self.faults, Device::Camera, at_s) {
            return;
        }
        let received_s = at_s + 0.0003 + self.line.duration_s(bytes.len());
        let received_us = self.clock.device_us(received_s);
        let line = &mut self.line;
        self.bridge.hear(bytes, received_us, |bytes| {
            line.send(bytes, received_s + ANSWER_S)
        });
    }
}
