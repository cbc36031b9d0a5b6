//! Answers the datagrams that look for an outlet and ask for its time.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};

use firmware_interfaces::lsl::{Query, QueryReply, TimeQuery, TimeReply};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{AddressFamily, SocketType, bind, socket, sockopt};

use super::Shared;
use crate::lsl::{Network, Predicate, interfaces};

/// How long one wait lasts before the stop is looked at.
const TURN: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

pub(super) fn run(shared: &Shared, own: UdpSocket) {
    let groups = match discovery(&shared.network) {
        Ok(groups) => Some(groups),
        Err(error) => {
            tracing::warn!(stream = shared.info.name, %error, "an LSL stream is found by its ports alone");
            None
        }
    };
    let sockets: Vec<&UdpSocket> = [Some(&own), groups.as_ref()]
        .into_iter()
        .flatten()
        .collect();
    for socket in &sockets {
        if let Err(error) = socket.set_nonblocking(true) {
            tracing::error!(%error, "an LSL stream cannot be found");
            return;
        }
    }
    let mut buffer = vec![0; 8192];
    while !shared.stop.is_stopped() {
        let mut fds: Vec<PollFd<'_>> = sockets
            .iter()
            .map(|socket| PollFd::new(socket, PollFlags::IN))
            .collect();
        let _ = poll(&mut fds, Some(&TURN));
        for socket in &sockets {
            while let Ok((n, from)) = socket.recv_from(&mut buffer) {
                answer(shared, &own, &buffer[..n], from);
            }
        }
    }
}

/// Answers from the outlet's own socket: its address is where the feed is, and from a loopback address the kernel sends
/// nothing to another machine, which may well ask.
fn answer(shared: &Shared, own: &UdpSocket, datagram: &[u8], from: SocketAddr) {
    let received = shared.clock.now().as_secs_f64();
    if let Some(query) = TimeQuery::parse(datagram) {
        let reply = TimeReply {
            wave: query.wave,
            sent: query.sent,
            received,
            replied: shared.clock.now().as_secs_f64(),
        };
        // One that cannot leave is one that is lost.
        let _ = own.send_to(reply.to_string().as_bytes(), from);
    } else if let Some(query) = Query::parse(datagram)
        && Predicate::parse(query.predicate).is_some_and(|p| p.fits(&shared.info))
    {
        let xml = shared.info.to_xml(false);
        let reply = QueryReply {
            id: query.id,
            xml: &xml,
        };
        let to = SocketAddr::new(from.ip(), query.port);
        let _ = own.send_to(reply.to_string().as_bytes(), to);
    }
}

/// The socket that hears what is asked of everybody; all LSL programs of a machine share its port.
fn discovery(network: &Network) -> io::Result<UdpSocket> {
    let fd = socket(AddressFamily::INET, SocketType::DGRAM, None)?;
    sockopt::set_socket_reuseaddr(&fd, true)?;
    let all = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, network.discovery_port);
    bind(&fd, &all)?;
    let socket = UdpSocket::from(fd);
    for group in network.groups.iter().filter(|group| group.is_multicast()) {
        for interface in interfaces() {
            // One that is down, or carries no multicast, has no such group.
            let none = Ipv4Addr::UNSPECIFIED;
            let _ = sockopt::set_ip_add_membership_with_ifindex(&socket, group, &none, interface);
        }
    }
    Ok(socket)
}
