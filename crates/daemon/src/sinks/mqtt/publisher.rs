//! Getting messages to the broker.
//!
//! Two kinds: *offers* (QoS 0) are for now or never; *retained* messages (QoS 1) are the latest word on
//! a topic and are sent until the broker has acknowledged them, over any number of connections. The
//! client's own memory of what is under way is not relied on: every connection is a new session, and
//! this file's table of topics is sent again. An acknowledgement that stays out forces a new connection.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufRead, BufReader};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, Incoming, LastWill, MqttOptions,
    NetworkOptions, Outgoing, QoS,
};
use tokio::sync::mpsc::{Receiver, Sender, channel, error::TrySendError};
use tokio::time::{Instant, sleep, timeout};

use super::{Config, payload};

/// Messages that may wait for the publishing thread: seconds of a kitchen of four.
const QUEUE: usize = 256;
/// How long an acknowledgement may stay out.
const ACK_DEADLINE: Duration = Duration::from_secs(5);
/// First and longest wait before connecting again.
const BACKOFF: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];
const KEEP_ALIVE: Duration = Duration::from_secs(15);

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
}

#[derive(Debug, Default)]
struct Shared {
    sent: AtomicU64,
    dropped: AtomicU64,
    acknowledged: AtomicU64,
    connected: AtomicU64,
    online: AtomicBool,
}

enum Order {
    Offer { topic: String, payload: Vec<u8> },
    Retain { topic: String, payload: Vec<u8> },
    Stop,
}

/// The one door to the broker.
#[derive(Debug)]
pub struct Publisher {
    orders: Sender<Order>,
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
        options.set_last_will(LastWill::new(
            &will,
            payload::state(false),
            QoS::AtLeastOnce,
            true,
        ));
        if let Some(user) = &config.user {
            options.set_credentials(user, password(config)?);
        }
        let (orders, inbox) = channel(QUEUE);
        let shared = Arc::new(Shared::default());
        let worker = Worker {
            options,
            will,
            broker: format!("{}:{}", config.host, config.port),
            shared: Arc::clone(&shared),
            table: BTreeMap::new(),
            under_way: VecDeque::new(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let thread = std::thread::Builder::new()
            .name("wokd-mqtt".into())
            .spawn(move || runtime.block_on(worker.run(inbox)))?;
        Ok(Self {
            orders,
            shared,
            thread: Some(thread),
        })
    }

    /// Publishes now or never (QoS 0, not retained).
    pub fn offer(&self, topic: &str, payload: &[u8]) {
        let order = Order::Offer {
            topic: topic.to_owned(),
            payload: payload.to_owned(),
        };
        if !self.shared.online.load(Ordering::Relaxed) || self.orders.try_send(order).is_err() {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Makes this the latest word on a topic (QoS 1, retained); the one before it is superseded.
    pub fn retain(&self, topic: String, payload: Vec<u8>) {
        if let Err(TrySendError::Full(_)) = self.orders.try_send(Order::Retain { topic, payload }) {
            // The thread that empties the queue is only this far behind when it has no processor.
            tracing::warn!(
                "the MQTT queue is full; a state message is dropped, its successor follows"
            );
            metrics::counter!("wokd_errors_total", "stage" => "mqtt", "error_type" => "queue_full")
                .increment(1);
        }
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
        }
    }

    /// Says `offline`, waits for what is under way, and disconnects, at most within `deadline`.
    pub fn stop(&mut self, deadline: Duration) {
        let end = std::time::Duration::from_millis(10);
        let mut left = deadline;
        while self
            .orders
            .try_send(Order::Stop)
            .is_err_and(|e| matches!(e, TrySendError::Full(_)))
            && !left.is_zero()
        {
            std::thread::sleep(end);
            left = left.saturating_sub(end);
        }
        if let Some(thread) = self.thread.take() {
            while !thread.is_finished() && !left.is_zero() {
                std::thread::sleep(end);
                left = left.saturating_sub(end);
            }
            if !thread.is_finished() {
                tracing::warn!("the broker did not take the last messages in time");
            }
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

/// The latest word on a topic.
struct Word {
    payload: Vec<u8>,
    version: u64,
    acknowledged: bool,
}

struct Worker {
    options: MqttOptions,
    will: String,
    broker: String,
    shared: Arc<Shared>,
    table: BTreeMap<String, Word>,
    /// Acknowledged publishes handed to the client in this connection, in order.
    under_way: VecDeque<UnderWay>,
}

struct UnderWay {
    topic: String,
    version: u64,
    pkid: Option<u16>,
    since: Instant,
}

/// Why a connection ended.
enum End {
    Stopped,
    Lost(String),
}

impl Worker {
    async fn run(mut self, mut inbox: Receiver<Order>) {
        self.word(self.will.clone(), payload::state(true).to_vec());
        let mut backoff = BACKOFF[0];
        let mut told = false;
        loop {
            let before = self.shared.connected.load(Ordering::Relaxed);
            let end = self.connection(&mut inbox).await;
            self.shared.online.store(false, Ordering::Relaxed);
            let End::Lost(why) = end else { return };
            if self.shared.connected.load(Ordering::Relaxed) > before {
                backoff = BACKOFF[0];
                told = false;
            }
            metrics::counter!("wokd_errors_total", "stage" => "mqtt", "error_type" => "connection")
                .increment(1);
            if !std::mem::replace(&mut told, true) {
                tracing::warn!(broker = %self.broker, %why, "no MQTT broker; scores go on and the broker is tried again. Check that it runs and that host, port, user and password are right");
            }
            // Meanwhile orders are taken, so that the latest word is ready and nothing piles up.
            let until = sleep(backoff);
            tokio::pin!(until);
            loop {
                tokio::select! {
                    () = &mut until => break,
                    order = inbox.recv() => match order {
                        Some(Order::Retain { topic, payload }) => self.word(topic, payload),
                        Some(Order::Offer { .. }) => { self.shared.dropped.fetch_add(1, Ordering::Relaxed); }
                        Some(Order::Stop) | None => return,
                    },
                }
            }
            backoff = (backoff * 2).min(BACKOFF[1]);
        }
    }

    /// One connection, from its first byte to its end.
    async fn connection(&mut self, inbox: &mut Receiver<Order>) -> End {
        let (client, mut events) = AsyncClient::new(self.options.clone(), 2 * QUEUE);
        let mut network = NetworkOptions::new();
        network.set_tcp_nodelay(true);
        network.set_connection_timeout(5);
        events.set_network_options(network);
        self.under_way.clear();
        // The event loop is not to be interrupted while it reads, so it has a task of its own.
        let (heard, mut said) = channel(QUEUE);
        let task = tokio::spawn(listen(events, heard));
        let mut check = tokio::time::interval(Duration::from_secs(1));
        let end = loop {
            tokio::select! {
                event = said.recv() => match event {
                    Some(Ok(event)) => self.event(&event, &client),
                    Some(Err(error)) => break End::Lost(error.to_string()),
                    None => break End::Lost("the client ended".into()),
                },
                order = inbox.recv() => match order {
                    Some(Order::Offer { topic, payload }) => self.send_offer(&client, topic, payload),
                    Some(Order::Retain { topic, payload }) => {
                        self.word(topic.clone(), payload);
                        self.send_word(&client, &topic);
                    }
                    Some(Order::Stop) | None => {
                        self.say_goodbye(&client, &mut said).await;
                        break End::Stopped;
                    }
                },
                _ = check.tick() => {
                    if self.under_way.front().is_some_and(|u| u.since.elapsed() > ACK_DEADLINE) {
                        break End::Lost("an acknowledgement stayed out".into());
                    }
                }
            }
        };
        task.abort();
        end
    }

    fn online(&self) -> bool {
        self.shared.online.load(Ordering::Relaxed)
    }

    fn word(&mut self, topic: String, payload: Vec<u8>) {
        let version = self.table.get(&topic).map_or(0, |word| word.version + 1);
        self.table.insert(
            topic,
            Word {
                payload,
                version,
                acknowledged: false,
            },
        );
    }

    fn send_offer(&self, client: &AsyncClient, topic: String, payload: Vec<u8>) {
        let sent = self.online()
            && client
                .try_publish(topic, QoS::AtMostOnce, false, payload)
                .is_ok();
        let counter = if sent {
            &self.shared.sent
        } else {
            &self.shared.dropped
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Sends a topic's latest word, unless one of the same topic is under way: its acknowledgement
    /// sends the newer one then, so that a slow broker is asked for no more than it takes.
    fn send_word(&mut self, client: &AsyncClient, topic: &str) {
        if !self.online() || self.under_way.iter().any(|u| u.topic == topic) {
            return;
        }
        let Some(word) = self.table.get(topic) else {
            return;
        };
        if client
            .try_publish(topic, QoS::AtLeastOnce, true, word.payload.clone())
            .is_ok()
        {
            let (topic, version) = (topic.to_owned(), word.version);
            self.under_way.push_back(UnderWay {
                topic,
                version,
                pkid: None,
                since: Instant::now(),
            });
        }
    }

    fn event(&mut self, event: &Event, client: &AsyncClient) {
        match event {
            Event::Incoming(Incoming::ConnAck(_)) => {
                self.shared.connected.fetch_add(1, Ordering::Relaxed);
                self.shared.online.store(true, Ordering::Relaxed);
                tracing::info!(broker = %self.broker, "connected to the MQTT broker");
                let topics: Vec<_> = self.table.keys().cloned().collect();
                topics
                    .iter()
                    .for_each(|topic| self.send_word(client, topic));
            }
            Event::Outgoing(Outgoing::Publish(pkid)) if *pkid != 0 => {
                if let Some(first) = self.under_way.iter_mut().find(|u| u.pkid.is_none()) {
                    first.pkid = Some(*pkid);
                }
            }
            Event::Incoming(Incoming::PubAck(ack)) => {
                let at = self.under_way.iter().position(|u| u.pkid == Some(ack.pkid));
                let Some(done) = at.and_then(|at| self.under_way.remove(at)) else {
                    return;
                };
                self.shared.acknowledged.fetch_add(1, Ordering::Relaxed);
                let newer = self.table.get_mut(&done.topic).is_some_and(|word| {
                    word.acknowledged = word.version == done.version;
                    !word.acknowledged
                });
                if newer {
                    self.send_word(client, &done.topic);
                }
            }
            _ => {}
        }
    }

    /// A clean end says what the last will would have said.
    async fn say_goodbye(
        &mut self,
        client: &AsyncClient,
        said: &mut Receiver<Result<Event, ConnectionError>>,
    ) {
        if !self.online() {
            return;
        }
        self.word(self.will.clone(), payload::state(false).to_vec());
        self.send_word(client, &self.will.clone());
        let settled = async {
            while self.table.values().any(|word| !word.acknowledged) {
                match said.recv().await {
                    Some(Ok(event)) => self.event(&event, client),
                    _ => return,
                }
            }
            let _ = client.try_disconnect();
            while let Some(Ok(event)) = said.recv().await {
                if matches!(event, Event::Outgoing(Outgoing::Disconnect)) {
                    return;
                }
            }
        };
        // Past this the broker's will speaks for us.
        let _ = timeout(ACK_DEADLINE, settled).await;
    }
}

/// Drives the client and tells what happens, up to the first error.
async fn listen(mut events: EventLoop, heard: Sender<Result<Event, ConnectionError>>) {
    loop {
        let event = events.poll().await;
        let lost = event.is_err();
        if heard.send(event).await.is_err() || lost {
            return;
        }
    }
}
