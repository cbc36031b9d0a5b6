//! The headset as a device: Cyton or ThinkGear packets on a serial line.

use firmware_interfaces::cyton::{self, Command, Packet, Stop};
use firmware_interfaces::thinkgear::{self, Row};

use super::Source;
use super::brain::Brain;
use crate::config::{Config, Device, Faults, Headset};
use crate::cook::{Cook, Snapshot};
use crate::link::{self, Jitter, SerialLine, send_garbage};
use crate::rng::{Dice, Stream};
use crate::truth::DeviceClock;

/// Amplifier gain that a Cyton starts with.
const GAIN: u8 = 24;

/// Longest ThinkGear packet sent here: 32 bytes of rows and 4 of frame.
const SUMMARY_LEN: usize = 36;

/// What a Cyton answers to a reset.
const BANNER: &[u8] = b"OpenBCI V3 8-16 channel\r\nOn Board ADS1299 Device ID: 0x3E\r\n\
    LIS3DH Device ID: 0x33\r\nFirmware: v3.1.2\r\n$$$";

/// Radio and firmware delay from a sample to the UART, seconds.
const RADIO_S: f64 = 0.006;

/// An EEG headset.
#[derive(Debug)]
pub(crate) struct HeadsetSource {
    kind: Headset,
    clock: DeviceClock,
    faults: Faults,
    jitter: Jitter,
    line: SerialLine,
    brain: Brain,
    index: u64,
    ended: bool,
    /// Whether the board sends samples; stop, start and reset change it.
    streaming: bool,
    /// Electrode offsets of the Cyton's channels, µV.
    offset_uv: [f64; 8],
    motion: Dice,
    /// Running powers of the ThinkGear's second: 8 bands are derived from them.
    power: f64,
}

impl HeadsetSource {
    pub(crate) fn new(config: &Config, clock: DeviceClock) -> HeadsetSource {
        let mut dials = link::dials(config, Device::Headset);
        let baud = if config.headset == Headset::ThinkGear {
            57_600.0
        } else {
            115_200.0
        };
        let timer_ms = config
            .link
            .latency_timer_ms
            .unwrap_or(16.0)
            .clamp(0.5, 250.0);
        let line = SerialLine::new(baud, timer_ms * 1e-3, dials.unit());
        HeadsetSource {
            kind: config.headset,
            clock,
            faults: config.faults.clone(),
            jitter: Jitter::new(config, Device::Headset),
            line,
            brain: Brain::new(
                Dice::new(config.device_seed(), Stream::Eeg),
                clock.nominal_hz,
                &config.faults,
                config.kitchen,
            ),
            index: 0,
            ended: false,
            streaming: true,
            offset_uv: std::array::from_fn(|_| dials.normal_clipped(0.0, 9000.0)),
            motion: dials,
            power: 100.0,
        }
    }

    fn sample(&mut self, cook: &mut Cook) {
        let t = self.clock.stamp(self.index);
        let index = self.index;
        self.index += 1;
        if !cook.reach(t) {
            self.ended = true;
            return;
        }
        let snapshot = *cook.at(t);
        let uv = self.brain.sample(t, &snapshot);
        let lost = !self.streaming
            || self.jitter.dice().chance(self.faults.packet_loss)
            || link::unplugged(&self.faults, Device::Headset, t);
        match self.kind {
            Headset::Cyton => self.cyton(index, t, &uv, &snapshot, lost),
            Headset::ThinkGear => self.thinkgear(index, t, f64::from(uv[0]), &snapshot, lost),
            Headset::None => self.ended = true,
        }
    }

    fn cyton(&mut self, index: u64, t: f64, uv: &[f32; 8], s: &Snapshot, lost: bool) {
        let mut channels = [0; 8];
        for (i, count) in channels.iter_mut().enumerate() {
            // Half-cell potentials wander by microvolts a second.
            self.offset_uv[i] += 0.15 * self.motion.normal();
            *count = cyton::counts((f64::from(uv[i]) + self.offset_uv[i]) as f32, GAIN);
        }
        // The accelerometer sends every tenth sample; all zeros in between mean "nothing new".
        let axes = if index.is_multiple_of(10) {
            self.accelerometer(t, s)
        } else {
            [0; 3]
        };
        let mut aux = [0; 6];
        for (bytes, axis) in aux.chunks_exact_mut(2).zip(axes) {
            bytes.copy_from_slice(&axis.to_be_bytes());
        }
        if !lost {
            let ready_s = t + RADIO_S;
            send_garbage(&self.faults, self.jitter.dice(), &mut self.line, ready_s);
            let packet = Packet {
                number: index as u8,
                channels,
                stop: Stop::Accelerometer,
                aux,
            };
            self.line.send(&packet.to_bytes(), ready_s);
        }
    }

    /// Head motion in counts of 0.002/16 g: gravity on z, the toss in x and z.
    fn accelerometer(&mut self, t: f64, s: &Snapshot) -> [i16; 3] {
        let shake = if s.burst.active(t) {
            (if s.burst.is_toss() { 0.09 } else { 0.02 }) * s.burst.phase(t).cos()
        } else {
            0.0
        };
        [0.08 + shake, -0.05 + 0.3 * shake, 0.99 + 0.7 * shake]
            .map(|g| ((g + 0.006 * self.motion.normal()) / (0.002 / 16.0)).round() as i16)
    }

    fn thinkgear(&mut self, index: u64, t: f64, uv: f64, s: &Snapshot, lost: bool) {
        self.power += (uv * uv - self.power) / 512.0;
        if lost {
            return;
        }
        let ready_s = t + RADIO_S;
        send_garbage(&self.faults, self.jitter.dice(), &mut self.line, ready_s);
        self.send_rows(&[Row::Raw(thinkgear::raw((uv * 1e-6) as f32))], ready_s);
        if index % 512 == 511 {
            let rows = self.summary(t, s);
            self.send_rows(&rows, ready_s);
        }
    }

    fn send_rows(&mut self, rows: &[Row<'_>], ready_s: f64) {
        let mut packet = [0; SUMMARY_LEN];
        if let Ok(len) = thinkgear::encode(rows, &mut packet) {
            self.line.send(&packet[..len], ready_s);
        }
    }

    /// The once-a-second rows: poor signal, eight band powers, attention, meditation.
    fn summary(&mut self, t: f64, s: &Snapshot) -> [Row<'static>; 4] {
        let poor = if self.brain.disturbed(t) {
            26 + (self.motion.unit() * 55.0) as u8
        } else {
            0
        };
        let attention = f64::from(s.attention);
        let slope = [
            1.0,
            0.45,
            0.16 * (1.4 - attention),
            0.14,
            0.09,
            0.08 * (0.4 + attention),
            0.05,
            0.04,
        ];
        let bands = slope.map(|weight| {
            let spread = (0.5 * self.motion.normal()).exp();
            (self.power * weight * 400.0 * spread).clamp(0.0, 16_777_215.0) as u32
        });
        let percent = |x: f64| (100.0 * x).clamp(1.0, 100.0) as u8;
        [
            Row::PoorSignal(poor),
            Row::Bands(bands),
            Row::Attention(percent(attention + 0.12 * self.motion.normal())),
            Row::Meditation(percent(0.9 - 0.5 * attention + 0.12 * self.motion.normal())),
        ]
    }
}

impl Source for HeadsetSource {
    fn fill(&mut self, cook: &mut Cook, out: &mut Vec<u8>) -> Option<f64> {
        let tick_s = self.line.next_tick();
        while !self.ended && self.clock.stamp(self.index) + RADIO_S <= tick_s {
            self.sample(cook);
        }
        self.line.collect(tick_s, out);
        if !out.is_empty() {
            return Some(self.jitter.read_s(tick_s));
        }
        (!self.ended || !self.line.is_empty()).then(|| self.jitter.idle_s(tick_s))
    }

    fn hear(&mut self, at_s: f64, mut bytes: &[u8]) {
        if self.kind != Headset::Cyton || link::unplugged(&self.faults, Device::Headset, at_s) {
            return;
        }
        while !bytes.is_empty() {
            let (command, len) = match Command::decode(bytes) {
                Some((command, len)) => (Some(command), len),
                None => (None, 1),
            };
            bytes = &bytes[len..];
            match command {
                Some(Command::Start) => self.streaming = true,
                Some(Command::Stop) => self.streaming = false,
                Some(Command::Reset) => {
                    self.streaming = false;
                    self.line.send(BANNER, at_s + RADIO_S);
                }
                _ => {}
            }
        }
    }
}
