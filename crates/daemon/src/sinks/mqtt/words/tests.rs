use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// What would be sent now, as `topic=payload` and its ticket, if the client takes `room` messages.
fn due(words: &mut Words, room: usize) -> Vec<(String, u64)> {
    let mut sent = Vec::new();
    words.send_due(Instant::now(), |due| {
        let fits = sent.len() < room;
        if fits {
            let payload = String::from_utf8_lossy(due.payload);
            sent.push((format!("{}={payload}", due.topic), due.ticket));
        }
        fits
    });
    sent
}

fn texts(sent: &[(String, u64)]) -> Vec<&str> {
    sent.iter().map(|(text, _)| text.as_str()).collect()
}

#[test]
fn a_word_that_did_not_fit_stays_due() {
    let mut words = Words::default();
    words.set("a".into(), b"1".into(), true);
    words.set("b".into(), b"1".into(), true);
    assert_eq!(texts(&due(&mut words, 1)), ["a=1"]);
    assert_eq!(texts(&due(&mut words, 9)), ["b=1"]);
    assert_eq!(texts(&due(&mut words, 9)), [""; 0]);
}

#[test]
fn only_the_acknowledgement_of_the_latest_word_settles_a_topic() {
    let mut words = Words::default();
    words.set("a".into(), b"1".into(), true);
    let first = due(&mut words, 9);
    assert_eq!(texts(&first), ["a=1"]);
    words.set("a".into(), b"2".into(), true);
    assert_eq!(due(&mut words, 9), [], "one under way at a time");
    assert!(!words.acknowledged(first[0].1 + 1), "never sent");
    assert!(words.acknowledged(first[0].1));
    assert!(!words.acknowledged(first[0].1), "only once");
    assert!(!words.is_settled());
    let second = due(&mut words, 9);
    assert_eq!(texts(&second), ["a=2"]);
    assert!(words.acknowledged(second[0].1));
    assert!(words.is_settled());
    words.disconnected();
    assert_eq!(
        texts(&due(&mut words, 9)),
        ["a=2"],
        "again after a reconnect"
    );
}

#[test]
fn what_the_broker_refuses_is_counted_and_not_asked_again_in_this_connection() {
    let mut words = Words::default();
    words.set("a".into(), b"1".into(), true);
    words.pass("alarm".into(), b"2".into(), None, Instant::now());
    for (text, ticket) in due(&mut words, 9) {
        let topic = words.refused(ticket).unwrap();
        assert!(text.starts_with(&topic));
    }
    assert_eq!((words.refused, words.is_settled()), (2, true));
    assert_eq!(due(&mut words, 9), []);
}

#[test]
fn a_missing_acknowledgement_is_noticed_behind_later_ones_too() {
    let mut words = Words::default();
    let start = Instant::now();
    words.set("a".into(), Vec::new(), true);
    words.send_due(start, |_| true);
    assert!(!words.is_overdue(start, 5 * SECOND));
    assert!(words.is_overdue(start + 6 * SECOND, 5 * SECOND));
}

#[test]
fn what_passes_by_is_never_delivered_late_and_never_lost_in_silence() {
    let start = Instant::now();
    let mut words = Words::default();
    let sent = |words: &mut Words, now: Instant| {
        let mut sent = Vec::new();
        words.send_due(now, |due| {
            sent.push((due.payload.to_vec(), due.retain, due.lasts, due.ticket));
            true
        });
        sent
    };
    words.pass("cue".into(), b"1".into(), Some(start + 5 * SECOND), start);
    words.pass("cue".into(), b"2".into(), Some(start + 9 * SECOND), start);
    let both = sent(&mut words, start);
    assert_eq!(both.len(), 2);
    assert!(words.acknowledged(both[1].3));
    // The other one was lost with its connection, and is sent again.
    words.disconnected();
    let again = sent(&mut words, start + SECOND);
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].0, b"1");
    assert_eq!((again[0].1, again[0].2), (false, Some(4 * SECOND)));
    words.disconnected();
    assert_eq!(sent(&mut words, start + 6 * SECOND), []);
    assert_eq!((words.expired, words.is_settled()), (1, true));
    for _ in 0..PASSING + 3 {
        words.pass("alarm".into(), Vec::new(), None, start + 6 * SECOND);
    }
    assert_eq!((words.expired, words.overflowed), (1, 3));
    assert_eq!(sent(&mut words, start).len(), UNDER_WAY);
}

#[test]
fn what_is_kept_is_what_nobody_has_acknowledged_and_is_still_worth_something() {
    let start = Instant::now();
    let mut words = Words::default();
    words.set("state".into(), b"1".into(), true);
    words.set("bridge/state".into(), b"2".into(), false);
    words.pass("alarm".into(), b"3".into(), None, start);
    words.pass("cue".into(), b"4".into(), Some(start + 5 * SECOND), start);
    words.pass("cue".into(), b"5".into(), Some(start + SECOND), start);
    let payloads = |kept: &[Kept]| kept.iter().map(|k| k.payload[0]).collect::<Vec<_>>();
    let kept = words.kept(start + 2 * SECOND);
    assert_eq!(payloads(&kept), *b"134");
    assert_eq!(kept[2].lasts, Some(3 * SECOND));
    // Another process takes it up, and the broker acknowledges it.
    let later = start + 10 * SECOND;
    let mut next = Words::default();
    next.restore(kept, later);
    let mut tickets = Vec::new();
    next.send_due(later, |due| {
        tickets.push((due.ticket, due.retain, due.payload[0]));
        true
    });
    let said: Vec<_> = tickets.iter().map(|t| (t.1, t.2)).collect();
    assert_eq!(said, [(false, b'3'), (false, b'4'), (true, b'1')]);
    tickets.iter().for_each(|t| assert!(next.acknowledged(t.0)));
    assert_eq!(next.kept(later), []);
}

#[test]
fn no_more_is_under_way_than_the_client_holds() {
    let mut words = Words::default();
    (0..UNDER_WAY * 2).for_each(|i| words.set(format!("{i:03}"), Vec::new(), false));
    assert_eq!(due(&mut words, 1000).len(), UNDER_WAY);
}
