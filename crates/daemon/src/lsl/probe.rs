//! Asking an outlet for its time, both ways, every 64 ms. liblsl asks eight times every two seconds and believes the quickest
//! answer; a clock that is bounded from both sides by every answer gains from more of them.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use firmware_interfaces::lsl::{TimeQuery, TimeReply};
use wok_core::time::{HostTime, MS};

use super::Found;
use super::discovery::is_passing;
use crate::clock::Clock;

const EVERY: i64 = 64 * MS;
/// How long a receive lasts before the next probe or the end is looked at.
const TURN: Duration = Duration::from_millis(16);
/// Probes without an answer that are remembered: those of about a second.
const PENDING: usize = 20;

/// Probes the clock of a stream's outlet until `until` says so. `on` is told of every answer: when its probe was
/// sent, when it came, and the outlet's time in between in nanoseconds.
///
/// # Errors
/// When the system gives no socket.
pub fn probe(
    found: &Found,
    clock: &dyn Clock,
    mut until: impl FnMut() -> bool,
    mut on: impl FnMut(HostTime, HostTime, u64),
) -> io::Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.connect(SocketAddr::new(found.address, found.info.service_port))?;
    socket.set_read_timeout(Some(TURN))?;
    let mut pending: VecDeque<(TimeQuery, HostTime)> = VecDeque::with_capacity(PENDING);
    let mut wave = 0;
    let mut next = clock.now();
    let mut buffer = [0; 512];
    while !until() {
        let now = clock.now();
        if now >= next {
            // Microseconds keep the digits few enough for any outlet to repeat them exactly.
            let sent = (now.as_secs_f64() * 1e6).round() / 1e6;
            let query = TimeQuery { wave, sent };
            let text = query.to_string();
            if pending.len() == PENDING {
                pending.pop_front();
            }
            pending.push_back((query, clock.now()));
            // One that cannot leave, or meets a closed port, is a probe that is lost.
            let _ = socket.send(text.as_bytes());
            wave = wave.wrapping_add(1);
            next = now + EVERY;
        }
        let n = match socket.recv(&mut buffer) {
            Ok(n) => n,
            Err(error) if is_passing(error.kind()) => continue,
            Err(error) => return Err(error),
        };
        let received = clock.now();
        let Some(reply) = TimeReply::parse(&buffer[..n]) else {
            continue;
        };
        let is_answered = |(query, _): &(TimeQuery, _)| {
            query.wave == reply.wave && (query.sent - reply.sent).abs() < 1e-6
        };
        let Some(at) = pending.iter().position(is_answered) else {
            continue;
        };
        let Some((_, sent)) = pending.remove(at) else {
            continue;
        };
        let middle = reply.received + (reply.replied - reply.received) / 2.0;
        if (0.0..9e9).contains(&middle) {
            on(sent, received, (middle * 1e9).round() as u64);
        }
    }
    Ok(())
}
