//! The one door to the broker.
//!
//! Three kinds of messages: *offers* (QoS 0) are for now or never; *retained* ones (QoS 1) are the latest
//! word on a topic and are sent until the broker has acknowledged them, over any number of connections;
//! *passing* ones (QoS 1, not retained) are too, until they expire. What of these must outlive the process
//! is kept in a spool on disk.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{JoinHandle, Thread};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::mpsc::{Sender, channel};
use tokio::time::Instant;

use super::spool::Spool;
use super::words::Words;
use super::worker::{Birth, Offer, QUEUE, Worker};
use super::{Config, connect};
use crate::pulse::Pulse;

/// What the disk is given beyond the deadline of a stop.
const LAST: Duration = Duration::from_millis(500);
/// Naps while waiting for the last messages to go.
const NAP: Duration = Duration::from_millis(10);

/// What became of the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Offers handed to the client while connected.
    pub sent: u64,
    /// Offers dropped: no connection, or the broker too slow.
    pub dropped: u64,
    /// Retained messages that the broker acknowledged.
    pub acknowledged: u64,
    /// Connections made.
    pub connected: u64,
    /// Connections lost or refused.
    pub lost: u64,
    /// Passing messages that expired before the broker acknowledged them.
    pub expired: u64,
    /// Passing messages given up because too many waited.
    pub overflowed: u64,
    /// Messages that the broker will not have, for want of a right.
    pub refused: u64,
    /// Whether messages wait that cannot be kept on disk.
    pub unspooled: bool,
    /// What to look at, while there is no connection and one was tried.
    pub trouble: Option<&'static str>,
}

/// What the door and the worker behind it share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) sent: AtomicU64,
    pub(super) dropped: AtomicU64,
    pub(super) acknowledged: AtomicU64,
    pub(super) connected: AtomicU64,
    pub(super) lost: AtomicU64,
    pub(super) online: AtomicBool,
    pub(super) stopping: AtomicBool,
    pub(super) pulse: Pulse,
    /// Rings when there is a new word, or a stop.
    pub(super) news: Notify,
    /// Nothing comes any more: the spool is written once more and closed.
    pub(super) spooled: AtomicBool,
    pub(super) unspooled: AtomicBool,
    pub(super) trouble: Mutex<Option<&'static str>>,
    spool: OnceLock<Thread>,
    words: Mutex<Words>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Says what to look at, or that all is well.
    pub(super) fn trouble(&self, what: Option<&'static str>) {
        *lock(&self.trouble) = what;
    }

    pub(super) fn words(&self) -> MutexGuard<'_, Words> {
        lock(&self.words)
    }

    /// Has the spool look at the words.
    pub(super) fn stir(&self) {
        if let Some(thread) = self.spool.get() {
            thread.unpark();
        }
    }
}

/// The one door to the broker.
#[derive(Debug)]
pub struct Publisher {
    offers: Sender<Offer>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    spool: Option<JoinHandle<()>>,
}

impl Publisher {
    /// Starts the publishing thread. `will` is the topic that says whether the bridge is online;
    /// `session` makes the client id unique.
    ///
    /// # Errors
    /// When the password, a certificate or the spool cannot be read or the system gives no thread.
    pub fn start(config: &Config, will: String, session: &str) -> io::Result<Self> {
        let options = connect::options(config, &will, session)?;
        let birth = config.discovery.as_ref().map(|prefix| Birth {
            topic: format!("{prefix}/status"),
            prefix: format!("{prefix}/device/"),
        });
        let shared = Arc::new(Shared::default());
        let spool = match &config.spool {
            Some(path) => Some(spool(path, &shared)?),
            None => None,
        };
        let (offers, inbox) = channel(QUEUE);
        let broker = format!("{}:{}", config.host, config.port);
        let worker = Worker::new(options, will, broker, birth, Arc::clone(&shared));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let thread = std::thread::Builder::new()
            .name("wokd-mqtt".into())
            .spawn(move || runtime.block_on(worker.run(inbox)))?;
        Ok(Self {
            offers,
            shared,
            thread: Some(thread),
            spool,
        })
    }

    /// Publishes now or never (QoS 0, not retained).
    pub fn offer(&self, topic: &str, payload: &[u8]) {
        let online = self.shared.online.load(Ordering::Relaxed);
        let offer = || Offer {
            topic: topic.to_owned(),
            payload: payload.to_owned(),
        };
        if !online || self.offers.try_send(offer()).is_err() {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Makes this the latest word on a topic (QoS 1, retained); the one before it is superseded. A durable
    /// one outlives the process.
    pub fn retain(&self, topic: String, payload: Vec<u8>, durable: bool) {
        self.shared.words().set(topic, payload, durable);
        self.shared.news.notify_one();
        if durable {
            self.shared.stir();
        }
    }

    /// Makes this the latest word on a topic, as [`Self::retain`] a durable one, without superseding the one
    /// before it: that one is delivered first.
    pub fn follow(&self, topic: String, payload: Vec<u8>) {
        let now = Instant::now().into_std();
        self.shared.words().follow(topic, payload, now);
        self.shared.news.notify_one();
        self.shared.stir();
    }

    /// Delivers within `lasts` or not at all (QoS 1, not retained); outlives the process.
    pub fn pass(&self, topic: &str, payload: Vec<u8>, lasts: Option<Duration>) {
        let now = Instant::now().into_std();
        let expires = lasts.map(|lasts| now + lasts);
        self.shared
            .words()
            .pass(topic.to_owned(), payload, expires, now);
        self.shared.news.notify_one();
        self.shared.stir();
    }

    /// Beats while the publishing thread comes round.
    #[must_use]
    pub fn pulse(&self) -> Pulse {
        self.shared.pulse.clone()
    }

    /// What became of the messages so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let words = self.shared.words();
        Counters {
            sent: of(&self.shared.sent),
            dropped: of(&self.shared.dropped),
            acknowledged: of(&self.shared.acknowledged),
            connected: of(&self.shared.connected),
            lost: of(&self.shared.lost),
            expired: words.expired,
            overflowed: words.overflowed,
            refused: words.refused,
            unspooled: self.shared.unspooled.load(Ordering::Relaxed),
            trouble: *lock(&self.shared.trouble),
        }
    }

    /// Says `offline`, waits for what is under way, and disconnects, at most within `deadline`.
    pub fn stop(&mut self, deadline: Duration) {
        self.shared.stopping.store(true, Ordering::Relaxed);
        self.shared.news.notify_one();
        let Some(thread) = self.thread.take() else {
            return;
        };
        let until = std::time::Instant::now() + deadline;
        if !ends_by(&thread, until) {
            tracing::warn!("the broker did not take the last messages in time");
        }
        if let Some(spool) = self.spool.take() {
            self.shared.spooled.store(true, Ordering::Release);
            self.shared.stir();
            if !ends_by(&spool, until.max(std::time::Instant::now() + LAST)) {
                tracing::warn!("the disk did not take the last messages in time");
            }
        }
    }
}

/// Waits for a thread's end; `false` where it does not come in time.
fn ends_by(thread: &JoinHandle<()>, until: std::time::Instant) -> bool {
    while !thread.is_finished() && std::time::Instant::now() < until {
        std::thread::sleep(NAP);
    }
    thread.is_finished()
}

/// Takes up what an earlier process left, and keeps what this one leaves.
fn spool(path: &Path, shared: &Arc<Shared>) -> io::Result<JoinHandle<()>> {
    let (spool, kept, expired) = Spool::open(path)?;
    if !kept.is_empty() || expired > 0 {
        tracing::info!(messages = kept.len(), expired, spool = %path.display(), "an earlier run left messages that no broker has acknowledged");
    }
    {
        let mut words = shared.words();
        words.restore(kept, Instant::now().into_std());
        words.expired += expired;
    }
    let thread = spool.start(Arc::clone(shared))?;
    let _ = shared.spool.set(thread.thread().clone());
    Ok(thread)
}
