//! The one door to the broker.
//!
//! Three kinds of messages: *offers* (QoS 0) are for now or never; *retained* ones (QoS 1) are the latest
//! word on a topic and are sent until the broker has acknowledged them, over any number of connections;
//! *passing* ones (QoS 1, not retained) are too, until they expire.

use std::io::{self, BufRead, BufReader};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rumqttc::{LastWill, MqttOptions, QoS};
use tokio::sync::Notify;
use tokio::sync::mpsc::{Sender, channel};
use tokio::time::Instant;

use super::words::Words;
use super::worker::{Offer, QUEUE, Worker};
use super::{Config, payload};
use crate::pulse::Pulse;

const KEEP_ALIVE: Duration = Duration::from_secs(15);
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
    words: Mutex<Words>,
}

impl Shared {
    pub(super) fn words(&self) -> MutexGuard<'_, Words> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one door to the broker.
#[derive(Debug)]
pub struct Publisher {
    offers: Sender<Offer>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Publisher {
    /// Starts the publishing thread. `will` is the topic that says whether the bridge is online;
    /// `session` makes the client id unique.
    ///
    /// # Errors
    /// When the password file cannot be read or the system gives no thread.
    pub fn start(config: &Config, will: String, session: &str) -> io::Result<Self> {
        let mut options = MqttOptions::new(format!("wokd-{session}"), &config.host, config.port);
        options.set_keep_alive(KEEP_ALIVE);
        options.set_clean_session(true);
        options.set_max_packet_size(64 * 1024, 64 * 1024);
        let offline = payload::state(false);
        options.set_last_will(LastWill::new(&will, offline, QoS::AtLeastOnce, true));
        if let Some(user) = &config.user {
            options.set_credentials(user, password(config)?);
        }
        let (offers, inbox) = channel(QUEUE);
        let shared = Arc::new(Shared::default());
        let broker = format!("{}:{}", config.host, config.port);
        let worker = Worker::new(options, will, broker, Arc::clone(&shared));
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

    /// Makes this the latest word on a topic (QoS 1, retained); the one before it is superseded.
    pub fn retain(&self, topic: String, payload: Vec<u8>) {
        self.shared.words().set(topic, payload);
        self.shared.news.notify_one();
    }

    /// Delivers within `lasts` or not at all (QoS 1, not retained).
    pub fn pass(&self, topic: &str, payload: Vec<u8>, lasts: Duration) {
        let expires = Instant::now().into_std() + lasts;
        self.shared.words().pass(topic.to_owned(), payload, expires);
        self.shared.news.notify_one();
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
        Counters {
            sent: of(&self.shared.sent),
            dropped: of(&self.shared.dropped),
            acknowledged: of(&self.shared.acknowledged),
            connected: of(&self.shared.connected),
            lost: of(&self.shared.lost),
            expired: self.shared.words().expired(),
        }
    }

    /// Says `offline`, waits for what is under way, and disconnects, at most within `deadline`.
    pub fn stop(&mut self, deadline: Duration) {
        self.shared.stopping.store(true, Ordering::Relaxed);
        self.shared.news.notify_one();
        let Some(thread) = self.thread.take() else {
            return;
        };
        let mut left = deadline;
        while !thread.is_finished() && !left.is_zero() {
            std::thread::sleep(NAP);
            left = left.saturating_sub(NAP);
        }
        if !thread.is_finished() {
            tracing::warn!("the broker did not take the last messages in time");
        }
    }
}

/// The first line of the password file.
fn password(config: &Config) -> io::Result<String> {
    let Some(path) = &config.password_file else {
        return Ok(String::new());
    };
    let explain = |error: io::Error| {
        io::Error::new(
            error.kind(),
            format!("the broker's password file {}: {error}", path.display()),
        )
    };
    let mut line = String::new();
    BufReader::new(std::fs::File::open(path).map_err(explain)?)
        .read_line(&mut line)
        .map_err(explain)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
