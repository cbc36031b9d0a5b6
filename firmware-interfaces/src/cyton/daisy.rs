//! Sixteen channels: a board with a Daisy sends its halves in turn.
//!
//! Odd sample numbers carry channels 1–8, even ones 9–16. Each half is the average of two of the board's samples, so the pair is
//! one sample at 125 Hz, and the first pair after a start averages with a sample from before it: it is dropped as invalid.

use super::{CHANNELS, Packet};

/// Samples a second of a pair, by the board's own clock.
pub const SAMPLE_RATE_HZ: u32 = 125;

/// A sample of sixteen channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// The sample number of the second half, always even.
    pub number: u8,
    /// Channels 1–16 in counts.
    pub channels: [i32; 2 * CHANNELS],
}

/// Joins halves into samples.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pair {
    first: Option<Packet>,
    started: bool,
    unpaired: u64,
}

impl Pair {
    /// Waits for its first half.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            first: None,
            started: false,
            unpaired: 0,
        }
    }

    /// Takes the next packet; a sample when it completes a valid pair.
    pub fn push(&mut self, packet: &Packet) -> Option<Sample> {
        if packet.number % 2 == 1 {
            if self.first.replace(*packet).is_some() {
                self.unpaired += 1;
            }
            return None;
        }
        match self.first.take() {
            Some(first) if packet.number == first.number.wrapping_add(1) => {
                if !core::mem::replace(&mut self.started, true) {
                    return None;
                }
                let mut channels = [0; 2 * CHANNELS];
                for (to, from) in channels
                    .iter_mut()
                    .zip(first.channels.iter().chain(&packet.channels))
                {
                    *to = *from;
                }
                Some(Sample {
                    number: packet.number,
                    channels,
                })
            }
            lone => {
                // Both are lost where the halves are not of one pair. The very first packet may be an even one: nothing is lost then.
                self.unpaired += u64::from(lone.is_some()) + u64::from(self.started);
                None
            }
        }
    }

    /// Halves whose other half was lost.
    #[must_use]
    pub const fn unpaired(&self) -> u64 {
        self.unpaired
    }
}

/// The two packets of a sample: the first with number `sample.number − 1`, both with the same auxiliary bytes as given.
#[must_use]
pub fn split(sample: &Sample, aux: super::Aux) -> [Packet; 2] {
    let (stop, aux) = aux.encode();
    let (low, high) = sample.channels.split_at(CHANNELS);
    let half = |number: u8, half: &[i32]| {
        let mut channels = [0; CHANNELS];
        for (to, from) in channels.iter_mut().zip(half) {
            *to = *from;
        }
        Packet {
            number,
            channels,
            stop,
            aux,
        }
    };
    [
        half(sample.number.wrapping_sub(1), low),
        half(sample.number, high),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cyton::Aux;

    fn sample(number: u8) -> Sample {
        Sample {
            number,
            channels: core::array::from_fn(|c| i32::from(number) * 100 + c as i32),
        }
    }

    #[test]
    fn pairs_are_joined_and_the_first_is_dropped() {
        let mut pair = Pair::new();
        for number in [0_u8, 2, 4, 6, 254, 0, 2] {
            let [first, second] = split(&sample(number), Aux::NoNewValue);
            assert_eq!(pair.push(&first), None);
            let expect = (number != 0 || pair.started).then(|| sample(number));
            assert_eq!(pair.push(&second), expect, "{number}");
        }
        assert_eq!(pair.unpaired(), 0);
    }

    #[test]
    fn a_lost_half_costs_its_own_pair_only() {
        let mut pair = Pair::new();
        let mut got = [0_u8; 4];
        let mut n = 0;
        // 5 is lost, then 10: their partners 6 and 9 stand alone.
        for number in [1_u8, 2, 3, 4, 6, 7, 8, 9, 11, 12] {
            let [first, second] = split(&sample(number + number % 2), Aux::NoNewValue);
            if let Some(sample) = pair.push(if number % 2 == 1 { &first } else { &second }) {
                got[n] = sample.number;
                n += 1;
            }
        }
        assert_eq!((n, got), (3, [4, 8, 12, 0]));
        assert_eq!(pair.unpaired(), 2);
    }
}
