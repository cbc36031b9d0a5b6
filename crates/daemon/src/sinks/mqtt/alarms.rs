//! The alarms that stand, and what is said of them: each beginning and each end once, and the newest that
//! stands retained, so that whoever comes later knows of it.

use std::collections::BTreeMap;

use wok_core::crossmodal::Pair;

use crate::sinks::Bridge;
use crate::sinks::payload::{self, Alarm};

/// The alarms of all stations.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    /// By station and cause.
    standing: BTreeMap<(u16, &'static str), Alarm>,
    /// How many began in this session.
    began: u32,
    /// How many messages were made in this session.
    seq: u64,
}

/// What is to be said when alarms changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    /// For now: ends.
    pub(super) passing: Vec<Vec<u8>>,
    /// The latest word on the topic; empty where nothing stands any more.
    pub(super) retained: Vec<Vec<u8>>,
}

impl Alarms {
    /// Takes in which pairs of a station's streams disagree; gives what is new.
    pub(super) fn disagree(
        &mut self,
        bridge: &Bridge,
        station: u16,
        time_ms: i64,
        pairs: &[bool; Pair::ALL.len()],
    ) -> News {
        let mut news = News::default();
        for (pair, stands) in Pair::ALL.into_iter().zip(pairs) {
            let key = (station, pair.as_str());
            match (self.standing.contains_key(&key), stands) {
                (false, true) => {
                    let alarm = Alarm::disagreement(self.began, pair);
                    self.began += 1;
                    news.retained
                        .push(self.message(bridge, time_ms, &alarm, "new"));
                    self.standing.insert(key, alarm);
                }
                (true, false) => {
                    if let Some(alarm) = self.standing.remove(&key) {
                        news.passing
                            .push(self.message(bridge, time_ms, &alarm, "end"));
                        news.retained.push(self.rest(bridge, station, time_ms));
                    }
                }
                _ => {}
            }
        }
        news
    }

    /// The newest alarm of a station that still stands; nothing where there is none.
    fn rest(&mut self, bridge: &Bridge, station: u16, time_ms: i64) -> Vec<u8> {
        let of = self.standing.iter().filter(|(key, _)| key.0 == station);
        let newest = of.max_by_key(|(_, alarm)| alarm.id);
        newest
            .map(|(_, alarm)| alarm.clone())
            .map_or_else(Vec::new, |alarm| {
                self.message(bridge, time_ms, &alarm, "update")
            })
    }

    fn message(&mut self, bridge: &Bridge, time_ms: i64, alarm: &Alarm, change: &str) -> Vec<u8> {
        let message = payload::alarm(bridge, time_ms, self.seq, alarm, change);
        self.seq += 1;
        message
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::sinks::testing::bridge;

    fn said(messages: &[Vec<u8>]) -> Vec<(Value, Value, Value)> {
        let of = |m: &Vec<u8>| {
            if m.is_empty() {
                return (Value::Null, Value::Null, Value::Null);
            }
            let m: Value = serde_json::from_slice(m).unwrap();
            (
                m["type"].clone(),
                m["id"].clone(),
                m["causes"][0]["id"].clone(),
            )
        };
        messages.iter().map(of).collect()
    }

    #[test]
    fn an_alarm_begins_once_ends_once_and_is_retained_in_between() {
        let (bridge, mut alarms) = (bridge(), Alarms::default());
        let mut now = |pairs: [bool; 3]| {
            let news = alarms.disagree(&bridge, 0, 1000, &pairs);
            (said(&news.passing), said(&news.retained))
        };
        let message = |change: &str, id: u32, pair: &str| (json!(change), json!(id), json!(pair));
        assert_eq!(now([false; 3]), (vec![], vec![]));
        let new = message("new", 0, "eeg_audio");
        assert_eq!(now([true, false, false]), (vec![], vec![new]));
        assert_eq!(now([true, false, false]), (vec![], vec![]));
        let second = message("new", 1, "thermal_audio");
        assert_eq!(now([true, true, false]), (vec![], vec![second]));
        // The newest ends: the other one is retained again.
        let end = message("end", 1, "thermal_audio");
        let rest = message("update", 0, "eeg_audio");
        assert_eq!(now([true, false, false]), (vec![end], vec![rest]));
        let end = message("end", 0, "eeg_audio");
        let nothing = (Value::Null, Value::Null, Value::Null);
        assert_eq!(now([false; 3]), (vec![end], vec![nothing]));
    }
}
