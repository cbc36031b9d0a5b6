//! Live = replay: whatever the scheduler does, the recorded log gives the same verdict bytes again.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what a test cannot have, it fails by"
)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use wok_core::event::{Body, Event};
use wok_core::log;
use wok_core::verdict::Verdict;
use wok_simulator::{Config, Device, Dish, Rig};
use wokd::clock::{Clock, Manual};
use wokd::engine::Engine;
use wokd::inbox::Inbox;
use wokd::model;
use wokd::notice::Notice;
use wokd::record;
use wokd::record::Recorder;
use wokd::rehearsal;
use wokd::replay::replay;
use wokd::stepper::Flavorformer;

/// Seconds of cooking.
const SECONDS: i64 = 12;
/// Hops that must come of them.
const LEAST_HOPS: usize = (SECONDS * 5 - 2) as usize;

/// Keeps the log as the bytes that a file would hold.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Recorder for Memory {
    fn record(&mut self, event: &Event) {
        log::write(event, &mut self.0.lock().unwrap());
    }
    fn flush(&mut self) {}
}

fn stepper() -> Flavorformer {
    Flavorformer::new(model::load(&model::Settings::default()).unwrap(), 1)
}

fn verdicts(
    notices: &Receiver<Notice>,
    shows_hops: bool,
    heard: &AtomicUsize,
) -> (usize, usize, Vec<u8>) {
    let (mut count, mut scored, mut bytes, mut shown) = (0, 0, Vec::new(), 0);
    for notice in notices {
        match notice {
            Notice::Verdict(verdict) => {
                count += 1;
                heard.store(count, Ordering::Relaxed);
                scored += usize::from(verdict.outcome.is_ok());
                verdict.write_canonical(&mut bytes);
            }
            Notice::Hop(_, hop) => {
                assert_eq!(hop.index, shown, "every hop, in order");
                shown += 1;
            }
            _ => {}
        }
    }
    assert_eq!(shown > 0, shows_hops, "{shown} hops shown");
    assert!(!shows_hops || shown as usize >= count);
    (count, scored, bytes)
}

/// A live run with time injected and threads scheduled by `chaos`: hops, scores, verdict bytes, log.
fn live(chaos: u64) -> (usize, usize, Vec<u8>, Vec<u8>) {
    let cook = Config::new(Dish::from_id("egg-fried-rice").unwrap(), 3);
    let config = rehearsal::pipeline(&cook);
    let mut rig = Rig::new(cook);
    let mut said: [Vec<(i64, Vec<u8>)>; 3] = Default::default();
    while let Some(emission) = rig.next() {
        if emission.at_ns > SECONDS * 1_000_000_000 {
            break;
        }
        said[emission.device.index()].push((emission.at_ns, emission.bytes.to_vec()));
    }
    let clock = Arc::new(Manual::at(rehearsal::START));
    let inbox = Inbox::default();
    inbox.control(Body::Epoch(Box::new(config)));
    let feeds = Device::ALL.map(|device| inbox.feed(rehearsal::device_id(device), 1 << 20));
    let memory = Memory::default();
    // Whether an outlet takes the hops too changes no verdict: a replay has none.
    let shows_hops = chaos % 2 == 1;
    let (engine, notices) = Engine::start(
        inbox.clone(),
        Arc::clone(&clock) as Arc<dyn Clock>,
        Box::new(stepper()),
        Box::new(memory.clone()),
        shows_hops,
    )
    .unwrap();
    // The grid opens when the engine's thread takes the epoch; until then time stands still.
    while memory.0.lock().unwrap().is_empty() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let heard = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&heard);
    let listener = std::thread::spawn(move || verdicts(&notices, shows_hops, &counter));
    std::thread::scope(|scope| {
        if chaos == 3 {
            let clock = &clock;
            scope.spawn(move || {
                while clock.now() - rehearsal::START < SECONDS / 2 * 1_000_000_000 {
                    std::thread::sleep(Duration::from_micros(50));
                }
                clock.sleep(60_000_000_000);
            });
        }
        for (i, (feed, said)) in feeds.iter().zip(&said).enumerate() {
            let clock = &clock;
            scope.spawn(move || {
                let mut state = chaos * 31 + i as u64 + 1;
                for (at, bytes) in said {
                    state = state
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1);
                    // The first run gives the model time, the others make it fall behind.
                    std::thread::sleep(Duration::from_micros(if chaos == 1 { 400 } else { 0 }));
                    match state >> 60 {
                        0 => std::thread::sleep(Duration::from_micros(state >> 54 & 0x3ff)),
                        1..=4 => std::thread::yield_now(),
                        _ => {}
                    }
                    let at = rehearsal::START + *at;
                    // Threads run up to a few hundred milliseconds of cooking apart.
                    while (at - clock.now())
                        > 200_000_000 + ((state >> 40 & 0xff) as i64) * 1_000_000
                    {
                        std::thread::sleep(Duration::from_micros(50));
                        clock.set(clock.now() + 2_000_000);
                    }
                    clock.set(at);
                    feed.push(at, bytes);
                }
            });
        }
    });
    clock.set(clock.now() + 1_000_000_000);
    // A busy machine schedules the engine late; what is still in the inbox when it closes is no hop.
    let began = Instant::now();
    while heard.load(Ordering::Relaxed) < LEAST_HOPS && began.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(300));
    inbox.close();
    assert!(engine.join(), "no thread panicked");
    let (count, scored, bytes) = listener.join().unwrap();
    let mut recorded = log::MAGIC.to_vec();
    recorded.extend_from_slice(&memory.0.lock().unwrap());
    (count, scored, bytes, recorded)
}

#[test]
fn the_log_of_a_live_run_gives_the_same_verdicts_again() {
    for chaos in 1..=3 {
        let (count, scored, bytes, recorded) = live(chaos);
        assert!(count >= LEAST_HOPS, "{count} hops");
        // How many of a hurried run's samples are late is the machine's affair; on a slow one all are.
        let least = if chaos == 1 { count / 2 } else { 0 };
        assert!(
            scored >= least,
            "chaos {chaos}: {scored} of {count} hops have a score"
        );
        let (events, broken) = record::events(&recorded).unwrap();
        assert_eq!(broken, None);
        let slept = |event: &Event| {
            matches!(
                event.body,
                Body::Slept {
                    nanos: 60_000_000_000
                }
            )
        };
        let sleeps = events.iter().filter(|event| slept(event)).count();
        assert_eq!(sleeps, usize::from(chaos == 3));
        let mut again = Vec::new();
        let differing = replay(events, &mut stepper(), |verdict: &Verdict| {
            verdict.write_canonical(&mut again)
        });
        assert_eq!(differing, 0, "the model answers as it did");
        assert!(
            bytes == again,
            "chaos {chaos}: {} bytes live, {} replayed",
            bytes.len(),
            again.len()
        );
    }
}
