//! The latest word on every retained topic, and which of them the broker has yet to acknowledge.
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

/// A word handed to the client in this connection.
#[derive(Debug)]
struct UnderWay {
    topic: String,
    version: u64,
    packet: Option<u16>,
    since: Instant,
}

/// The table. Its size is the number of topics, however long the broker is away.
#[derive(Debug, Default)]
pub(super) struct Words {
    words: BTreeMap<String, Word>,
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

    /// A new connection: the broker may have lost everything, so every word is due again.
    pub(super) fn reconnected(&mut self) {
        self.under_way.clear();
        self.words
            .values_mut()
            .for_each(|word| word.settled = false);
    }

    /// Sends every word that is due through `send`, until it refuses one; that one stays due. A topic
    /// has one word under way at a time, so that a slow broker is asked for no more than it takes.
    pub(super) fn send_due(&mut self, now: Instant, mut send: impl FnMut(&str, &[u8]) -> bool) {
        for (topic, word) in self.words.iter().filter(|(_, word)| !word.settled) {
            if self.under_way.len() >= UNDER_WAY {
                return;
            }
            if self.under_way.iter().any(|u| u.topic == *topic) {
                continue;
            }
            if !send(topic, &word.payload) {
                return;
            }
            self.under_way.push_back(UnderWay {
                topic: topic.clone(),
                version: word.version,
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
        if let Some(word) = self.words.get_mut(&done.topic) {
            word.settled = word.version == done.version;
        }
        true
    }

    /// Whether an acknowledgement has stayed out for longer than this.
    pub(super) fn is_overdue(&self, now: Instant, deadline: Duration) -> bool {
        self.under_way
            .iter()
            .any(|u| now.duration_since(u.since) > deadline)
    }

    /// Whether the broker has acknowledged the latest word on every topic.
    pub(super) fn is_settled(&self) -> bool {
        self.words.values().all(|word| word.settled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What would be sent now, as `topic=payload`, if the client takes `room` messages.
    fn due(words: &mut Words, room: usize) -> Vec<String> {
        let mut sent = Vec::new();
        words.send_due(Instant::now(), |topic, payload| {
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
        words.send_due(start, |_, _| true);
        words.numbered(1);
        let later = start + Duration::from_secs(6);
        assert!(!words.is_overdue(start, Duration::from_secs(5)));
        assert!(words.is_overdue(later, Duration::from_secs(5)));
    }

    #[test]
    fn no_more_is_under_way_than_the_client_holds() {
        let mut words = Words::default();
        (0..UNDER_WAY * 2).for_each(|i| words.set(format!("{i:03}"), Vec::new()));
        assert_eq!(due(&mut words, 1000).len(), UNDER_WAY);
    }
}
