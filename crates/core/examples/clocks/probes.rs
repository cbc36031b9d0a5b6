//! The offset between two hosts, by probes that go there and back.

use wok_core::clock::Clock;
use wok_core::time::HostTime;

use super::follow::moments;
use super::link::Random;

/// A way there and back: one-way delays in nanoseconds.
#[derive(Clone, Copy)]
pub(crate) enum Path {
    /// Ethernet: 100 µs and an exponential rest of 300 µs each way.
    Wired,
    /// Wi-Fi: 1 ms and a log-normal rest with a median of 1.76 ms, a factor of 2.8 wide.
    WiFi,
}

pub(crate) const PATHS: [(&str, Path); 2] = [("wired", Path::Wired), ("wifi", Path::WiFi)];

impl Path {
    fn delay(self, random: &mut Random) -> f64 {
        match self {
            Self::Wired => 100e3 + 300e3 * random.exponential(),
            Self::WiFi => 1e6 + 1.76e6 * (1.04 * random.gaussian()).exp(),
        }
    }
}

/// How a clock is probed.
#[derive(Clone, Copy)]
pub(crate) enum Cadence {
    /// Every 64 ms, as our inlet does.
    Steady,
    /// Eight probes 64 ms apart every two seconds, as liblsl does.
    Bursts,
}

impl Cadence {
    /// Nanoseconds from a probe to the next.
    fn gap(self, probe: usize) -> f64 {
        match self {
            Self::Steady => 64e6,
            Self::Bursts if probe % BURST == BURST - 1 => 2e9 - (BURST - 1) as f64 * 64e6,
            Self::Bursts => 64e6,
        }
    }
}

const BURST: usize = 8;
/// Nanoseconds of a run, and of its beginning that does not count.
const LONG: f64 = 600e9;
const WARM_UP: f64 = 60e9;
const WANDER_PPM: f64 = 0.01;

/// Root mean squares over the seeds, without the constant, in ns: of our clock, and of the least round trip of the last eight probes,
/// held until the next eight.
pub(crate) fn errors(path: Path, cadence: Cadence, first: u64, seeds: u64) -> (f64, f64) {
    let (mut ours, mut last) = (0.0, 0.0);
    for seed in first..first + seeds {
        let (a, b) = run(path, cadence, &mut Random::new(seed ^ 0x5eed));
        ours += a;
        last += b;
    }
    ((ours / seeds as f64).sqrt(), (last / seeds as f64).sqrt())
}

fn run(path: Path, cadence: Cadence, random: &mut Random) -> (f64, f64) {
    let mut clock = Clock::new(1.0, 0);
    // The device's time, and the host's less that.
    let (mut device, mut offset, mut drift) = (0.0, 1e12, 40e-6);
    let (mut ours, mut held) = (vec![], vec![]);
    // Round trip and middle of the best probe of the eight under way, and the middle that is held.
    let (mut best, mut last) = ((f64::MAX, 0.0), 0.0);
    let mut probe = 0;
    while device < LONG {
        let (there, back) = (path.delay(random), path.delay(random));
        let (sent, received) = (device + offset - there, device + offset + back);
        clock.probe(device as u64, at(sent), at(received));
        if there + back < best.0 {
            best = (there + back, f64::midpoint(sent, received) - device);
        }
        if probe % BURST == BURST - 1 {
            last = best.1;
            best.0 = f64::MAX;
        }
        // Between probes the map is asked four times.
        let step = cadence.gap(probe) / 4.0;
        for _ in 0..4 {
            device += step;
            offset += drift * step;
            drift += WANDER_PPM * 1e-6 * (step / 1e9).sqrt() * random.gaussian();
            if device > WARM_UP {
                // As the driver does for every sample.
                clock.reach(device as u64);
                let host = clock
                    .host(device as u64)
                    .map_or(f64::NAN, |t| t.as_nanos() as f64);
                // Whole ticks are a nanosecond.
                ours.push(host - device - offset);
                held.push(last - offset);
            }
        }
        probe += 1;
    }
    (moments(&ours).1, moments(&held).1)
}

fn at(nanoseconds: f64) -> HostTime {
    HostTime::from_nanos(nanoseconds as i64)
}
