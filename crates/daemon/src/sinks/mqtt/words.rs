//! The latest word on every retained topic and what is passing by, and which of them the broker has yet
//! to acknowledge.
//!
//! The client's own memory of what is under way is not relied on: every connection is a new session,
//! and this table is sent again. Sans-IO: [`super::worker`] asks it what to send next.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// Words that may be under way at once; below the client's own limit, so that it never holds one back.
const UNDER_WAY: usize = 50;

#[derive(Debug)]
struct Word {
    payload: Vec<u8>,
    version: u64,
    settled: bool,
}

/// Passing messages that may wait for a broker.
const PASSING: usize = 64;

/// A message that is worth nothing once it has expired: not retained, not superseded.
#[derive(Debug)]
struct Passing {
    number: u64,
    topic: String,
    payload: Vec<u8>,
    expires: Instant,
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
    what: Handed,
    packet: Option<u16>,
    since: Instant,
}

/// The table. Its size is the number of topics, however long the broker is away.
#[derive(Debug, Default)]
pub(super) struct Words {
    words: BTreeMap<String, Word>,
    passing: VecDeque<Passing>,
    number: u64,
    expired: u64,
    under_way: VecDeque<UnderWay>,
}

impl Words {
    /// Makes this the latest word on a topic; the one before it is superseded.
    pub(super) fn set(&mut self, topic: String, payload: Vec<u8>) {
        let version = self.words.get(&topic).map_or(0, |word| word.version + 1);
        let word = Word {
            payload,
            version,
            settled: false,
        };
        self.words.insert(topic, word);
    }

    /// Takes a message that is to be delivered before `expires` or not at all. Where too many wait, the
    /// oldest is given up, and counted as expired.
    pub(super) fn pass(&mut self, topic: String, payload: Vec<u8>, expires: Instant) {
        if self.passing.len() >= PASSING {
            self.passing.pop_front();
            self.expired += 1;
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

    /// Passing messages that expired before the broker acknowledged them.
    pub(super) fn expired(&self) -> u64 {
        self.expired
    }

    /// A new connection: the broker may have lost everything, so every word is due again.
    pub(super) fn reconnected(&mut self) {
        self.under_way.clear();
        self.words
            .values_mut()
            .for_each(|word| word.settled = false);
        self.passing.iter_mut().for_each(|p| p.sent = false);
    }

    /// Sends what is due through `send` (topic, payload, whether to retain), until it refuses one; that
    /// one stays due. What passes by goes first. A topic has one word under way at a time, so that a slow
    /// broker is asked for no more than it takes.
    pub(super) fn send_due(
        &mut self,
        now: Instant,
        mut send: impl FnMut(&str, &[u8], bool) -> bool,
    ) {
        let before = self.passing.len();
        self.passing.retain(|p| p.expires > now);
        self.expired += (before - self.passing.len()) as u64;
        for passing in self.passing.iter_mut().filter(|p| !p.sent) {
            if self.under_way.len() >= UNDER_WAY || !send(&passing.topic, &passing.payload, false) {
                return;
            }
            passing.sent = true;
            self.under_way.push_back(UnderWay {
                what: Handed::Passing {
                    number: passing.number,
                },
                packet: None,
                since: now,
            });
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
            if !send(topic, &word.payload, true) {
                return;
            }
            self.under_way.push_back(UnderWay {
                what: Handed::Word {
                    topic: topic.clone(),
                    version: word.version,
                },
                packet: None,
                since: now,
            });
        }
    }

    /// The client gave the oldest word without one this packet identifier.
    pub(super) fn numbered(&mut self, packet: u16) {
        if let Some(first) = self.under_way.iter_mut().find(|u| u.packet.is_none()) {
            first.packet = Some(packet);
        }
    }

    /// The broker has it; `false` when nothing of that identifier is under way.
    pub(super) fn acknowledged(&mut self, packet: u16) -> bool {
        let at = self.under_way.iter().position(|u| u.packet == Some(packet));
        let Some(done) = at.and_then(|at| self.under_way.remove(at)) else {
            return false;
        };
        match done.what {
            Handed::Word { topic, version } => {
                if let Some(word) = self.words.get_mut(&topic) {
                    word.settled = word.version == version;
                }
            }
            Handed::Passing { number } => self.passing.retain(|p| p.number != number),
        }
        true
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
mod tests {
    use super::*;

    /// What would be sent now, as `topic=payload`, if the client takes `room` messages.
    fn due(words: &mut Words, room: usize) -> Vec<String> {
        let mut sent = Vec::new();
        words.send_due(Instant::now(), |topic, payload, _| {
            let fits = sent.len() < room;
            if fits {
                sent.push(format!("{topic}={}", String::from_utf8_lossy(payload)));
            }
            fits
        });
        sent
    }

    #[test]
    fn a_word_that_did_not_fit_stays_due() {
        let mut words = Words::default();
        words.set("a".into(), b"1".into());
        words.set("b".into(), b"1".into());
        assert_eq!(due(&mut words, 1), ["a=1"]);
        assert_eq!(due(&mut words, 9), ["b=1"]);
        assert_eq!(due(&mut words, 9), [""; 0]);
    }

    #[test]
    fn only_the_acknowledgement_of_the_latest_word_settles_a_topic() {
        let mut words = Words::default();
        words.set("a".into(), b"1".into());
        assert_eq!(due(&mut words, 9), ["a=1"]);
        words.numbered(7);
        words.set("a".into(), b"2".into());
        assert_eq!(due(&mut words, 9), [""; 0], "one under way at a time");
        assert!(!words.acknowledged(8), "never sent");
        assert!(words.acknowledged(7));
        assert!(!words.is_settled());
        assert_eq!(due(&mut words, 9), ["a=2"]);
        words.numbered(8);
        assert!(words.acknowledged(8));
        assert!(words.is_settled());
        words.reconnected();
        assert_eq!(
            due(&mut words, 9),
            ["a=2"],
            "retained again after a reconnect"
        );
    }

    #[test]
    fn a_missing_acknowledgement_is_noticed_behind_later_ones_too() {
        let mut words = Words::default();
        let start = Instant::now();
        words.set("a".into(), Vec::new());
        words.send_due(start, |_, _, _| true);
        words.numbered(1);
        let later = start + Duration::from_secs(6);
        assert!(!words.is_overdue(start, Duration::from_secs(5)));
        assert!(words.is_overdue(later, Duration::from_secs(5)));
    }

    #[test]
    fn what_passes_by_is_never_delivered_late_and_never_lost_in_silence() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut words = Words::default();
        let sent = |words: &mut Words, now: Instant| {
            let mut sent = Vec::new();
            words.send_due(now, |topic, payload, retain| {
                sent.push((topic.to_owned(), payload.to_vec(), retain));
                true
            });
            sent
        };
        words.pass("cue".into(), b"1".into(), start + 5 * second);
        words.pass("cue".into(), b"2".into(), start + 9 * second);
        let both = sent(&mut words, start);
        assert_eq!(both.len(), 2);
        assert!(
            both.iter()
                .all(|(topic, _, retain)| topic == "cue" && !retain)
        );
        words.numbered(1);
        words.numbered(2);
        assert!(words.acknowledged(2));
        // The other one was lost with its connection, and is sent again.
        words.reconnected();
        assert_eq!(
            sent(&mut words, start + second),
            [("cue".into(), b"1".into(), false)]
        );
        words.reconnected();
        assert_eq!(sent(&mut words, start + 6 * second), []);
        assert_eq!((words.expired(), words.is_settled()), (1, true));
        for _ in 0..PASSING + 3 {
            words.pass("cue".into(), Vec::new(), start + 9 * second);
        }
        assert_eq!(words.expired(), 4);
        assert_eq!(sent(&mut words, start).len(), UNDER_WAY);
    }

    #[test]
    fn no_more_is_under_way_than_the_client_holds() {
        let mut words = Words::default();
        (0..UNDER_WAY * 2).for_each(|i| words.set(format!("{i:03}"), Vec::new()));
        assert_eq!(due(&mut words, 1000).len(), UNDER_WAY);
    }
}
