//! Which outlets are there: a query to the groups and the known hosts, and what comes back.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs as _, UdpSocket};
use std::time::{Duration, Instant};

use firmware_interfaces::lsl::{Query, QueryReply};

use rustix::net::sockopt;

use super::{Network, StreamInfo, equals, interfaces};
use crate::sources::StopToken;

/// A stream and where it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// What it says of itself.
    pub info: StreamInfo,
    /// The machine that answered.
    pub address: IpAddr,
}

impl Found {
    /// It and its source, for people.
    #[must_use]
    pub fn shown(&self) -> String {
        let Self { info, address } = self;
        format!(
            "{:?} (source_id {:?}, at {address}, {})",
            info.name, info.source_id, info.host
        )
    }
}

/// How often the query is sent anew.
const AGAIN: Duration = Duration::from_millis(500);
/// How long others may still answer after the first.
const SETTLE: Duration = Duration::from_millis(300);
/// How long one receive lasts before the stop is looked at.
const TURN: Duration = Duration::from_millis(50);
/// Most streams that are told apart.
const MOST: usize = 256;
/// Routers that a query may pass, as liblsl's do at a site.
const HOPS: u32 = 24;

/// The streams of the session that fit an XPath predicate (empty: all), looked for until `wait` is over, or a
/// little after the first one.
///
/// # Errors
/// When the system gives no socket, or no group and no known host can be reached at all.
pub fn resolve(
    network: &Network,
    predicate: &str,
    wait: Duration,
    stop: &StopToken,
) -> io::Result<Vec<Found>> {
    search(network, predicate, wait, SETTLE, stop)
}

/// Every stream of the session that answers within `wait`.
///
/// # Errors
/// As [`resolve`].
pub fn survey(network: &Network, wait: Duration) -> io::Result<Vec<Found>> {
    search(network, "", wait, wait, &StopToken::default())
}

/// Looks until `wait` is over, or `settle` after the first stream.
fn search(
    network: &Network,
    predicate: &str,
    wait: Duration,
    settle: Duration,
    stop: &StopToken,
) -> io::Result<Vec<Found>> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.set_broadcast(true)?;
    socket.set_multicast_ttl_v4(HOPS)?;
    socket.set_read_timeout(Some(TURN))?;
    let port = socket.local_addr()?.port();
    let session = equals("session_id", &network.session)
        .ok_or_else(|| io::Error::other("the session's name has both kinds of quotes"))?;
    let predicate = match predicate {
        "" => session,
        more => format!("{session} and {more}"),
    };
    let id = port.to_string();
    let query = Query {
        predicate: &predicate,
        port,
        id: &id,
    };
    let query = query.to_string();
    let targets = targets(network);
    let began = Instant::now();
    let mut sent: Option<Instant> = None;
    let mut first: Option<Instant> = None;
    let mut found: Vec<Found> = Vec::new();
    let mut buffer = vec![0; 65_536];
    while began.elapsed() < wait
        && first.is_none_or(|first| first.elapsed() < settle)
        && !stop.is_stopped()
    {
        if sent.is_none_or(|sent| sent.elapsed() >= AGAIN) {
            send(&socket, query.as_bytes(), &targets)?;
            sent = Some(Instant::now());
        }
        let (n, from) = match socket.recv_from(&mut buffer) {
            Ok(got) => got,
            // An unreachable port is told on the same socket.
            Err(error) if is_passing(error.kind()) => continue,
            Err(error) => return Err(error),
        };
        let reply = QueryReply::parse(&buffer[..n]).filter(|reply| reply.id == id);
        let Some(Ok(info)) = reply.map(|reply| StreamInfo::parse(reply.xml)) else {
            continue;
        };
        let known = found.iter().any(|f| f.info.uid == info.uid);
        if !known && found.len() < MOST && info.session_id == network.session {
            first.get_or_insert_with(Instant::now);
            let address = from.ip();
            found.push(Found { info, address });
        }
    }
    Ok(found)
}

pub(super) fn is_passing(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::WouldBlock
            | ErrorKind::TimedOut
            | ErrorKind::Interrupted
            | ErrorKind::ConnectionRefused
    )
}

/// Every address that is asked.
fn targets(network: &Network) -> Vec<SocketAddr> {
    let groups = network.groups.iter();
    let mut targets: Vec<SocketAddr> = groups
        .map(|group| (*group, network.discovery_port).into())
        .collect();
    for peer in &network.peers {
        // A name that means nothing now may mean something at the next try.
        let Ok(addresses) = (peer.as_str(), 0).to_socket_addrs() else {
            continue;
        };
        for address in addresses.filter(SocketAddr::is_ipv4).take(4) {
            let first = network.base_port;
            let ports = first..first.saturating_add(network.ports);
            targets.extend(ports.map(|port| SocketAddr::new(address.ip(), port)));
        }
    }
    targets
}

/// An error only when nobody can be asked at all.
fn send(socket: &UdpSocket, query: &[u8], targets: &[SocketAddr]) -> io::Result<()> {
    let mut last = Err(io::Error::other(
        "there is nobody to ask: no group, and no known host whose name means an address",
    ));
    let mut any = false;
    let mut try_to = |target: &SocketAddr| match socket.send_to(query, target) {
        Ok(_) => any = true,
        Err(error) => last = Err(error),
    };
    let (groups, others): (Vec<_>, Vec<_>) = targets.iter().partition(|t| t.ip().is_multicast());
    others.into_iter().for_each(&mut try_to);
    let none = Ipv4Addr::UNSPECIFIED;
    for interface in interfaces() {
        if sockopt::set_ip_multicast_if_with_ifindex(socket, &none, &none, interface).is_ok() {
            groups.iter().copied().for_each(&mut try_to);
        }
    }
    if any { Ok(()) } else { last }
}
