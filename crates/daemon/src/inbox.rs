//! Where sources leave what they read and the pipeline thread picks it up.
//!
//! Each device has its own bounded ring, so that a burst of audio never starves EEG: when a ring is
//! full its oldest block is dropped and counted, and the pipeline is told as an event.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wok_core::config::DeviceId;
use wok_core::event::Body;
use wok_core::time::HostTime;

/// What a source left, in its order.
#[derive(Debug)]
enum Entry {
    Block { read_at: HostTime, bytes: Vec<u8> },
    Link(bool),
}

impl Entry {
    fn len(&self) -> usize {
        match self {
            Self::Block { bytes, .. } => bytes.len(),
            Self::Link(_) => 0,
        }
    }
}

#[derive(Debug, Default)]
struct Ring {
    device: Option<DeviceId>,
    limit: usize,
    held: usize,
    entries: VecDeque<Entry>,
    spare: Vec<Vec<u8>>,
    overflow: u64,
}

#[derive(Debug, Default)]
struct State {
    rings: Vec<Ring>,
    control: VecDeque<Body>,
    next: usize,
    closed: bool,
}

/// The shared inbox of one pipeline.
#[derive(Debug, Clone, Default)]
pub struct Inbox(Arc<(Mutex<State>, Condvar)>);

/// The source's end of one device's ring.
#[derive(Debug, Clone)]
pub struct Feed {
    inbox: Inbox,
    ring: usize,
}

/// What the pipeline thread got.
#[derive(Debug)]
pub enum Taken {
    /// Something happened.
    Body(Body),
    /// The time was up.
    Nothing,
    /// The inbox is closed and empty.
    Closed,
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a ring for a device that holds at most `limit` bytes (at least a second of the device).
    #[must_use]
    pub fn feed(&self, device: DeviceId, limit: usize) -> Feed {
        let mut state = self.lock();
        state.rings.push(Ring {
            device: Some(device),
            limit,
            ..Ring::default()
        });
        Feed {
            inbox: self.clone(),
            ring: state.rings.len() - 1,
        }
    }

    /// Leaves an event that is not a device's bytes.
    pub fn control(&self, body: Body) {
        self.lock().control.push_back(body);
        self.0.1.notify_one();
    }

    /// Ends the pipeline once everything that was left has been taken.
    pub fn close(&self) {
        self.lock().closed = true;
        self.0.1.notify_all();
    }

    /// Hands back the buffer of a handled read.
    pub fn recycle(&self, device: DeviceId, mut bytes: Vec<u8>) {
        bytes.clear();
        let mut state = self.lock();
        if let Some(ring) = state.rings.iter_mut().find(|r| r.device == Some(device))
            && ring.spare.len() < 16
        {
            ring.spare.push(bytes);
        }
    }

    /// Takes what comes next, waiting at most `wait`. Control first, then the devices in turn.
    #[must_use]
    pub fn take(&self, wait: Duration) -> Taken {
        let mut state = self.lock();
        let mut waited = wait.is_zero();
        loop {
            if let Some(body) = state.take() {
                return Taken::Body(body);
            }
            if state.closed {
                return Taken::Closed;
            }
            if waited {
                return Taken::Nothing;
            }
            let (again, timeout) = self
                .0
                .1
                .wait_timeout(state, wait)
                .unwrap_or_else(PoisonError::into_inner);
            state = again;
            waited = timeout.timed_out();
        }
    }
}

impl State {
    fn take(&mut self) -> Option<Body> {
        if let Some(body) = self.control.pop_front() {
            return Some(body);
        }
        let count = self.rings.len();
        for i in 0..count {
            let at = (self.next + i) % count;
            if let Some(body) = self.rings[at].take() {
                self.next = (at + 1) % count;
                return Some(body);
            }
        }
        None
    }
}

impl Ring {
    fn take(&mut self) -> Option<Body> {
        let device = self.device?;
        if self.overflow > 0 {
            return Some(Body::Overflow {
                device,
                bytes: std::mem::take(&mut self.overflow),
            });
        }
        let entry = self.entries.pop_front()?;
        self.held -= entry.len();
        Some(match entry {
            Entry::Block { read_at, bytes } => Body::Read {
                device,
                read_at,
                bytes,
            },
            Entry::Link(up) => Body::Link { device, up },
        })
    }
}

impl Feed {
    /// Leaves bytes that were in hand at `read_at`. Never blocks on the pipeline.
    pub fn push(&self, read_at: HostTime, bytes: &[u8]) {
        let mut state = self.inbox.lock();
        let ring = &mut state.rings[self.ring];
        while ring.held + bytes.len() > ring.limit
            && let Some(oldest) = ring.entries.iter().position(|e| e.len() > 0)
            && let Some(old) = ring.entries.remove(oldest)
        {
            ring.held -= old.len();
            ring.overflow += old.len() as u64;
        }
        let mut buffer = ring.spare.pop().unwrap_or_default();
        buffer.extend_from_slice(bytes);
        ring.held += bytes.len();
        ring.entries.push_back(Entry::Block {
            read_at,
            bytes: buffer,
        });
        drop(state);
        self.inbox.0.1.notify_one();
    }

    /// Leaves a two-way probe of the device's clock: the request left at `sent`, its answer came at
    /// `received` and carried the device's `tick`.
    pub fn probe(&self, sent: HostTime, received: HostTime, tick: u64) {
        let mut state = self.inbox.lock();
        if let Some(device) = state.rings[self.ring].device {
            state.control.push_back(Body::Probe {
                device,
                sent,
                received,
                tick,
            });
        }
        drop(state);
        self.inbox.0.1.notify_one();
    }

    /// Says that the device is there, or gone.
    pub fn link(&self, up: bool) {
        self.inbox.lock().rings[self.ring]
            .entries
            .push_back(Entry::Link(up));
        self.inbox.0.1.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(taken: Taken) -> Vec<u8> {
        match taken {
            Taken::Body(Body::Read { bytes, .. }) => bytes,
            other => panic!("not a read: {other:?}"),
        }
    }

    #[test]
    fn a_full_ring_drops_its_oldest_and_says_how_much() {
        let inbox = Inbox::default();
        let feed = inbox.feed(DeviceId(3), 4);
        for i in 0..3u8 {
            feed.push(HostTime::ZERO, &[i, i]);
        }
        match inbox.take(Duration::ZERO) {
            Taken::Body(Body::Overflow { device, bytes }) => assert_eq!((device.0, bytes), (3, 2)),
            other => panic!("no overflow: {other:?}"),
        }
        assert_eq!(bytes(inbox.take(Duration::ZERO)), [1, 1]);
        assert_eq!(bytes(inbox.take(Duration::ZERO)), [2, 2]);
        assert!(matches!(inbox.take(Duration::ZERO), Taken::Nothing));
    }

    #[test]
    fn devices_take_turns_and_a_closed_inbox_is_emptied_first() {
        let inbox = Inbox::default();
        let (a, b) = (inbox.feed(DeviceId(0), 100), inbox.feed(DeviceId(1), 100));
        a.push(HostTime::ZERO, b"a1");
        a.push(HostTime::ZERO, b"a2");
        b.push(HostTime::ZERO, b"b1");
        inbox.close();
        assert_eq!(bytes(inbox.take(Duration::ZERO)), b"a1");
        assert_eq!(bytes(inbox.take(Duration::ZERO)), b"b1");
        assert_eq!(bytes(inbox.take(Duration::ZERO)), b"a2");
        assert!(matches!(inbox.take(Duration::ZERO), Taken::Closed));
    }
}
