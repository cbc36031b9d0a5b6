//! The thread behind the door: connects, sends, and connects again.
//!
//! An acknowledgement that stays out forces a new connection, because the client would wait for ever.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v5::{PubAckReason, PublishProperties};
use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, Incoming, MqttOptions, NetworkOptions,
    Outgoing, PublishNoticeError, PublishOptions,
};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::connect;
use super::publisher::Shared;
use super::words::Due;
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

/// Who says on which topic that it is `online` and wants to be told anew what is retained under a prefix.
#[derive(Debug)]
pub(super) struct Birth {
    pub(super) topic: String,
    pub(super) prefix: String,
}

pub(super) struct Worker {
    options: MqttOptions,
    will: String,
    broker: String,
    birth: Option<Birth>,
    shared: Arc<Shared>,
}

/// Why a connection ended, and what to do about it.
enum End {
    Stopped,
    Lost(String, &'static str),
}

/// What the broker said to each message: by its ticket.
type Notices = JoinSet<(u64, Result<(), PublishNoticeError>)>;

type Heard = Result<Event, ConnectionError>;

impl Worker {
    pub(super) fn new(
        options: MqttOptions,
        will: String,
        broker: String,
        birth: Option<Birth>,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            options,
            will,
            broker,
            birth,
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
        self.shared.words().set(self.will.clone(), online, false);
        let mut backoff = BACKOFF[0];
        let mut told = false;
        loop {
            let began = Instant::now();
            let end = self.connection(&mut offers).await;
            self.shared.online.store(false, Ordering::Relaxed);
            let End::Lost(why, remedy) = end else {
                return;
            };
            // What was under way is not any more: it must not count as overdue in the next connection.
            self.shared.words().disconnected();
            self.shared.trouble(Some(remedy));
            self.shared.lost.fetch_add(1, Ordering::Relaxed);
            if began.elapsed() >= GOOD {
                backoff = BACKOFF[0];
                told = false;
            }
            if !std::mem::replace(&mut told, true) {
                tracing::warn!(broker = %self.broker, %why, "no MQTT broker: {remedy}. Scores go on, and the broker is tried again");
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
        let mut options = self.options.clone();
        let mut network = NetworkOptions::new();
        network.set_tcp_nodelay(true);
        network.set_connection_timeout(ACK_DEADLINE.as_secs());
        options.set_network_options(network);
        let (client, events) = AsyncClient::builder(options).capacity(2 * QUEUE).build();
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
        let mut notices = Notices::new();
        loop {
            self.shared.pulse.beat();
            tokio::select! {
                event = said.recv() => match event {
                    Some(Ok(event)) => self.event(client, &event),
                    Some(Err(error)) => return End::Lost(error.to_string(), connect::remedy(&error)),
                    None => return End::Lost("the client ended".into(), SILENT),
                },
                Some(Ok((ticket, said))) = notices.join_next() => {
                    if let Some(end) = self.answered(ticket, said) {
                        return end;
                    }
                }
                Some(offer) = offers.recv() => self.send_offer(client, offer),
                () = self.shared.news.notified() => {}
                _ = check.tick() => {
                    let now = Instant::now().into_std();
                    if self.shared.words().is_overdue(now, ACK_DEADLINE) {
                        return End::Lost("an acknowledgement stayed out".into(), SILENT);
                    }
                }
            }
            if self.is_stopping() {
                // What the pipeline scored last was accepted, so it goes first.
                while let Ok(offer) = offers.try_recv() {
                    self.send_offer(client, offer);
                }
                self.say_goodbye(client, said, &mut notices).await;
                return End::Stopped;
            }
            self.send_words(client, &mut notices);
        }
    }

    fn send_offer(&self, client: &AsyncClient, offer: Offer) {
        let options = PublishOptions::at_most_once();
        let sent = self.is_online()
            && client
                .try_publish(offer.topic, offer.payload, options)
                .is_ok();
        let counter = if sent {
            &self.shared.sent
        } else {
            &self.shared.dropped
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn send_words(&self, client: &AsyncClient, notices: &mut Notices) {
        if !self.is_online() {
            return;
        }
        let now = Instant::now().into_std();
        self.shared.words().send_due(now, |due| {
            let published = client.try_publish_tracked(due.topic, due.payload, options(&due));
            let Ok(notice) = published else {
                return false;
            };
            let ticket = due.ticket;
            notices.spawn(async move { (ticket, notice.wait_completion_async().await) });
            true
        });
    }

    /// What the broker said to a message; gives the end of the connection where it could not take it now.
    fn answered(&self, ticket: u64, said: Result<(), PublishNoticeError>) -> Option<End> {
        match said {
            Ok(()) => {
                if self.shared.words().acknowledged(ticket) {
                    self.shared.acknowledged.fetch_add(1, Ordering::Relaxed);
                }
            }
            Err(PublishNoticeError::V5PubAck(reason)) if is_final(reason) => {
                if let Some(topic) = self.shared.words().refused(ticket) {
                    tracing::error!(broker = %self.broker, %topic, ?reason, "the broker refuses a message: give this user the right to write to the topic (see deploy/mosquitto/acl)");
                }
            }
            Err(error) => return Some(End::Lost(error.to_string(), SILENT)),
        }
        self.shared.stir();
        None
    }

    fn event(&self, client: &AsyncClient, event: &Event) {
        match (event, &self.birth) {
            (Event::Incoming(Incoming::ConnAck(_)), birth) => {
                self.shared.connected.fetch_add(1, Ordering::Relaxed);
                self.shared.online.store(true, Ordering::Relaxed);
                self.shared.trouble(None);
                tracing::info!(broker = %self.broker, "connected to the MQTT broker");
                if let Some(birth) = birth {
                    // The queue of a connection that has just begun has room.
                    let _ = client.try_subscribe(birth.topic.clone(), QoS::AtLeastOnce);
                }
            }
            (Event::Incoming(Incoming::Publish(message)), Some(birth))
                if message.topic == birth.topic && message.payload == "online" =>
            {
                self.shared.words().repeat(&birth.prefix);
            }
            _ => {}
        }
    }

    /// A clean end says what the last will would have said.
    async fn say_goodbye(
        &self,
        client: &AsyncClient,
        said: &mut Receiver<Heard>,
        notices: &mut Notices,
    ) {
        if !self.is_online() {
            return;
        }
        let offline = payload::state(false).to_vec();
        self.shared.words().set(self.will.clone(), offline, false);
        let settled = async {
            while !self.shared.words().is_settled() {
                self.send_words(client, notices);
                tokio::select! {
                    event = said.recv() => match event {
                        Some(Ok(event)) => self.event(client, &event),
                        _ => return,
                    },
                    Some(Ok((ticket, said))) = notices.join_next() => {
                        if self.answered(ticket, said).is_some() {
                            return;
                        }
                    }
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

const SILENT: &str = "it is too slow or in trouble; its own log may say why";

/// How a message is sent. What expires says so, so that a broker which keeps it for somebody who is away
/// does not deliver it late either.
fn options(due: &Due<'_>) -> PublishOptions {
    let options = PublishOptions::at_least_once().retain(due.retain);
    match due.lasts {
        Some(lasts) => options.properties(PublishProperties {
            // Whole seconds, and 0 would be none at all.
            message_expiry_interval: Some((lasts.as_secs() as u32).max(1)),
            ..PublishProperties::default()
        }),
        None => options,
    }
}

/// Whether asking again is of no use before somebody changes something.
const fn is_final(reason: PubAckReason) -> bool {
    matches!(
        reason,
        PubAckReason::NotAuthorized
            | PubAckReason::TopicNameInvalid
            | PubAckReason::PayloadFormatInvalid
    )
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
