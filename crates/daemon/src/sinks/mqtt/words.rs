//! The latest word on every retained topic and what is passing by, and which of them the broker has yet
//! to acknowledge.
//!
//! The client's own memory of what is under way is not relied on: every connection is a new session,
//! and this table is sent again. Sans-IO: [`super::worker`] asks it what to send next, and
//! [`super::spool`] keeps on disk what of it must outlive the process.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// Words that may be under way at once; below the client's own limit, so that it never holds one back.
const UNDER_WAY: usize = 50;
/// Passing messages that may wait for a broker: an hour's alarms, and then some.
const PASSING: usize = 1024;

#[derive(Debug)]
struct Word {
    payload: Vec<u8>,
    version: u64,
    settled: bool,
    durable: bool,
}

/// A message that is neither retained nor superseded, and may be worth nothing once it has expired.
#[derive(Debug)]
struct Passing {
    number: u64,
    topic: String,
    payload: Vec<u8>,
    expires: Option<Instant>,
    sent: bool,
}

/// What was handed to the client.
#[derive(Debug, PartialEq, Eq)]
enum Handed {
    Word { topic: String, version: u64 },
    Passing { number: u64 },
}

/// A message handed to the client in this connection.
#[derive(Debug)]
struct UnderWay {
    ticket: u64,
    what: Handed,
    since: Instant,
}

/// A message that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Due<'a> {
    /// Names it when the broker has answered; never used twice.
    pub(super) ticket: u64,
    pub(super) topic: &'a str,
    pub(super) payload: &'a [u8],
    pub(super) retain: bool,
    /// How long it is still worth something; `None` for ever.
    pub(super) lasts: Option<Duration>,
}

/// A message that no broker has acknowledged and that must outlive the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) topic: String,
    pub(super) payload: Vec<u8>,
    pub(super) retain: bool,
    pub(super) lasts: Option<Duration>,
}

/// The table. Its size is the number of topics and [`PASSING`], however long the broker is away.
#[derive(Debug, Default)]
pub(super) struct Words {
    words: BTreeMap<String, Word>,
    passing: VecDeque<Passing>,
    number: u64,
    ticket: u64,
    under_way: VecDeque<UnderWay>,
    /// Passing messages that expired before the broker acknowledged them.
    pub(super) expired: u64,
    /// Passing messages given up because too many waited.
    pub(super) overflowed: u64,
    /// Messages that the broker will not have.
    pub(super) refused: u64,
}

impl Words {
    /// Makes this the latest word on a topic; the one before it is superseded.
    pub(super) fn set(&mut self, topic: String, payload: Vec<u8>, durable: bool) {
        let version = self.words.get(&topic).map_or(0, |word| word.version + 1);
        let word = Word {
            payload,
            version,
            settled: false,
            durable,
        };
        self.words.insert(topic, word);
    }

    /// Makes this the latest word on a topic. One before it that no broker has acknowledged is not
    /// superseded: it is passed on.
    pub(super) fn follow(&mut self, topic: String, payload: Vec<u8>, now: Instant) {
        let before = self.words.get(&topic).filter(|word| !word.settled);
        if let Some(payload) = before.map(|word| word.payload.clone())
            && !payload.is_empty()
        {
            self.pass(topic.clone(), payload, None, now);
        }
        self.set(topic, payload, true);
    }

    /// Makes the words on the topics that begin so due again.
    pub(super) fn repeat(&mut self, prefix: &str) {
        let words = self.words.iter_mut();
        words
            .filter(|(topic, _)| topic.starts_with(prefix))
            .for_each(|(_, word)| word.settled = false);
    }

    /// Takes a message that is to be delivered before `expires` or not at all. Where too many wait, the
    /// oldest is given up, and counted.
    pub(super) fn pass(
        &mut self,
        topic: String,
        payload: Vec<u8>,
        expires: Option<Instant>,
        now: Instant,
    ) {
        self.expire(now);
        if self.passing.len() >= PASSING {
            self.passing.pop_front();
            self.overflowed += 1;
        }
        self.passing.push_back(Passing {
            number: self.number,
            topic,
            payload,
            expires,
            sent: false,
        });
        self.number += 1;
    }

    /// Takes in what an earlier process kept.
    pub(super) fn restore(&mut self, kept: Vec<Kept>, now: Instant) {
        for message in kept {
            if message.retain {
                self.set(message.topic, message.payload, true);
            } else {
                let expires = message.lasts.map(|lasts| now + lasts);
                self.pass(message.topic, message.payload, expires, now);
            }
        }
    }

    /// What must outlive the process: durable words and passing messages that nobody has acknowledged.
    pub(super) fn kept(&self, now: Instant) -> Vec<Kept> {
        let words = self.words.iter().filter(|(_, w)| w.durable && !w.settled);
        let words = words.map(|(topic, word)| Kept {
            topic: topic.clone(),
            payload: word.payload.clone(),
            retain: true,
            lasts: None,
        });
        let worth = |p: &&Passing| p.expires.is_none_or(|expires| expires > now);
        let passing = self.passing.iter().filter(worth).map(|p| Kept {
            topic: p.topic.clone(),
            payload: p.payload.clone(),
            retain: false,
            lasts: p.expires.map(|expires| expires - now),
        });
        words.chain(passing).collect()
    }

    /// A connection has ended: the broker may lose everything, so every word is due again.
    pub(super) fn disconnected(&mut self) {
        self.under_way.clear();
        self.words
            .values_mut()
            .for_each(|word| word.settled = false);
        self.passing.iter_mut().for_each(|p| p.sent = false);
    }

    fn expire(&mut self, now: Instant) {
        let before = self.passing.len();
        self.passing
            .retain(|p| p.expires.is_none_or(|expires| expires > now));
        self.expired += (before - self.passing.len()) as u64;
    }

    /// Sends what is due through `send`, until it refuses one; that one stays due. What passes by goes
    /// first. A topic has one word under way at a time, so that a slow broker is asked for no more than it
    /// takes.
    pub(super) fn send_due(&mut self, now: Instant, mut send: impl FnMut(Due<'_>) -> bool) {
        self.expire(now);
        for passing in self.passing.iter_mut().filter(|p| !p.sent) {
            let due = Due {
                ticket: self.ticket,
                topic: &passing.topic,
                payload: &passing.payload,
                retain: false,
                lasts: passing.expires.map(|expires| expires - now),
            };
            if self.under_way.len() >= UNDER_WAY || !send(due) {
                return;
            }
            passing.sent = true;
            self.under_way.push_back(UnderWay {
                ticket: self.ticket,
                what: Handed::Passing {
                    number: passing.number,
                },
                since: now,
            });
            self.ticket += 1;
        }
        for (topic, word) in self.words.iter().filter(|(_, word)| !word.settled) {
            if self.under_way.len() >= UNDER_WAY {
                return;
            }
            let is_this =
                |u: &UnderWay| matches!(&u.what, Handed::Word { topic: t, .. } if t == topic);
            if self.under_way.iter().any(is_this) {
                continue;
            }
            let due = Due {
                ticket: self.ticket,
                topic,
                payload: &word.payload,
                retain: true,
                lasts: None,
            };
            if !send(due) {
                return;
            }
            self.under_way.push_back(UnderWay {
                ticket: self.ticket,
                what: Handed::Word {
                    topic: topic.clone(),
                    version: word.version,
                },
                since: now,
            });
            self.ticket += 1;
        }
    }

    /// The broker has it; `false` when nothing of that ticket is under way.
    pub(super) fn acknowledged(&mut self, ticket: u64) -> bool {
        self.done(ticket).is_some()
    }

    /// The broker will never have it: it counts as refused and is not sent again in this connection. Gives
    /// its topic.
    pub(super) fn refused(&mut self, ticket: u64) -> Option<String> {
        let topic = self.done(ticket);
        self.refused += u64::from(topic.is_some());
        topic
    }

    fn done(&mut self, ticket: u64) -> Option<String> {
        let at = self.under_way.iter().position(|u| u.ticket == ticket)?;
        match self.under_way.remove(at)?.what {
            Handed::Word { topic, version } => {
                if let Some(word) = self.words.get_mut(&topic) {
                    word.settled = word.version == version;
                }
                Some(topic)
            }
            Handed::Passing { number } => {
                let at = self.passing.iter().position(|p| p.number == number)?;
                self.passing.remove(at).map(|passing| passing.topic)
            }
        }
    }

    /// Whether an acknowledgement has stayed out for longer than this.
    pub(super) fn is_overdue(&self, now: Instant, deadline: Duration) -> bool {
        self.under_way
            .iter()
            .any(|u| now.duration_since(u.since) > deadline)
    }

    /// Whether the broker has acknowledged the latest word on every topic and all that passes by.
    pub(super) fn is_settled(&self) -> bool {
        self.words.values().all(|word| word.settled) && self.passing.is_empty()
    }
}

#[cfg(test)]
mod tests;
