//! Decaying sinusoids: bubbles and the modes of struck metal.

/// One decaying sinusoid as a two-pole recursion.
#[derive(Debug, Clone, Copy, Default)]
struct Voice {
    a1: f32,
    a2: f32,
    y1: f32,
    y2: f32,
    start: usize,
    left: usize,
}

/// Voices that can sound at once; the oldest is replaced when all are busy.
const COUNT: usize = 64;

/// A pool of voices.
#[derive(Debug)]
pub(crate) struct Voices {
    voices: [Voice; COUNT],
    next: usize,
    rate_hz: f32,
}

impl Voices {
    pub(crate) fn new(rate_hz: f32) -> Voices {
        Voices {
            voices: [Voice::default(); COUNT],
            next: 0,
            rate_hz,
        }
    }

    /// Starts a sinusoid of `hz` that decays with `tau_s`, `start` samples into the next block.
    pub(crate) fn ring(&mut self, start: usize, hz: f32, tau_s: f32, amplitude: f32) {
        if hz >= 0.45 * self.rate_hz || amplitude < 1e-6 {
            return;
        }
        let w = std::f32::consts::TAU * hz / self.rate_hz;
        let r = (-1.0 / (tau_s * self.rate_hz)).exp();
        // A quiet voice needs fewer time constants until it is under the noise.
        let lives = (amplitude / 2e-5).max(1.1).ln().min(6.0);
        self.voices[self.next] = Voice {
            a1: 2.0 * r * w.cos(),
            a2: -r * r,
            y1: 0.0,
            // With y[-1] = 0 this y[-2] makes the response amplitude × rⁿ sin(w(n + 1)).
            y2: -amplitude * w.sin() / (r * r),
            start,
            left: ((lives * tau_s * self.rate_hz) as usize).max(8),
        };
        self.next = (self.next + 1) % COUNT;
    }

    /// Adds the voices to a block.
    pub(crate) fn add_to(&mut self, block: &mut [f32]) {
        for voice in &mut self.voices {
            if voice.left == 0 {
                continue;
            }
            let start = voice.start.min(block.len());
            let end = block.len().min(start + voice.left);
            let Voice {
                a1,
                a2,
                mut y1,
                mut y2,
                ..
            } = *voice;
            for sample in &mut block[start..end] {
                let y = a1 * y1 + a2 * y2;
                y2 = y1;
                y1 = y;
                *sample += y;
            }
            voice.y1 = y1;
            voice.y2 = y2;
            voice.left -= end - start;
            voice.start -= start;
        }
    }
}
