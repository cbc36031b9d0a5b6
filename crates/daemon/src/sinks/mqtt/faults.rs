//! A thousand faults of a broker, in virtual time: the real client and the real worker on a pipe, at whose
//! other end is a broker that drops connections, loses acknowledgements, forgets everything, hangs, restarts
//! and is away for an hour.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rumqttc::{MqttOptions, SessionMode};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::mpsc::channel;
use tokio::time::{Instant, sleep};

use super::publisher::Shared;
use super::worker::{Offer, QUEUE, Worker};

const FAULTS: u32 = 1_000;
const SECOND: Duration = Duration::from_secs(1);

/// What goes wrong next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// The connection ends before a message is taken.
    Drop,
    /// A message is taken and the connection ends before it is acknowledged.
    DropAfter,
    /// A message is taken and never acknowledged; the connection lives on.
    LostAck,
    /// The connection ends and the broker forgets what it retained.
    LostSession,
    /// The broker is away for some seconds, and forgets.
    Restart,
    /// The broker is away for an hour.
    Outage,
    /// The broker reads nothing for some seconds.
    Hang,
    /// The broker acknowledges a message that was never sent.
    Lie,
}

/// What the broker and the test both see.
#[derive(Debug)]
struct World {
    dice: ChaCha8Rng,
    faults: u32,
    outages: u32,
    away_until: Instant,
    /// Messages until the next fault.
    peace: u32,
    retained: BTreeMap<String, String>,
    /// Every copy of every passing message, with when it came.
    taken: Vec<(Instant, String)>,
    connections: u32,
    /// From when to when the broker read nothing.
    hung: Vec<(Instant, Instant)>,
}

impl World {
    /// The fault that this message meets, if any.
    fn fault(&mut self) -> Option<Fault> {
        if self.faults >= FAULTS {
            return None;
        }
        if self.peace > 0 {
            self.peace -= 1;
            return None;
        }
        self.peace = self.dice.random_range(0..40);
        self.faults += 1;
        let kinds = [
            Fault::Drop,
            Fault::DropAfter,
            Fault::LostAck,
            Fault::LostSession,
            Fault::Restart,
            Fault::Hang,
            Fault::Lie,
        ];
        Some(if self.faults.is_multiple_of(400) {
            self.outages += 1;
            Fault::Outage
        } else {
            kinds[self.dice.random_range(0..kinds.len())]
        })
    }

    fn take(&mut self, topic: &str, payload: &str, retain: bool) {
        if retain {
            self.retained.insert(topic.to_owned(), payload.to_owned());
        } else {
            self.taken.push((Instant::now(), payload.to_owned()));
        }
    }
}

/// A whole packet: its first byte and its body.
async fn packet(stream: &mut DuplexStream) -> io::Result<(u8, Vec<u8>)> {
    let first = stream.read_u8().await?;
    let mut body = vec![0; length(stream).await?];
    stream.read_exact(&mut body).await?;
    Ok((first, body))
}

/// A length of variable size.
async fn length(stream: &mut DuplexStream) -> io::Result<usize> {
    let (mut length, mut shift) = (0usize, 0);
    loop {
        let byte = stream.read_u8().await?;
        length |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return Ok(length);
        }
    }
}

/// Topic, packet identifier and payload of a PUBLISH of QoS 1, whose properties are shorter than 128 bytes.
fn publish(body: &[u8]) -> (String, [u8; 2], String) {
    let (head, rest) = body.split_at(2);
    let (topic, rest) = rest.split_at(usize::from(u16::from_be_bytes([head[0], head[1]])));
    let (id, rest) = rest.split_at(2);
    let payload = &rest[1 + usize::from(rest[0])..];
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(topic), [id[0], id[1]], text(payload))
}

/// One connection as the broker has it.
async fn serve(mut stream: DuplexStream, world: Arc<Mutex<World>>) -> io::Result<()> {
    loop {
        let (first, body) = packet(&mut stream).await?;
        match first >> 4 {
            1 => stream.write_all(&[0x20, 3, 0, 0, 0]).await?,
            3 => {
                let (topic, id, payload) = publish(&body);
                let retain = first & 1 == 1;
                let fault = world.lock().unwrap().fault();
                let away = |seconds: u32| {
                    let mut world = world.lock().unwrap();
                    world.retained.clear();
                    world.away_until = Instant::now() + seconds * SECOND;
                };
                match fault {
                    Some(Fault::Drop) => return Ok(()),
                    Some(Fault::LostSession) => {
                        away(0);
                        return Ok(());
                    }
                    Some(Fault::Restart) => {
                        away(3);
                        return Ok(());
                    }
                    Some(Fault::Outage) => {
                        away(3600);
                        return Ok(());
                    }
                    Some(Fault::Hang) => {
                        let since = Instant::now();
                        sleep(8 * SECOND).await;
                        world.lock().unwrap().hung.push((since, Instant::now()));
                    }
                    Some(Fault::Lie) => stream.write_all(&[0x40, 2, 0xff, 0xfe]).await?,
                    _ => {}
                }
                world.lock().unwrap().take(&topic, &payload, retain);
                match fault {
                    Some(Fault::DropAfter) => return Ok(()),
                    Some(Fault::LostAck) => {}
                    _ => stream.write_all(&[0x40, 2, id[0], id[1]]).await?,
                }
            }
            12 => stream.write_all(&[0xd0, 0]).await?,
            14 => return Ok(()),
            _ => {}
        }
    }
}

/// The options of a client whose connections end at the broker of this world.
fn options(world: &Arc<Mutex<World>>) -> MqttOptions {
    let mut options = MqttOptions::new("wokd-faults", ("nowhere", 1));
    options.set_keep_alive(15);
    options.set_session_mode(SessionMode::Clean);
    let world = Arc::clone(world);
    options.set_socket_connector(move |_, _| {
        let world = Arc::clone(&world);
        async move {
            let away = {
                let mut seen = world.lock().unwrap();
                seen.connections += 1;
                Instant::now() < seen.away_until
            };
            if away {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            let (ours, theirs) = duplex(4096);
            tokio::spawn(serve(theirs, world));
            Ok(ours)
        }
    });
    options
}

/// What the kitchen says: an alarm every five seconds, a cue that lasts ten every seven, a state each second.
async fn cook(
    shared: &Shared,
    second: u64,
    cues: &mut BTreeMap<String, Instant>,
    alarms: &mut Vec<String>,
) {
    shared
        .words()
        .set("state".into(), second.to_string().into(), true);
    if second.is_multiple_of(5) {
        let alarm = format!("alarm {second}");
        alarms.push(alarm.clone());
        let now = Instant::now().into_std();
        shared.words().pass("alarm".into(), alarm.into(), None, now);
    }
    if second.is_multiple_of(7) {
        let (cue, expires) = (format!("cue {second}"), Instant::now() + 10 * SECOND);
        cues.insert(cue.clone(), expires);
        let (expires, now) = (expires.into_std(), Instant::now().into_std());
        shared
            .words()
            .pass("cue".into(), cue.into(), Some(expires), now);
    }
    shared.news.notify_one();
    sleep(SECOND).await;
}

#[test]
fn a_thousand_faults_lose_nothing() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let world = Arc::new(Mutex::new(World {
            dice: ChaCha8Rng::seed_from_u64(7),
            faults: 0,
            outages: 0,
            away_until: Instant::now(),
            peace: 3,
            retained: BTreeMap::new(),
            taken: Vec::new(),
            connections: 0,
            hung: Vec::new(),
        }));
        let shared = Arc::new(Shared::default());
        let worker = Worker::new(options(&world), "bridge".into(), "nowhere".into(),
            None, Arc::clone(&shared));
        let (_offers, inbox) = channel::<Offer>(QUEUE);
        tokio::task::spawn_local(worker.run(inbox));

        let (mut cues, mut alarms, mut second) = (BTreeMap::new(), Vec::new(), 0);
        while world.lock().unwrap().faults < FAULTS {
            cook(&shared, second, &mut cues, &mut alarms).await;
            second += 1;
            assert!(second < 40_000, "the faults come to no end");
        }
        let over = Instant::now().max(world.lock().unwrap().away_until);
        sleep(over - Instant::now()).await;
        while !shared.words().is_settled() {
            sleep(SECOND / 10).await;
            assert!(over.elapsed() < 60 * SECOND, "not drained");
        }

        let world = world.lock().unwrap();
        let drained = over.elapsed();
        let came = |message: &str| world.taken.iter().filter(|(_, m)| m == message).count();
        let lost: Vec<_> = alarms.iter().filter(|alarm| came(alarm) == 0).collect();
        assert!(lost.is_empty(), "{} lost, the first {:?}", lost.len(), lost[0]);
        // Whatever came twice is the same message, and its number says so.
        let copies = world.taken.len();
        let known = |m: &String| alarms.contains(m) || cues.contains_key(m);
        assert!(world.taken.iter().all(|(_, m)| known(m)));
        // What lay in the connection when the broker stopped reading cannot be called back; it says itself
        // until when it is worth something.
        let held = |at: Instant, expires: Instant| {
            let mut hung = world.hung.iter();
            hung.any(|(from, to)| (*from..=*to).contains(&expires) && at < *to + SECOND)
        };
        let late = |(at, m): &(Instant, String)| {
            let expires = cues.get(m).copied();
            expires.is_some_and(|expires| *at > expires && !held(*at, expires))
        };
        let late: Vec<_> = world.taken.iter().filter(|taken| late(taken)).collect();
        assert!(late.is_empty(), "{} late, the first {:?}", late.len(), late[0]);
        let unheard = cues.keys().filter(|cue| came(cue) == 0).count() as u64;
        // Of one whose acknowledgement was lost nobody here can know that it was taken.
        let counted = unheard..=unheard + u64::from(world.faults);
        let expired = shared.words().expired;
        assert!(counted.contains(&expired), "{expired} not in {counted:?}");
        assert_eq!(shared.words().overflowed, 0);
        assert_eq!(world.retained["state"], (second - 1).to_string());
        println!(
            "{} faults ({} outages of an hour) in {second} s, {} connections: {} alarms, 0 lost; {} cues, {unheard} expired, 0 late; {} copies to be told by their numbers; drained in {drained:?}",
            world.faults,
            world.outages,
            world.connections,
            alarms.len(),
            cues.len(),
            copies + unheard as usize - alarms.len() - cues.len(),
        );
    });
}
