//! The thread behind the door: connects, sends, and connects again.
//!
//! An acknowledgement that stays out forces a new connection, because the client would wait for ever.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, Incoming, MqttOptions, NetworkOptions,
    Outgoing, QoS,
};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, sleep, timeout};

use super::publisher::Shared;
use crate::sinks::payload;

/// Offers that may wait for the thread: seconds of a kitchen of four.
pub(super) const QUEUE: usize = 256;
/// How long an acknowledgement may stay out.
const ACK_DEADLINE: Duration = Duration::from_secs(5);
/// First and longest wait before connecting again.
const BACKOFF: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];
/// A connection that lived this long was a good one; a broker that welcomes and hangs up is none.
const GOOD: Duration = Duration::from_secs(5);

/// How often it looks after itself.
const CHECK: Duration = Duration::from_millis(500);

/// A message for now or never.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) topic: String,
    pub(super) payload: Vec<u8>,
}

pub(super) struct Worker {
    options: MqttOptions,
    will: String,
    broker: String,
    shared: Arc<Shared>,
}

/// Why a connection ended.
enum End {
    Stopped,
    Lost(String),
}

type Heard = Result<Event, ConnectionError>;

impl Worker {
    pub(super) fn new(
        options: MqttOptions,
        will: String,
        broker: String,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            options,
            will,
            broker,
            shared,
        }
    }

    fn is_stopping(&self) -> bool {
        self.shared.stopping.load(Ordering::Relaxed)
    }

    fn is_online(&self) -> bool {
        self.shared.online.load(Ordering::Relaxed)
    }

    pub(super) async fn run(self, mut offers: Receiver<Offer>) {
        let online = payload::state(true).to_vec();
        self.shared.words().set(self.will.clone(), online);
        let mut backoff = BACKOFF[0];
        let mut told = false;
        loop {
            let began = Instant::now();
            let end = self.connection(&mut offers).await;
            self.shared.online.store(false, Ordering::Relaxed);
            let End::Lost(why) = end else { return };
            self.shared.lost.fetch_add(1, Ordering::Relaxed);
            if began.elapsed() >= GOOD {
                backoff = BACKOFF[0];
                told = false;
            }
            if !std::mem::replace(&mut told, true) {
                tracing::warn!(broker = %self.broker, %why, "no MQTT broker; scores go on and the broker is tried again. Check that it runs and that host, port, user and password are right");
            }
            self.wait(backoff, &mut offers).await;
            if self.is_stopping() {
                return;
            }
            backoff = (backoff * 2).min(BACKOFF[1]);
        }
    }

    /// Without a broker offers are dropped and counted, so that nothing piles up.
    async fn wait(&self, time: Duration, offers: &mut Receiver<Offer>) {
        let until = sleep(time);
        tokio::pin!(until);
        while !self.is_stopping() {
            self.shared.pulse.beat();
            tokio::select! {
                () = &mut until => return,
                () = sleep(CHECK) => {}
                () = self.shared.news.notified() => {}
                Some(_) = offers.recv() => {
                    self.shared.dropped.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }

    /// One connection, from its first byte to its end.
    async fn connection(&self, offers: &mut Receiver<Offer>) -> End {
        let (client, mut events) = AsyncClient::new(self.options.clone(), 2 * QUEUE);
        let mut network = NetworkOptions::new();
        network.set_tcp_nodelay(true);
        network.set_connection_timeout(ACK_DEADLINE.as_secs());
        events.set_network_options(network);
        // The event loop is not to be interrupted while it reads, so it has a task of its own.
        let (heard, mut said) = channel(QUEUE);
        let task = tokio::spawn(listen(events, heard));
        let end = self.converse(&client, &mut said, offers).await;
        task.abort();
        end
    }

    async fn converse(
        &self,
        client: &AsyncClient,
        said: &mut Receiver<Heard>,
        offers: &mut Receiver<Offer>,
    ) -> End {
        let mut check = tokio::time::interval(CHECK);
        loop {
            self.shared.pulse.beat();
            tokio::select! {
                event = said.recv() => match event {
                    Some(Ok(event)) => self.event(&event),
                    Some(Err(error)) => return End::Lost(error.to_string()),
                    None => return End::Lost("the client ended".into()),
                },
                Some(offer) = offers.recv() => self.send_offer(client, offer),
                () = self.shared.news.notified() => {}
                _ = check.tick() => {
                    let now = Instant::now().into_std();
                    if self.shared.words().is_overdue(now, ACK_DEADLINE) {
                        return End::Lost("an acknowledgement stayed out".into());
                    }
                }
            }
            if self.is_stopping() {
                // What the pipeline scored last was accepted, so it goes first.
                while let Ok(offer) = offers.try_recv() {
                    self.send_offer(client, offer);
                }
                self.say_goodbye(client, said).await;
                return End::Stopped;
            }
            self.send_words(client);
        }
    }

    fn send_offer(&self, client: &AsyncClient, offer: Offer) {
        let sent = self.is_online()
            && client
                .try_publish(offer.topic, QoS::AtMostOnce, false, offer.payload)
                .is_ok();
        let counter = if sent {
            &self.shared.sent
        } else {
            &self.shared.dropped
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn send_words(&self, client: &AsyncClient) {
        if self.is_online() {
            let now = Instant::now().into_std();
            self.shared.words().send_due(now, |topic, payload, retain| {
                client
                    .try_publish(topic, QoS::AtLeastOnce, retain, payload)
                    .is_ok()
            });
        }
    }

    fn event(&self, event: &Event) {
        match event {
            Event::Incoming(Incoming::ConnAck(_)) => {
                self.shared.words().reconnected();
                self.shared.connected.fetch_add(1, Ordering::Relaxed);
                self.shared.online.store(true, Ordering::Relaxed);
                tracing::info!(broker = %self.broker, "connected to the MQTT broker");
            }
            Event::Outgoing(Outgoing::Publish(packet)) if *packet != 0 => {
                self.shared.words().numbered(*packet);
            }
            Event::Incoming(Incoming::PubAck(ack))
                if self.shared.words().acknowledged(ack.pkid) =>
            {
                self.shared.acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
    }

    /// A clean end says what the last will would have said.
    async fn say_goodbye(&self, client: &AsyncClient, said: &mut Receiver<Heard>) {
        if !self.is_online() {
            return;
        }
        let offline = payload::state(false).to_vec();
        self.shared.words().set(self.will.clone(), offline);
        let settled = async {
            while !self.shared.words().is_settled() {
                self.send_words(client);
                match said.recv().await {
                    Some(Ok(event)) => self.event(&event),
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
async fn listen(mut events: EventLoop, heard: Sender<Heard>) {
    loop {
        let event = events.poll().await;
        let lost = event.is_err();
        if heard.send(event).await.is_err() || lost {
            return;
        }
    }
}
