//! How a source is: what availability topics and metrics say of it.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use wok_core::time::HostTime;

/// Counters and state of one source, written by its thread and read by anyone.
#[derive(Debug)]
pub struct Health {
    name: String,
    up: AtomicBool,
    reads: AtomicU64,
    bytes: AtomicU64,
    opened: AtomicU64,
    lost: AtomicU64,
    panics: AtomicU64,
    last_read: AtomicI64,
    error: Mutex<Option<String>>,
    detail: Mutex<Option<String>>,
}

/// A look at a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Whether bytes are coming.
    pub up: bool,
    /// Reads that brought bytes.
    pub reads: u64,
    /// Bytes read.
    pub bytes: u64,
    /// How often the device was opened.
    pub opened: u64,
    /// How often it went away after it had been up.
    pub lost: u64,
    /// How often the source panicked and was started again.
    pub panics: u64,
    /// When bytes last came.
    pub last_read: Option<HostTime>,
    /// Why it is down, if it is.
    pub error: Option<String>,
    /// What was found out about the device, such as its baud rate.
    pub detail: Option<String>,
}

impl Health {
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            up: AtomicBool::new(false),
            reads: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            opened: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            panics: AtomicU64::new(0),
            last_read: AtomicI64::new(i64::MIN),
            error: Mutex::new(None),
            detail: Mutex::new(None),
        }
    }

    /// Name of the source in logs: its station and sensor.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether bytes are coming.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.up.load(Ordering::Relaxed)
    }

    /// How it is now.
    #[must_use]
    pub fn state(&self) -> Snapshot {
        let text = |text: &Mutex<Option<String>>| {
            text.lock().unwrap_or_else(PoisonError::into_inner).clone()
        };
        let last_read = self.last_read.load(Ordering::Relaxed);
        Snapshot {
            up: self.is_up(),
            reads: self.reads.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            opened: self.opened.load(Ordering::Relaxed),
            lost: self.lost.load(Ordering::Relaxed),
            panics: self.panics.load(Ordering::Relaxed),
            last_read: (last_read != i64::MIN).then(|| HostTime::from_nanos(last_read)),
            error: text(&self.error),
            detail: text(&self.detail),
        }
    }

    pub(super) fn opened(&self) {
        self.opened.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn panicked(&self) {
        self.panics.fetch_add(1, Ordering::Relaxed);
    }

    /// Bytes came; whether that is new.
    pub(super) fn read(&self, at: HostTime, bytes: usize) -> bool {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.last_read.store(at.as_nanos(), Ordering::Relaxed);
        let new = !self.up.swap(true, Ordering::Relaxed);
        if new {
            *self.error.lock().unwrap_or_else(PoisonError::into_inner) = None;
            tracing::info!(
                source = self.name,
                detail = self.state().detail,
                "device is there"
            );
        }
        new
    }

    /// It is down, and why; whether it was up before. A reason is logged once, however often it is met.
    pub(super) fn down(&self, why: &str) -> bool {
        let was_up = self.up.swap(false, Ordering::Relaxed);
        if was_up {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        let mut error = self.error.lock().unwrap_or_else(PoisonError::into_inner);
        if error.as_deref() != Some(why) {
            tracing::warn!(source = self.name, "{why}");
            *error = Some(why.to_owned());
        }
        was_up
    }

    /// It ends because the daemon does.
    pub(super) fn stopped(&self) {
        self.up.store(false, Ordering::Relaxed);
    }

    pub(super) fn detail(&self, detail: String) {
        *self.detail.lock().unwrap_or_else(PoisonError::into_inner) = Some(detail);
    }
}
