//! What every stream decoder shares: the bytes carried from one read to the next, and the tally of what was kept and thrown away.

use core::fmt;

/// Skipped bytes are reported at the latest after this many, so that an endless stream of garbage (a wrong baud rate) is heard of
/// while it lasts. A shorter run is reported once, right before the item that ends it.
pub const SKIP_REPORT: u32 = 4096;

/// What a decoder has seen since it was made or last reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Frames (packets, replies, messages) delivered.
    pub frames: u64,
    /// Bytes thrown away while looking for a sync, those not reported yet included.
    pub skipped_bytes: u64,
    /// Gaps seen in the device's own counter: events, not packets. Zero where the device has no counter.
    pub gaps: u64,
    /// Packets lost in those gaps, as far as the counter tells (see the module: narrow counters are ambiguous).
    pub lost: u64,
    /// Candidates that had a header and a whole body but the wrong checksum. Zero where the format has none.
    pub bad_checksums: u64,
}

/// The output slice of an encoder is too short; nothing useful was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooSmall {
    /// Bytes that the encoding takes.
    pub needed: usize,
}

impl fmt::Display for TooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the output is too small: {} bytes are needed",
            self.needed
        )
    }
}

impl core::error::Error for TooSmall {}

/// The first `needed` bytes of `out`, or how many would be needed.
pub(crate) fn room(out: &mut [u8], needed: usize) -> Result<&mut [u8], TooSmall> {
    out.get_mut(..needed).ok_or(TooSmall { needed })
}

/// Statistics and the run of skipped bytes that has not been reported yet.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) stats: Stats,
    pending: u32,
}

impl Tally {
    pub(crate) const fn new() -> Self {
        Self {
            stats: Stats {
                frames: 0,
                skipped_bytes: 0,
                gaps: 0,
                lost: 0,
                bad_checksums: 0,
            },
            pending: 0,
        }
    }

    /// Counts `n` thrown bytes; `report` is called with full pieces of [`SKIP_REPORT`]. What is reported depends on the bytes
    /// alone, never on how they were split into reads.
    pub(crate) fn skip(&mut self, n: usize, mut report: impl FnMut(u32)) {
        self.stats.skipped_bytes += n as u64;
        let mut left = n;
        while left > 0 {
            let piece = left.min((SKIP_REPORT - self.pending) as usize);
            self.pending += piece as u32;
            left -= piece;
            if self.pending == SKIP_REPORT {
                report(SKIP_REPORT);
                self.pending = 0;
            }
        }
    }

    /// The run of skipped bytes that ends here, if there is one.
    pub(crate) fn end_of_skip(&mut self) -> Option<u32> {
        (self.pending > 0).then(|| core::mem::take(&mut self.pending))
    }

    /// Counts a gap of `lost` packets.
    pub(crate) fn gap(&mut self, lost: u32) {
        self.stats.gaps += 1;
        self.stats.lost += u64::from(lost);
    }
}

/// Bytes carried over from one read to the next: an unfinished frame.
///
/// `N` is at least the longest stretch a step can wait for; two frames, so that one top-up usually finishes a frame and the
/// decoder then reads straight from the caller's slice without copying.
#[derive(Debug, Clone)]
pub(crate) struct Carry<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Carry<N> {
    pub(crate) const fn new() -> Self {
        Self {
            bytes: [0; N],
            len: 0,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    /// Feeds `input` through `step`, which looks at the front of a window and says how many bytes it is done with, or `None` when
    /// it must see more. A step may wait only while its window is shorter than `N`.
    pub(crate) fn drive(&mut self, mut input: &[u8], mut step: impl FnMut(&[u8]) -> Option<usize>) {
        while self.len > 0 {
            let old = self.len;
            let taken = self.append(input);
            let mut done = 0;
            let mut waiting = false;
            while done < old && !waiting {
                match step(self.bytes.get(done..self.len).unwrap_or(&[])) {
                    Some(n) if n > 0 => done += n,
                    _ => waiting = true,
                }
            }
            if waiting {
                let rest = input.get(taken..).unwrap_or(&[]);
                // A step that waits on a full window breaks its promise; one byte is dropped rather than the stream.
                let stuck = done == 0 && self.len == N;
                self.forget(if stuck { 1 } else { done });
                if rest.is_empty() {
                    return;
                }
                input = rest;
            } else {
                // All carried bytes are done: the position lies inside `input`, and the rest is read in place.
                input = input.get(done.min(self.len) - old..).unwrap_or(&[]);
                self.len = 0;
            }
        }
        while !input.is_empty() {
            match step(input) {
                Some(n) if n > 0 => input = input.get(n..).unwrap_or(&[]),
                _ => break,
            }
        }
        while self.append(input) < input.len() {
            input = input.get(1..).unwrap_or(&[]);
            self.len = 0;
        }
    }

    /// Takes as much of `input` as fits; how much that was.
    fn append(&mut self, input: &[u8]) -> usize {
        let free = self.bytes.get_mut(self.len..).unwrap_or_default();
        let n = free.len().min(input.len());
        for (to, from) in free.iter_mut().zip(input) {
            *to = *from;
        }
        self.len += n;
        n
    }

    /// Drops the first `n` carried bytes.
    fn forget(&mut self, n: usize) {
        let n = n.min(self.len);
        self.bytes.copy_within(n..self.len, 0);
        self.len -= n;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A toy format: a length byte, then that many bytes. Sums what arrives.
    fn sums(chunks: &[&[u8]]) -> (u32, u32) {
        let (mut frames, mut total) = (0, 0);
        let mut carry = Carry::<8>::new();
        for chunk in chunks {
            carry.drive(chunk, |w| {
                let n = usize::from(*w.first()?);
                let body = w.get(1..=n)?;
                frames += 1;
                total += body.iter().map(|&b| u32::from(b)).sum::<u32>();
                Some(n + 1)
            });
        }
        (frames, total)
    }

    #[test]
    fn a_frame_may_span_reads() {
        for (chunks, expect) in [
            (&[&[3, 1, 2, 3, 2, 4, 5][..]][..], (2, 15)),
            (&[&[3, 1], &[2, 3, 2, 4], &[5]], (2, 15)),
            (&[&[3], &[], &[1], &[2], &[3], &[2], &[4], &[5]], (2, 15)),
            (&[&[7, 1, 1, 1], &[1, 1, 1, 1, 1, 9, 0, 0, 1]], (4, 16)),
        ] {
            assert_eq!(sums(chunks), expect, "{chunks:?}");
        }
    }

    #[test]
    fn long_skips_are_reported_in_pieces() {
        let mut tally = Tally::new();
        let mut reported = 0;
        tally.skip(10_000, |n| reported += n);
        assert_eq!(
            (reported, tally.end_of_skip(), tally.end_of_skip()),
            (8192, Some(1808), None)
        );
        assert_eq!(tally.stats.skipped_bytes, 10_000);
    }
}
