//! Takes an outlet's TCP connections.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{Shared, client};

/// Most connections at once.
const MOST: usize = 32;
/// How long one wait lasts before the stop is looked at.
const TURN: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// After a connection that could not be taken.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(100);

pub(super) fn run(shared: &Arc<Shared>, listener: &TcpListener) {
    if let Err(error) = listener.set_nonblocking(true) {
        tracing::error!(%error, "an LSL outlet takes no connections");
        return;
    }
    let open = Arc::new(AtomicUsize::new(0));
    let mut told = false;
    while !shared.stop.is_stopped() {
        let _ = poll(&mut [PollFd::new(listener, PollFlags::IN)], Some(&TURN));
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Without a descriptor left it would be tried again at once.
                if error.kind() != std::io::ErrorKind::WouldBlock {
                    std::thread::sleep(PAUSE);
                }
                continue;
            }
        };
        let full = open.load(Ordering::Relaxed) >= MOST;
        if full && !told {
            let stream = &shared.info.name;
            tracing::warn!(
                stream,
                "{MOST} clients read this LSL stream; more are turned away"
            );
        }
        told = full;
        if full || stream.set_nonblocking(false).is_err() {
            continue;
        }
        let (shared, slot) = (Arc::clone(shared), Slot::take(&open));
        let thread = std::thread::Builder::new().name("lsl client".into());
        // Without a thread the connection is closed, and the client comes again.
        let _ = thread.spawn(move || {
            let _slot = slot;
            let _ = client::serve(&shared, stream);
        });
    }
}

/// Counts a connection for as long as it lives.
struct Slot(Arc<AtomicUsize>);

impl Slot {
    fn take(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(open))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
